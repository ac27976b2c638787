// entail compile: the circuit of a program's queries, for other programs and for people.

#include <fmt/format.h>

#include <algorithm>

#include "neural/data/file_bytes.h"
#include "programs/cli/command.h"
#include "programs/cli/options.h"
#include "symbolic/circuit/nnf.h"

namespace entail::cli {

namespace {

struct Arguments {
    CommonOptions options;
    std::string format = "nnf", output, answer;
};

std::size_t answer_index(const circuit::LabelledCircuit& labelled, const std::string& atom) {
    if (atom.empty()) return 0;
    const auto found =
        std::ranges::find(labelled.answers, atom, &circuit::LabelledCircuit::Answer::atom);
    if (found != labelled.answers.end())
        return static_cast<std::size_t>(found - labelled.answers.begin());
    throw CLI::ValidationError("--answer", "'" + atom +
                                               "' is no uncertain answer to a query; atoms "
                                               "are written as 'entail run' prints them");
}

}  // namespace

Action add_compile(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "compile", "Write the circuit of the program's queries, which counts their worlds");
    auto arguments = std::make_shared<Arguments>();
    arguments->options.add_to(*command);
    command->add_option("-o,--output", arguments->output, "Where to; standard output if not given")
        ->type_name("FILE");
    command
        ->add_option(
            "--format", arguments->format,
            "nnf: text that counters of d-DNNF read; entail: all that is known, to be read "
            "again; dot: a drawing for Graphviz")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"nnf", "entail", "dot"}))
        ->capture_default_str();
    command
        ->add_option("--answer", arguments->answer,
                     "Which answer the last node of nnf is for; the first if not given")
        ->type_name("ATOM");
    return [arguments] {
        const CompiledProgram compiled = arguments->options.make_engine().compile();
        if (!compiled.limits.empty()) return report_limits(compiled.limits, "there is no circuit");
        const circuit::LabelledCircuit& labelled = compiled.circuit;
        const std::size_t answer = answer_index(labelled, arguments->answer);
        std::string text, counts;
        if (arguments->format == "nnf") {
            circuit::NnfText nnf = circuit::write_nnf(labelled, answer);
            counts = fmt::format("{} nodes, {} edges, {} variables\n", nnf.nodes, nnf.edges,
                                 nnf.variables);
            text = std::move(nnf.text);
        } else {
            text = arguments->format == "dot" ? circuit::write_dot(labelled)
                                              : circuit::write_circuit(labelled);
            counts = fmt::format("{} nodes, {} edges, {} choices\n", labelled.circuit.size(),
                                 labelled.circuit.edge_count(), labelled.choices.size());
        }
        if (arguments->output.empty()) {
            print(text);
        } else {
            neural::write_file_atomically(arguments->output, text);
        }
        print_error(counts);
        return static_cast<int>(kDone);
    };
}

}  // namespace entail::cli

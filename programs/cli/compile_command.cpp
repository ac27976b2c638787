// entail compile: the circuit of a program's queries, for other programs and for people.

#include "programs/cli/command.h"
#include "programs/cli/options.h"
#include "programs/export_circuit.h"

namespace entail::cli {

Action add_compile(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "compile", "Write the circuit of the program's queries, which counts their worlds");
    struct Arguments {
        CommonOptions options;
        CircuitFormat format = CircuitFormat::nnf;
        std::string output, answer;
    };
    auto arguments = std::make_shared<Arguments>();
    arguments->options.add_to(*command);
    command->add_option("-o,--output", arguments->output, "Where to; standard output if not given")
        ->type_name("FILE");
    const std::map<std::string, CircuitFormat> formats{{"nnf", CircuitFormat::nnf},
                                                       {"entail", CircuitFormat::entail},
                                                       {"dot", CircuitFormat::dot}};
    command
        ->add_option(
            "--format", arguments->format,
            "nnf: text that counters of d-DNNF read; entail: all that is known, to be read "
            "again; dot: a drawing for Graphviz")
        ->type_name("FORMAT")
        ->transform(CLI::CheckedTransformer(formats).description(""))
        ->default_str("nnf");
    command
        ->add_option("--answer", arguments->answer,
                     "Which answer the last node of nnf is for; the first if not given")
        ->type_name("ATOM");
    return [arguments] {
        const CompiledProgram compiled = arguments->options.make_engine().compile();
        if (!compiled.limits.empty()) return report_limits(compiled.limits, "there is no circuit");
        const CircuitText circuit = export_circuit(compiled, arguments->format, arguments->answer);
        if (arguments->output.empty()) {
            print(circuit.text);
        } else {
            write_text_file(arguments->output, circuit.text);
        }
        print_error(circuit.size + "\n");
        return static_cast<int>(kDone);
    };
}

}  // namespace entail::cli

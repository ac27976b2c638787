#include "symbolic/circuit/labelled.h"

#include <fmt/format.h>

#include <algorithm>

#include "symbolic/circuit/line_reader.h"

namespace entail::circuit {

namespace {

constexpr std::string_view kHeader = "entail-circuit 1";
constexpr std::int64_t kMost = 1'000'000'000;

/// FNV-1a.
std::uint64_t check_sum(std::string_view text) {
    std::uint64_t hash = 0xCBF29CE484222325ULL;
    for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    return hash;
}

std::string one_line(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return text;
}

std::string dot_string(const std::string& text) {
    std::string result = "\"";
    for (char c : one_line(text)) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

char letter(NodeKind kind) {
    return kind == NodeKind::decision ? 'd' : kind == NodeKind::conjunction ? 'a' : 's';
}

}  // namespace

CircuitFileError::CircuitFileError(const std::string& file, std::size_t line,
                                   const std::string& cause)
    : std::runtime_error(fmt::format("{}:{}: {}", file, line, cause)) {}

std::string write_circuit(const LabelledCircuit& labelled) {
    const Circuit& circuit = labelled.circuit;
    const auto offsets = circuit.weight_offsets();
    std::string text = fmt::format("{}\nchoices {}\n", kHeader, offsets.size() - 1);
    for (std::size_t c = 0; c + 1 < offsets.size(); ++c) {
        const LabelledCircuit::Choice& choice = labelled.choices[c];
        text += fmt::format("{} {} {}\n", choice.free ? "free" : "weighted",
                            offsets[c + 1] - offsets[c], one_line(choice.place));
        for (std::uint32_t w = offsets[c]; w < offsets[c + 1]; ++w)
            text += fmt::format("{} {}\n", labelled.weights[w], one_line(labelled.alternatives[w]));
    }
    text += fmt::format("nodes {}\n", circuit.size() - 2);
    for (CircuitNode node = 2; node < circuit.size(); ++node) {
        text += letter(circuit.kind(node));
        for (const Edge& edge : circuit.edges(node)) {
            text += edge.weight == Circuit::kNoWeight
                        ? fmt::format(" {}", edge.child)
                        : fmt::format(" {} {}", edge.weight, edge.child);
        }
        text += '\n';
    }
    text += fmt::format("roots {}\n", circuit.roots().size());
    for (CircuitNode root : circuit.roots()) text += fmt::format("{}\n", root);
    text +=
        fmt::format("conditions {}\nanswers {}\n", labelled.conditions, labelled.answers.size());
    for (const LabelledCircuit::Answer& answer : labelled.answers) {
        text += fmt::format("{} {} {}\n", answer.pair.numerator, answer.pair.denominator,
                            one_line(answer.atom));
    }
    return text + fmt::format("end {:016x}\n", check_sum(text));
}

LabelledCircuit read_circuit(std::string_view text, const std::string& file) {
    LineReader lines(text, file);
    LabelledCircuit labelled;
    lines.need_next("the header");
    if (lines.remainder() != kHeader)
        lines.fail("the first line is not '" + std::string(kHeader) +
                   "': another version? Compile the program again");

    const auto count = [&](const char* word) {
        lines.need_next(word);
        lines.need_word(word);
        const auto value = static_cast<std::size_t>(lines.integer("a count", 0, kMost));
        lines.need_end();
        // Each takes a line: a count that the file cannot hold asks for no memory.
        if (value > lines.left()) lines.fail("the file is shorter than that");
        return value;
    };
    std::vector<std::uint32_t> offsets{0};
    for (std::size_t left = count("choices"); left > 0; --left) {
        lines.need_next("a choice");
        const std::string_view kind = lines.word("the kind of a choice");
        if (kind != "free" && kind != "weighted") lines.fail("a choice is 'free' or 'weighted'");
        const auto size = lines.integer("the size of a choice", 1, kMost);
        labelled.choices.push_back({std::string(lines.remainder()), kind == "free"});
        for (std::int64_t k = 0; k < size; ++k) {
            lines.need_next("an alternative");
            labelled.weights.push_back(lines.share("a weight"));
            labelled.alternatives.emplace_back(lines.remainder());
        }
        offsets.push_back(static_cast<std::uint32_t>(labelled.weights.size()));
    }

    CircuitBuilder builder(offsets);
    const std::size_t nodes = count("nodes");
    std::vector<Edge> edges;
    std::vector<CircuitNode> children;
    for (std::size_t i = 0; i < nodes; ++i) {
        const std::size_t expected = builder.size();
        lines.need_next("a node");
        const std::string_view kind = lines.word("the kind of a node");
        edges.clear();
        children.clear();
        while (!lines.at_end()) {
            const std::uint32_t weight =
                kind == "d" ? lines.index("weight", labelled.weights.size()) : Circuit::kNoWeight;
            children.push_back(lines.index("child", expected));
            edges.push_back({weight, children.back()});
            const std::size_t k = edges.size() - 1;
            const bool ascends = k == 0 || (kind == "d" ? edges[k - 1].weight < weight
                                                        : children[k - 1] < children[k]);
            if (!ascends) lines.fail("a node's edges do not ascend");
            const auto after = std::ranges::upper_bound(offsets, edges.front().weight);
            if (kind == "d" && weight >= *after) lines.fail("a decision on two choices");
        }
        CircuitNode node = kFalse;
        if (kind == "d") {
            node = builder.decision(edges);
        } else if (kind == "a") {
            node = builder.conjunction(children);
        } else if (kind == "s") {
            node = builder.sum(children);
        } else {
            lines.fail("a node is 'd', 'a' or 's'");
        }
        // What can be simplified, or is there already, does not become a node.
        if (node != expected || builder.size() != expected + 1) lines.fail("a redundant node");
    }
    std::vector<CircuitNode> roots;
    for (std::size_t left = count("roots"); left > 0; --left) {
        lines.need_next("a root");
        roots.push_back(lines.index("node", builder.size()));
        lines.need_end();
    }
    labelled.circuit = builder.finish(roots);
    if (labelled.circuit.size() != builder.size()) lines.fail("a node is below no root");
    check_invariants(labelled.circuit, lines);
    lines.need_next("the conditions");
    lines.need_word("conditions");
    labelled.conditions = lines.index("root", roots.size());
    for (std::size_t left = count("answers"); left > 0; --left) {
        lines.need_next("an answer");
        const RootId numerator = lines.index("root", roots.size());
        const RootId denominator = lines.index("root", roots.size());
        labelled.answers.push_back({std::string(lines.remainder()), {numerator, denominator}});
    }
    lines.need_next("the end");
    lines.need_word("end");
    const std::string_view sum = lines.word("the check sum");
    lines.need_end();
    const std::size_t body = text.rfind("end ", text.size());
    if (lines.next() || sum != fmt::format("{:016x}", check_sum(text.substr(0, body))))
        lines.fail(
            "the check sum does not fit: the file was changed or cut; compile the program again");
    return labelled;
}

std::string write_dot(const LabelledCircuit& labelled) {
    const Circuit& circuit = labelled.circuit;
    const auto offsets = circuit.weight_offsets();
    std::string text =
        "digraph circuit {\n  node [fontname=\"sans-serif\"];\n  1 [label=\"true\"];\n";
    for (CircuitNode node = 2; node < circuit.size(); ++node) {
        const auto edges = circuit.edges(node);
        std::string label = circuit.kind(node) == NodeKind::sum ? "+" : "and";
        if (circuit.kind(node) == NodeKind::decision) {
            const auto after = std::ranges::upper_bound(offsets, edges.front().weight);
            const auto choice = static_cast<std::size_t>(after - offsets.begin()) - 1;
            label = labelled.choices[choice].place;
        }
        text += fmt::format("  {} [label={}];\n", node, dot_string(label));
        for (const Edge& edge : edges) {
            text += fmt::format("  {} -> {}", node, edge.child);
            if (edge.weight != Circuit::kNoWeight)
                text += fmt::format(" [label={}]", dot_string(labelled.alternatives[edge.weight]));
            text += ";\n";
        }
    }
    for (std::size_t i = 0; i < labelled.answers.size(); ++i) {
        const auto& [atom, pair] = labelled.answers[i];
        text += fmt::format("  a{} [shape=box, label={}];\n  a{} -> {};\n", i, dot_string(atom), i,
                            circuit.roots()[pair.numerator]);
        if (circuit.roots()[pair.denominator] != kTrue)
            text += fmt::format("  a{} -> {} [label=\"given\", style=dashed];\n", i,
                                circuit.roots()[pair.denominator]);
    }
    return text + "}\n";
}

}  // namespace entail::circuit

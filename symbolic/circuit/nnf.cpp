#include "symbolic/circuit/nnf.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "symbolic/circuit/line_reader.h"

// Source: the format is that of Darwiche's c2d (2004).

namespace entail::circuit {

namespace {

constexpr std::int64_t kMost = 100'000'000;
/// So many may be announced in a file of any size.
constexpr std::size_t kFewVariables = 1'000'000;

class Writer {
public:
    explicit Writer(const LabelledCircuit& labelled) : labelled_(labelled) {
        const auto offsets = labelled.circuit.weight_offsets();
        for (std::size_t c = 0; c + 1 < offsets.size(); ++c) {
            first_variable_.push_back(variables_ + 1);
            variables_ += offsets[c + 1] - offsets[c] - 1;
        }
        literals_.assign(2 * variables_ + 2, kNone);
    }

    NnfText write(std::size_t answer) {
        const Circuit& circuit = labelled_.circuit;
        place_.assign(circuit.size(), kNone);
        place_[kFalse] = line("O 0 0");
        place_[kTrue] = line("A 0");
        for (CircuitNode node = 2; node < circuit.size(); ++node) {
            const auto edges = circuit.edges(node);
            if (circuit.kind(node) == NodeKind::decision) {
                place_[node] = decision(edges);
                continue;
            }
            std::string children;
            for (const Edge& edge : edges) children += fmt::format(" {}", place_[edge.child]);
            place_[node] =
                line(fmt::format("{} {}{}", circuit.kind(node) == NodeKind::sum ? "O 0" : "A",
                                 edges.size(), children));
            edges_ += edges.size();
        }
        const RootId last = labelled_.answers.empty() ? labelled_.conditions
                                                      : labelled_.answers[answer].pair.numerator;
        line(fmt::format("A 1 {}", place(last)));
        ++edges_;
        return {comments() + fmt::format("nnf {} {} {}\n", lines_, edges_, variables_) + text_,
                variables_, lines_, edges_};
    }

private:
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    std::size_t place(RootId root) const { return place_[labelled_.circuit.roots()[root]]; }

    std::size_t line(const std::string& content) {
        text_ += content + "\n";
        return lines_++;
    }
    std::size_t literal(std::size_t variable, bool positive) {
        std::size_t& known = literals_[2 * variable + (positive ? 1 : 0)];
        if (known == kNone) known = line(fmt::format("L {}{}", positive ? "" : "-", variable));
        return known;
    }
    /// "variable, or its negation, and child"; the child is not false.
    std::size_t side(std::size_t variable, bool positive, std::size_t child) {
        const std::size_t own = literal(variable, positive);
        if (child == place_[kTrue]) return own;
        edges_ += 2;
        return line(fmt::format("A 2 {} {}", own, child));
    }

    /// From the last alternative to the first: this one, or what the later ones make.
    std::size_t decision(std::span<const Edge> edges) {
        const auto offsets = labelled_.circuit.weight_offsets();
        const auto after = std::ranges::upper_bound(offsets, edges.front().weight);
        const auto choice = static_cast<std::size_t>(after - offsets.begin()) - 1;
        const std::uint32_t begin = offsets[choice];
        auto edge = edges.rbegin();
        const auto child = [&](std::uint32_t weight) {
            if (edge == edges.rend() || edge->weight != weight) return place_[kFalse];
            return place_[(edge++)->child];
        };
        std::uint32_t weight = *after - 1;
        std::size_t rest = child(weight);
        while (weight-- > begin) {
            const std::size_t own = child(weight);
            if (own == rest) continue;
            const std::size_t variable = first_variable_[choice] + (weight - begin);
            if (own == place_[kFalse] || rest == place_[kFalse]) {
                rest = rest == place_[kFalse] ? side(variable, true, own)
                                              : side(variable, false, rest);
                continue;
            }
            const std::size_t yes = side(variable, true, own);
            const std::size_t no = side(variable, false, rest);
            edges_ += 2;
            rest = line(fmt::format("O {} 2 {} {}", variable, yes, no));
        }
        return rest;
    }

    std::string comments() const {
        const auto offsets = labelled_.circuit.weight_offsets();
        std::string text =
            "c A choice of n alternatives has n - 1 variables: it takes alternative k when\n"
            "c variable k is true and none before it, and the last when none is.\n";
        for (std::size_t c = 0; c + 1 < offsets.size(); ++c) {
            text += fmt::format("c choice {} of {}\n",
                                labelled_.choices[c].free ? "without weights" : "with weights",
                                labelled_.choices[c].place);
            for (std::uint32_t w = offsets[c]; w < offsets[c + 1]; ++w) {
                if (w + 1 == offsets[c + 1]) {
                    text += fmt::format("c   else {}\n", labelled_.alternatives[w]);
                    break;
                }
                const std::size_t variable = first_variable_[c] + (w - offsets[c]);
                double after = 0;
                for (std::uint32_t v = w + 1; v < offsets[c + 1]; ++v)
                    after += labelled_.weights[v];
                const double own = labelled_.weights[w];
                const double share = own > 0 ? own / (own + after) : 0;
                text += fmt::format("c   {} {}\nc p weight {} {} 0\nc p weight -{} {} 0\n",
                                    variable, labelled_.alternatives[w], variable, share, variable,
                                    after > 0 ? after / (own + after)
                                    : own > 0 ? 0.0
                                              : 1.0);
            }
        }
        text += "c An answer's probability: the count of its first node by that of its second.\n";
        for (const auto& [atom, pair] : labelled_.answers)
            text += fmt::format("c answer {} {} {}\n", place(pair.numerator),
                                place(pair.denominator), atom);
        return text;
    }

    const LabelledCircuit& labelled_;
    std::vector<std::size_t> first_variable_;  // by choice
    std::size_t variables_ = 0, lines_ = 0, edges_ = 0;
    std::vector<std::size_t> literals_;  // lines
    std::vector<std::size_t> place_;     // lines, by node
    std::string text_;
};

}  // namespace

NnfText write_nnf(const LabelledCircuit& labelled, std::size_t answer) {
    if (answer >= labelled.answers.size() && (answer > 0 || !labelled.answers.empty()))
        throw std::invalid_argument("write_nnf: answer: there is no answer " +
                                    std::to_string(answer));
    return Writer(labelled).write(answer);
}

Nnf read_nnf(std::string_view text, const std::string& file) {
    LineReader lines(text, file);
    struct Weight {
        std::int64_t literal;
        double value;
    };
    std::vector<Weight> weights;
    // A comment is passed over unless it is a weight.
    const auto next = [&] {
        while (lines.next()) {
            if (lines.at_end()) continue;
            const std::string_view all = lines.remainder();
            if (all != "c" && !all.starts_with("c ")) return true;
            lines.word("c");
            if (!lines.remainder().starts_with("p weight ")) continue;
            lines.need_word("p");
            lines.need_word("weight");
            const std::int64_t literal = lines.integer("a literal", -kMost, kMost);
            const double value = lines.share("a weight");
            lines.need_word("0");
            weights.push_back({literal, value});
        }
        return false;
    };
    if (!next()) lines.fail("the file ends where 'nnf' was expected");
    lines.need_word("nnf");
    const auto count = static_cast<std::size_t>(lines.integer("the number of nodes", 1, kMost));
    const auto edge_count =
        static_cast<std::size_t>(lines.integer("the number of edges", 0, kMost));
    const auto variables =
        static_cast<std::uint32_t>(lines.integer("the number of variables", 0, kMost));
    lines.need_end();
    if (count > lines.left()) lines.fail("the file is shorter than that");
    if (variables > std::max<std::size_t>(kFewVariables, lines.left()))
        lines.fail("the file is too short for so many variables");

    std::vector<std::uint32_t> offsets;
    for (std::uint32_t v = 0; v <= variables; ++v) offsets.push_back(2 * v);
    CircuitBuilder builder(offsets);
    const auto weight_of = [](std::int64_t literal) {
        return static_cast<std::uint32_t>(literal > 0 ? 2 * (literal - 1) : 2 * (-literal - 1) + 1);
    };
    std::vector<CircuitNode> built;       // by line
    std::vector<std::int64_t> literal;    // by line; 0: none
    std::vector<std::size_t> begins{0};   // by line, into children
    std::vector<std::uint32_t> children;  // of Ands
    std::vector<std::uint32_t> arguments;
    std::vector<CircuitNode> nodes;
    std::size_t edges = 0;
    // The edge of a decision on `variable` that line `at` is: its literal and what else it holds.
    const auto as_edge = [&](std::uint32_t at, std::int64_t variable) -> std::pair<bool, Edge> {
        if (std::abs(literal[at]) == variable) return {true, {weight_of(literal[at]), kTrue}};
        std::int64_t found = 0;
        nodes.clear();
        for (std::size_t i = begins[at]; i < begins[at + 1]; ++i) {
            const std::uint32_t child = children[i];
            if (found == 0 && std::abs(literal[child]) == variable) {
                found = literal[child];
            } else {
                nodes.push_back(built[child]);
            }
        }
        if (found == 0) return {false, {}};
        return {true, {weight_of(found), builder.conjunction(nodes)}};
    };
    for (std::size_t i = 0; i < count; ++i) {
        if (!next()) lines.fail("the file ends where a node was expected");
        const std::string_view kind = lines.word("the kind of a node");
        literal.push_back(0);
        if (kind == "L") {
            const std::int64_t value =
                lines.integer("a literal", -std::int64_t{variables}, variables);
            if (value == 0) lines.fail("0 is no literal");
            literal.back() = value;
            built.push_back(builder.literal(weight_of(value)));
        } else if (kind == "A" || kind == "O") {
            const std::int64_t variable =
                kind == "O" ? lines.integer("the variable of an Or", 0, variables) : 0;
            const std::int64_t size = lines.integer("a number of children", 0, kMost);
            edges += static_cast<std::size_t>(size);
            arguments.clear();
            while (!lines.at_end()) arguments.push_back(lines.index("earlier node", i));
            if (arguments.size() != static_cast<std::size_t>(size))
                lines.fail(fmt::format("{} children, {} were announced", arguments.size(), size));
            nodes.clear();
            if (kind == "A") {
                for (std::uint32_t at : arguments) nodes.push_back(built[at]);
                std::ranges::sort(nodes);
                for (std::size_t k = 1; k < nodes.size(); ++k) {
                    if (nodes[k] == nodes[k - 1] && nodes[k] != kTrue)
                        lines.fail("a factor stands twice");
                }
                built.push_back(builder.conjunction(nodes));
                children.insert(children.end(), arguments.begin(), arguments.end());
            } else {
                std::vector<Edge> decision;
                bool decides = variable != 0;
                for (std::uint32_t at : arguments) {
                    if (!decides || built[at] == kFalse) continue;
                    const auto [found, edge] = as_edge(at, variable);
                    decides = found;
                    decision.push_back(edge);
                }
                if (decides) {
                    std::ranges::sort(decision, {}, &Edge::weight);
                    if (std::ranges::adjacent_find(decision, {}, &Edge::weight) != decision.end())
                        lines.fail("two terms of an Or take its variable alike");
                    built.push_back(builder.decision(decision));
                } else {
                    nodes.clear();
                    for (std::uint32_t at : arguments) {
                        if (built[at] != kFalse) nodes.push_back(built[at]);
                    }
                    std::ranges::sort(nodes);
                    if (nodes.size() > 1 && (nodes.front() == kTrue ||
                                             std::ranges::adjacent_find(nodes) != nodes.end()))
                        lines.fail("terms of an Or do not exclude each other");
                    built.push_back(builder.sum(nodes));
                }
            }
        } else {
            lines.fail("a node is 'L', 'A' or 'O', not '" + LineReader::shown(kind) + "'");
        }
        lines.need_end();
        begins.push_back(children.size());
    }
    if (edges != edge_count)
        lines.fail(fmt::format("{} edges, {} were announced", edges, edge_count));
    if (next()) lines.fail("there are more nodes than announced");
    Nnf result;
    result.circuit = builder.finish(std::span(&built.back(), 1));
    check_invariants(result.circuit, lines);
    std::vector<double> given(2 * std::size_t{variables}, -1);
    for (const Weight& weight : weights) {
        if (weight.literal == 0 || std::abs(weight.literal) > std::int64_t{variables})
            lines.fail(fmt::format("a weight for literal {}, which is none", weight.literal));
        given[weight_of(weight.literal)] = weight.value;
    }
    for (std::size_t w = 0; w < given.size(); ++w) {
        const double other = given[w ^ 1U];
        result.weights.push_back(given[w] >= 0 ? given[w] : other >= 0 ? 1 - other : 0.5);
    }
    return result;
}

}  // namespace entail::circuit

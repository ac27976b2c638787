#include "programs/plan_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace entail {

namespace {

std::string count(std::size_t number, std::string_view one, std::string_view several) {
    return fmt::format("{} {}", number, number == 1 ? one : several);
}

std::string how(const circuit::Island& island) {
    std::string text = fmt::format("{}, {}", count(island.choices, "choice", "choices"),
                                   count(island.derivations, "derivation", "derivations"));
    if (island.has_cycles) text += ", with cycles";
    if (island.has_free_choices) text += ", with free choices";
    text += ": ";
    switch (island.method) {
        case circuit::Method::elimination:
            text += fmt::format("dynamic programming, {:.3g} rows, width {}", island.rows,
                                island.width);
            break;
        case circuit::Method::search:
            text += "search";
            break;
        case circuit::Method::none:
            text += "not finished";
            break;
    }
    if (island.gave_up_search) text += " (a first search was given up)";
    return text;
}

}  // namespace

std::string describe_plan(const Inference& inference, const Questions& questions,
                          const ir::Program& program) {
    const eval::Database& database = inference.database;
    std::size_t certain = 0, uncertain = 0;
    for (const eval::Relation& relation : database.relations) {
        for (eval::Row row = 0; row < relation.size(); ++row)
            ++(relation.is_certain(row) ? certain : uncertain);
    }
    std::string text = fmt::format(
        "evaluation: {}, {} that {}, {}\n", count(certain, "certain fact", "certain facts"),
        count(uncertain, "uncertain one", "uncertain ones"),
        uncertain == 1 ? "depends on choices" : "depend on choices",
        count(database.graph.derivation_count(), "derivation", "derivations"));
    if (!inference.is_complete_model) return text + "a limit ended evaluation\n";

    std::vector<std::size_t> island_of(inference.nodes.size(), 0);
    const auto& islands = inference.compiled.islands;
    for (std::size_t i = 0; i < islands.size(); ++i) {
        for (std::uint32_t q : islands[i].queries) island_of[q] = i + 1;
    }
    for (std::size_t q = 0; q < questions.queries.size(); ++q) {
        std::size_t counted = 0;
        std::vector<std::size_t> parts;
        for (const Candidate& candidate : inference.answers[q]) {
            if (!candidate.compiled) continue;
            ++counted;
            parts.push_back(island_of[*candidate.compiled]);
        }
        std::ranges::sort(parts);
        parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
        const ir::Query& query = questions.queries[q];
        text += fmt::format("query {}: {}", program.print(query.atom, query.variables),
                            count(inference.answers[q].size(), "answer", "answers"));
        if (counted > 0) text += fmt::format(", {} counted", counted);
        if (parts.size() == 1) text += fmt::format(" in part {}", parts.front());
        if (parts.size() > 1) text += fmt::format(" in {} parts", parts.size());
        text += "\n";
    }
    constexpr std::size_t kShown = 20;
    for (std::size_t i = 0; i < std::min(islands.size(), kShown); ++i)
        text += fmt::format("part {}: {}\n", i + 1, how(islands[i]));
    if (islands.size() > kShown) text += fmt::format("and {} more\n", islands.size() - kShown);
    text +=
        fmt::format("circuit: {}, {}\n", count(inference.compiled.circuit.size(), "node", "nodes"),
                    count(inference.compiled.circuit.edge_count(), "edge", "edges"));
    return text;
}

}  // namespace entail

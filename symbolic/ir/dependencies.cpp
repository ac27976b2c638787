#include "symbolic/ir/dependencies.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <deque>

namespace entail::ir {

std::vector<Dependency> dependencies(const Program& program) {
    std::vector<Dependency> edges;
    for (const Rule& rule : program.rules) {
        for (const Literal& literal : rule.body) {
            if (literal.atom.predicate == kNone) continue;
            bool strict = literal.kind != Literal::Kind::atom;
            for (const Head& head : rule.heads) {
                edges.push_back(
                    {head.atom.predicate, literal.atom.predicate, strict, literal.span});
            }
        }
    }
    return edges;
}

Components components(std::size_t predicates, const std::vector<Dependency>& edges) {
    using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
    Graph graph(predicates);
    for (const Dependency& edge : edges) boost::add_edge(edge.from, edge.to, graph);
    Components result;
    result.of.resize(predicates);
    // Boost numbers components in reverse topological order of the edges: what is needed first.
    result.count = static_cast<std::uint32_t>(boost::strong_components(
        graph,
        boost::make_iterator_property_map(result.of.begin(), get(boost::vertex_index, graph))));
    result.recursive.assign(result.count, false);
    for (const Dependency& edge : edges) {
        if (result.of[edge.from] == result.of[edge.to])
            result.recursive[result.of[edge.from]] = true;
    }
    return result;
}

std::vector<Dependency> strict_cycle(std::size_t predicates, const std::vector<Dependency>& edges) {
    Components parts = components(predicates, edges);
    for (const Dependency& strict : edges) {
        if (!strict.strict || parts.of[strict.from] != parts.of[strict.to]) continue;
        // Breadth first from `to` back to `from`, inside the component: the shortest way around.
        std::vector<const Dependency*> reached_by(predicates, nullptr);
        std::deque<PredicateId> queue{strict.to};
        while (!queue.empty() && strict.to != strict.from && reached_by[strict.from] == nullptr) {
            PredicateId here = queue.front();
            queue.pop_front();
            for (const Dependency& edge : edges) {
                if (edge.from != here || parts.of[edge.to] != parts.of[here]) continue;
                if (edge.to == strict.to || reached_by[edge.to] != nullptr) continue;
                reached_by[edge.to] = &edge;
                queue.push_back(edge.to);
            }
        }
        std::vector<Dependency> cycle;
        for (PredicateId at = strict.from; at != strict.to; at = cycle.back().from) {
            cycle.push_back(*reached_by[at]);
        }
        cycle.push_back(strict);
        std::reverse(cycle.begin(), cycle.end());
        return cycle;
    }
    return {};
}

}  // namespace entail::ir

#include "symbolic/decide/encoding.h"

#include <algorithm>

namespace entail::decide {

using provenance::ChoiceId;
using provenance::ChoiceLiteral;
using provenance::Derivation;
using provenance::DerivationId;
using provenance::kNone;
using provenance::NodeId;
using provenance::Premise;
using smt::Term;

Encoding::Encoding(const eval::Database& database, smt::Context& context,
                   std::function<void(Term)> add)
    : database_(database),
      graph_(database.graph),
      context_(context),
      add_(std::move(add)),
      theory_(database, context, add_),
      nodes_(graph_.node_count()),
      component_(graph_.node_count(), kNone),
      levels_(graph_.node_count()),
      alternatives_(graph_.choice_count()) {}

Term Encoding::alternative(ChoiceLiteral literal) {
    std::vector<Term>& terms = alternatives_[literal.choice];
    if (terms.empty()) {
        choices_.push_back(literal.choice);
        const std::uint32_t size = graph_.choice(literal.choice).size;
        if (graph_.choice(literal.choice).theory) {
            terms.push_back(theory_.holds(database_.theory.at(literal.choice)));
            terms.push_back(context_.negation(terms[0]));
        } else if (size == 1) {
            terms.push_back(context_.truth(true));
        } else if (size == 2) {
            terms.push_back(context_.variable(smt::Sort::boolean, "choice"));
            terms.push_back(context_.negation(terms[0]));
        } else {
            for (std::uint32_t k = 0; k < size; ++k)
                terms.push_back(context_.variable(smt::Sort::boolean, "choice"));
            add_(context_.exactly_one(terms));
        }
    }
    return terms[literal.alternative];
}

/// Tarjan's algorithm over positive premises, without recursion. Components below come first.
void Encoding::find_components(NodeId from) {
    if (component_[from] != kNone) return;
    struct Frame {
        NodeId node;
        DerivationId derivation;
        std::uint32_t premise = 0;
    };
    std::unordered_map<NodeId, std::uint32_t> index, low;
    std::vector<NodeId> open;
    std::vector<Frame> frames;
    std::unordered_map<NodeId, bool> is_open, supports_itself;
    auto enter = [&](NodeId node) {
        const auto number = static_cast<std::uint32_t>(index.size());
        index[node] = low[node] = number;
        open.push_back(node);
        is_open[node] = true;
        frames.push_back({node, graph_.derivations(node).first, 0});
    };
    enter(from);
    while (!frames.empty()) {
        Frame& frame = frames.back();
        const NodeId node = frame.node;
        if (frame.derivation == graph_.derivations(node).last) {
            frames.pop_back();
            if (!frames.empty())
                low[frames.back().node] = std::min(low[frames.back().node], low[node]);
            if (low[node] != index[node]) continue;
            const auto component = static_cast<std::uint32_t>(is_cyclic_.size());
            std::size_t size = 0;
            for (NodeId member = kNone; member != node; ++size) {
                member = open.back();
                open.pop_back();
                is_open[member] = false;
                component_[member] = component;
            }
            is_cyclic_.push_back(size > 1 || supports_itself.contains(node));
            continue;
        }
        const Derivation& derivation = graph_.derivation(frame.derivation);
        const auto premises = graph_.premises(derivation);
        if (frame.premise == premises.size()) {
            ++frame.derivation;
            frame.premise = 0;
            continue;
        }
        const NodeId next = premises[frame.premise++].node();
        if (next == node) supports_itself[node] = true;
        // Negated premises lie lower, so looking below them too closes no other cycle.
        if (component_[next] != kNone) continue;
        if (auto place = index.find(next); place == index.end()) {
            enter(next);
        } else if (is_open[next]) {
            low[node] = std::min(low[node], place->second);
        }
    }
}

std::vector<Term> Encoding::parts(DerivationId id) {
    const Derivation& derivation = graph_.derivation(id);
    std::vector<Term> result;
    if (derivation.choice.choice != kNone) result.push_back(alternative(derivation.choice));
    for (Premise premise : graph_.premises(derivation)) {
        const Term term = *nodes_[premise.node()];
        result.push_back(premise.negated() ? context_.negation(term) : term);
    }
    return result;
}

/// Writes the node's definition; those of its premises, and the variables of its component, are
/// there.
void Encoding::define(NodeId node) {
    const auto [first, last] = graph_.derivations(node);
    std::vector<Term> ways;
    const bool is_cyclic = is_cyclic_[component_[node]];
    for (DerivationId id = first; id < last; ++id) {
        std::vector<Term> all = parts(id);
        if (is_cyclic) {
            add_(context_.implication(context_.conjunction(all), *nodes_[node]));
            for (Premise premise : graph_.premises(graph_.derivation(id))) {
                if (premise.negated() || component_[premise.node()] != component_[node]) continue;
                all.push_back(context_.less(*levels_[premise.node()], *levels_[node]));
            }
        }
        ways.push_back(context_.conjunction(all));
    }
    const Term body = context_.disjunction(ways);
    if (is_cyclic) {
        add_(context_.implication(*nodes_[node], body));
    } else if (ways.size() == 1 && parts(first).size() <= 1) {
        nodes_[node] = body;
    } else {
        nodes_[node] = context_.variable(smt::Sort::boolean, "node");
        add_(context_.equivalence(*nodes_[node], body));
    }
}

Term Encoding::node(NodeId wanted) {
    if (nodes_[wanted]) return *nodes_[wanted];
    find_components(wanted);
    // Below first; the nodes of a cycle have variables before any of them is defined.
    std::vector<std::pair<NodeId, bool>> pending{{wanted, false}};
    while (!pending.empty()) {
        const auto [node, is_ready] = pending.back();
        pending.pop_back();
        const bool is_cyclic = is_cyclic_[component_[node]];
        if (is_ready) {
            if (is_cyclic || !nodes_[node]) define(node);
            continue;
        }
        if (nodes_[node]) continue;
        if (is_cyclic) {
            nodes_[node] = context_.variable(smt::Sort::boolean, "node");
            levels_[node] = context_.variable(smt::Sort::integer, "level");
        }
        pending.emplace_back(node, true);
        const auto [first, last] = graph_.derivations(node);
        for (DerivationId id = first; id < last; ++id) {
            for (Premise premise : graph_.premises(graph_.derivation(id))) {
                if (!nodes_[premise.node()]) pending.emplace_back(premise.node(), false);
            }
        }
    }
    return *nodes_[wanted];
}

void Encoding::require(NodeId wanted, bool value) {
    find_components(wanted);
    if (value || is_cyclic_[component_[wanted]] || nodes_[wanted]) {
        const Term term = node(wanted);
        add_(value ? term : context_.negation(term));
        return;
    }
    // Every derivation fails: a clause each.
    const auto [first, last] = graph_.derivations(wanted);
    for (DerivationId id = first; id < last; ++id) {
        for (Premise premise : graph_.premises(graph_.derivation(id))) node(premise.node());
        std::vector<Term> clause = parts(id);
        for (Term& part : clause) part = context_.negation(part);
        add_(context_.disjunction(clause));
    }
}

provenance::World Encoding::world(const smt::Model& model) const {
    provenance::World result(graph_.choice_count(), 0);
    for (ChoiceId choice : choices_) {
        const std::vector<Term>& terms = alternatives_[choice];
        for (std::uint32_t k = 0; k < terms.size(); ++k) {
            if (model.truth(terms[k])) result[choice] = k;
        }
    }
    return result;
}

}  // namespace entail::decide

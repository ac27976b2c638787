#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "symbolic/provenance/best_proof.h"
#include "tests/support/seed.h"
#include "tests/symbolic/circuit_support.h"

using namespace entail::provenance;
using entail::tests::choice_node;
using entail::tests::derive;
using entail::tests::neg;
using entail::tests::new_choice;
using entail::tests::pos;

namespace {

/// All proofs, one after another: no bound, no order, no cleverness.
class AllProofs {
public:
    AllProofs(const DerivationGraph& graph, std::span<const double> weights)
        : graph_(graph), weights_(weights) {}

    double best(std::vector<Premise> goals) {
        go(std::move(goals));
        return best_;
    }

private:
    using Allowed = std::map<ChoiceId, std::set<std::uint32_t>>;

    std::set<std::uint32_t> all(ChoiceId c) const {
        std::set<std::uint32_t> result;
        for (std::uint32_t k = 0; k < graph_.choice(c).size; ++k) result.insert(k);
        return result;
    }

    void restrict_to(Allowed& allowed, ChoiceId c, const std::set<std::uint32_t>& set) const {
        auto& known = allowed.try_emplace(c, all(c)).first->second;
        std::erase_if(known, [&](std::uint32_t k) { return !set.contains(k); });
    }

    void go(std::vector<Premise> goals) {
        while (!goals.empty() && decided_.contains(goals.back())) goals.pop_back();
        if (goals.empty()) {
            finish();
            return;
        }
        Premise goal = goals.back();
        goals.pop_back();
        decided_.insert(goal);
        auto [first, last] = graph_.derivations(goal.node());
        if (goal.negated()) {
            refute(goals, first, last);
        } else {
            for (DerivationId d = first; d < last; ++d) support(goals, goal.node(), d, last);
        }
        decided_.erase(goal);
    }

    void support(const std::vector<Premise>& goals, NodeId node, DerivationId d,
                 DerivationId last) {
        const Derivation& derivation = graph_.derivation(d);
        std::vector<Premise> more = goals;
        std::vector<NodeId> below;
        for (Premise p : graph_.premises(derivation)) {
            more.push_back(p);
            if (!p.negated()) below.push_back(p.node());
        }
        Allowed saved = allowed_;
        below_[node] = below;
        if (derivation.choice.choice == kNone) {
            go(more);
        } else {
            // Of derivations of aggregates that differ in the alternative alone, any set will do;
            // the largest is best, and smaller ones are tried too.
            std::vector<std::uint32_t> others;
            for (DerivationId e = d + 1; derivation.rule == kNone && e < last; ++e) {
                const Derivation& other = graph_.derivation(e);
                if (other.rule == kNone && other.choice.choice == derivation.choice.choice &&
                    std::ranges::equal(graph_.premises(other), graph_.premises(derivation))) {
                    others.push_back(other.choice.alternative);
                }
            }
            for (std::uint32_t mask = 0; mask < 1U << others.size(); ++mask) {
                std::set<std::uint32_t> set{derivation.choice.alternative};
                for (std::size_t i = 0; i < others.size(); ++i) {
                    if ((mask >> i & 1U) != 0) set.insert(others[i]);
                }
                allowed_ = saved;
                restrict_to(allowed_, derivation.choice.choice, set);
                go(more);
            }
        }
        below_.erase(node);
        allowed_ = saved;
    }

    void refute(const std::vector<Premise>& goals, DerivationId d, DerivationId last) {
        if (d == last) {
            go(goals);
            return;
        }
        const Derivation& derivation = graph_.derivation(d);
        if (derivation.choice.choice != kNone) {
            Allowed saved = allowed_;
            auto others = all(derivation.choice.choice);
            others.erase(derivation.choice.alternative);
            restrict_to(allowed_, derivation.choice.choice, others);
            refute(goals, d + 1, last);
            allowed_ = saved;
        }
        for (Premise p : graph_.premises(derivation)) {
            std::vector<Premise> more = goals;
            more.insert(more.begin(), Premise(p.node(), !p.negated()));
            refute(more, d + 1, last);
        }
    }

    void finish() {
        double product = 1;
        for (const auto& [c, set] : allowed_) {
            double sum = 0;
            for (std::uint32_t k : set) sum += weights_[graph_.weight_offset(c) + k];
            if (graph_.choice(c).free) sum = sum > 0 ? 1 : 0;
            product *= sum;
        }
        if (product <= best_ || !is_well_founded()) return;
        best_ = product;
    }

    bool is_well_founded() const {
        std::set<NodeId> founded;
        for (bool changed = true; changed;) {
            changed = false;
            for (const auto& [node, below] : below_) {
                bool ready =
                    std::ranges::all_of(below, [&](NodeId n) { return founded.contains(n); });
                if (ready && founded.insert(node).second) changed = true;
            }
        }
        return founded.size() == below_.size();
    }

    const DerivationGraph& graph_;
    std::span<const double> weights_;
    std::set<Premise> decided_;
    std::map<NodeId, std::vector<NodeId>> below_;
    Allowed allowed_;
    double best_ = 0;
};

struct Case {
    DerivationGraph graph;
    std::vector<double> weights;
    std::vector<Premise> goals;
};

Case random_case(std::mt19937_64& random) {
    Case c;
    auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
    const std::uint32_t choices = 1 + below(4);
    for (std::uint32_t i = 0; i < choices; ++i) new_choice(c.graph, 1 + below(4), below(8) == 0);
    const std::uint32_t nodes = 2 + below(5);
    std::vector<std::uint32_t> level(nodes);
    for (std::uint32_t n = 0; n < nodes; ++n) {
        c.graph.add_node();
        level[n] = n / (1 + below(3));
    }
    std::ranges::sort(level);
    for (std::uint32_t n = 0; n < nodes; ++n) {
        const std::uint32_t derivations = below(12) == 0 ? 0 : 1 + below(3);
        for (std::uint32_t d = 0; d < derivations; ++d) {
            std::vector<Premise> premises;
            for (std::uint32_t i = below(3); i > 0; --i) {
                NodeId other = below(nodes);
                if (level[other] > level[n]) continue;
                bool negated = level[other] < level[n] && below(2) == 0;
                premises.emplace_back(other, negated);
            }
            ChoiceLiteral literal;
            if (below(4) != 0 || premises.empty()) {
                literal.choice = below(choices);
                literal.alternative = below(c.graph.choice(literal.choice).size);
            }
            std::uint32_t rule = below(4) == 0 ? kNone : below(3);
            c.graph.add_derivation(n, rule, premises, literal);
        }
    }
    c.graph.freeze();
    c.weights = entail::tests::random_weights(c.graph, random);
    for (std::uint32_t i = 1 + below(2); i > 0; --i)
        c.goals.emplace_back(below(nodes), below(2) == 0);
    return c;
}

/// Is what the search returns a proof, and is its probability right?
void check_is_proof(const Case& c, const BestProof& proof) {
    std::set<NodeId> positive, negative(proof.refuted.begin(), proof.refuted.end());
    for (const auto& support : proof.supports) positive.insert(support.node);
    auto holds = [&](Premise p) { return (p.negated() ? negative : positive).contains(p.node()); };
    for (Premise goal : c.goals) CHECK(holds(goal));

    std::map<ChoiceId, std::set<std::uint32_t>> allowed;
    auto restrict_to = [&](ChoiceId choice, const std::set<std::uint32_t>& set) {
        auto [place, added] = allowed.try_emplace(choice, set);
        if (!added) std::erase_if(place->second, [&](auto k) { return !set.contains(k); });
    };
    std::set<NodeId> founded;
    for (bool changed = true; changed;) {
        changed = false;
        for (const auto& s : proof.supports) {
            const Derivation& d = c.graph.derivation(s.derivation);
            CHECK(d.conclusion == s.node);
            bool ready = std::ranges::all_of(c.graph.premises(d), [&](Premise p) {
                return holds(p) && (p.negated() || founded.contains(p.node()));
            });
            if (ready && founded.insert(s.node).second) changed = true;
        }
    }
    CHECK(founded == positive);
    for (const auto& s : proof.supports) {
        if (s.allowed.choice == kNone) continue;
        restrict_to(s.allowed.choice,
                    {s.allowed.alternatives.begin(), s.allowed.alternatives.end()});
    }
    std::set<DerivationId> refuted;
    for (const auto& r : proof.refutations) {
        refuted.insert(r.derivation);
        const Derivation& d = c.graph.derivation(r.derivation);
        if (!r.by_choice) {
            CHECK(std::ranges::count(c.graph.premises(d), r.premise) == 1);
            CHECK(holds({r.premise.node(), !r.premise.negated()}));
            continue;
        }
        std::set<std::uint32_t> others;
        for (std::uint32_t k = 0; k < c.graph.choice(d.choice.choice).size; ++k) {
            if (k != d.choice.alternative) others.insert(k);
        }
        restrict_to(d.choice.choice, others);
    }
    for (NodeId n : negative) {
        auto [first, last] = c.graph.derivations(n);
        for (DerivationId d = first; d < last; ++d) CHECK(refuted.contains(d));
    }
    double product = 1;
    for (const auto& [choice, set] : allowed) {
        double sum = 0;
        for (std::uint32_t k : set) sum += c.weights[c.graph.weight_offset(choice) + k];
        product *= c.graph.choice(choice).free ? (sum > 0 ? 1 : 0) : sum;
    }
    CHECK(product == doctest::Approx(proof.probability).epsilon(1e-9));
}

}  // namespace

TEST_CASE("the best proof is the best of all proofs of random derivation graphs") {
    std::mt19937_64 random(entail::tests::random_seed());
    int found = 0;
    for (int round = 0; round < 3000; ++round) {
        CAPTURE(round);
        Case c = random_case(random);
        double expected = AllProofs(c.graph, c.weights).best(c.goals);
        BestProof proof = best_proof(c.graph, c.goals, c.weights);
        REQUIRE(proof.found == (expected > 0));
        REQUIRE(proof.is_best);
        CHECK(proof.is_refuted == !proof.found);
        if (!proof.found) continue;
        ++found;
        REQUIRE(proof.probability == doctest::Approx(expected).epsilon(1e-9));
        check_is_proof(c, proof);
    }
    CHECK(found > 1000);
}

TEST_CASE("a choice counts once, however often a proof uses it") {
    DerivationGraph graph;
    ChoiceId coin = new_choice(graph, 2), other = new_choice(graph, 2);
    NodeId a = choice_node(graph, coin), b = graph.add_node(), c = graph.add_node();
    derive(graph, b, {pos(a)}, {coin, 0});
    derive(graph, b, {}, {other, 0});
    derive(graph, c, {pos(a), pos(b)});
    graph.freeze();
    std::vector<double> weights{0.3, 0.7, 0.9, 0.1};
    std::vector<Premise> goals{pos(c)};
    BestProof proof = best_proof(graph, goals, weights);
    CHECK(proof.probability == doctest::Approx(0.3));
    goals = {pos(c), neg(b)};
    proof = best_proof(graph, goals, weights);
    CHECK(!proof.found);
    CHECK(proof.is_refuted);
}

TEST_CASE("a node does not prove itself, and a loop that nothing enters is refuted") {
    DerivationGraph graph;
    NodeId a = graph.add_node(), b = graph.add_node();
    ChoiceId coin = new_choice(graph, 2);
    derive(graph, a, {pos(b)});
    derive(graph, b, {pos(a)});
    derive(graph, b, {}, {coin, 1});
    graph.freeze();
    std::vector<double> weights{0.75, 0.25};
    std::vector<Premise> goal{pos(a)};
    CHECK(best_proof(graph, goal, weights).probability == doctest::Approx(0.25));
    goal = {neg(a)};
    BestProof proof = best_proof(graph, goal, weights);
    CHECK(proof.probability == doctest::Approx(0.75));
    CHECK(proof.refuted == std::vector<NodeId>{a, b});
}

TEST_CASE("the search says when its effort ended before it was done") {
    std::mt19937_64 random(7);
    DerivationGraph graph;
    const std::uint32_t size = 40;
    std::vector<NodeId> coins;
    for (std::uint32_t i = 0; i < size; ++i)
        coins.push_back(choice_node(graph, new_choice(graph, 2)));
    NodeId goal = graph.add_node();
    std::vector<Premise> clauses;
    for (std::uint32_t i = 0; i < 4 * size; ++i) {
        NodeId clause = graph.add_node();
        for (int k = 0; k < 3; ++k) {
            NodeId coin = coins[random() % size];
            derive(graph, clause, {random() % 2 == 0 ? pos(coin) : neg(coin)});
        }
        clauses.push_back(pos(clause));
    }
    derive(graph, goal, clauses);
    graph.freeze();
    std::vector<double> weights = entail::tests::random_weights(graph, random);
    std::vector<Premise> goals{pos(goal)};
    BestProof proof = best_proof(graph, goals, weights, {.effort = 2000});
    CHECK(!proof.is_best);
    CHECK(!proof.is_refuted);
}

TEST_CASE("a long chain of derivations does not exhaust the stack") {
    DerivationGraph graph;
    NodeId last = choice_node(graph, new_choice(graph, 2));
    for (int i = 0; i < 100'000; ++i) {
        NodeId next = graph.add_node();
        derive(graph, next, {pos(last)});
        last = next;
    }
    graph.freeze();
    std::vector<double> weights{0.5, 0.5};
    for (Premise goal : {pos(last), neg(last)}) {
        std::vector<Premise> goals{goal};
        BestProof proof = best_proof(graph, goals, weights);
        CHECK(proof.is_best);
        CHECK(proof.probability == doctest::Approx(0.5));
    }
}

TEST_CASE("weights that do not fit the graph are refused by name") {
    DerivationGraph graph;
    std::vector<Premise> goals{pos(choice_node(graph, new_choice(graph, 2)))};
    graph.freeze();
    CHECK_THROWS_AS(best_proof(graph, goals, {}), std::invalid_argument);
}

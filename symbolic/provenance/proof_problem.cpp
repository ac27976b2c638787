#include "symbolic/provenance/proof_problem.h"

#include <algorithm>
#include <map>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>

namespace entail::provenance {
namespace {

/// Rounds inside one component: the greatest fixpoint of negations may be left early, every step
/// towards it is a bound.
constexpr std::size_t kNegativeRounds = 8;

class Builder {
public:
    Builder(const DerivationGraph& graph, std::span<const double> weights, const World* world)
        : graph_(graph),
          weights_(weights),
          world_(world),
          local_node_(graph.node_count(), kNone),
          local_choice_(graph.choice_count(), kNone) {}

    ProofProblem run(std::span<const Premise> goals) {
        for (Premise goal : goals) problem_.goals.push_back(local(goal));
        for (std::uint32_t n = 0; n < problem_.nodes.size(); ++n) {
            problem_.option_begin.push_back(static_cast<std::uint32_t>(problem_.options.size()));
            add_options(n);
        }
        problem_.option_begin.push_back(static_cast<std::uint32_t>(problem_.options.size()));
        problem_.weight_begin.push_back(static_cast<std::uint32_t>(problem_.weights.size()));
        find_components();
        find_names();
        return std::move(problem_);
    }

private:
    void find_names() {
        auto& names = problem_.choice_option;
        names.assign(problem_.nodes.size(), kNone);
        std::vector<std::uint32_t> order(names.size());
        for (std::uint32_t n = 0; n < order.size(); ++n) order[n] = n;
        std::ranges::stable_sort(order, {}, [&](auto n) { return problem_.component[n]; });
        for (std::uint32_t n : order) {
            std::uint32_t o = problem_.option_begin[n];
            if (problem_.option_begin[n + 1] - o != 1) continue;
            auto premises = problem_.premises_of(problem_.options[o]);
            if (problem_.options[o].choice != kNone) {
                if (premises.empty()) names[n] = o;
            } else if (premises.size() == 1 && !premises[0].negated()) {
                names[n] = names[premises[0].node()];
            }
        }
    }

    Premise local(Premise premise) {
        std::uint32_t& id = local_node_[premise.node()];
        if (id == kNone) {
            id = static_cast<std::uint32_t>(problem_.nodes.size());
            problem_.nodes.push_back(premise.node());
        }
        return {id, premise.negated()};
    }

    std::uint32_t local(ChoiceId choice) {
        std::uint32_t& id = local_choice_[choice];
        if (id == kNone) {
            id = static_cast<std::uint32_t>(problem_.choices.size());
            problem_.choices.push_back(choice);
            problem_.is_free.push_back(graph_.choice(choice).free);
            problem_.weight_begin.push_back(static_cast<std::uint32_t>(problem_.weights.size()));
            std::uint32_t first = graph_.weight_offset(choice), size = graph_.choice(choice).size;
            bool is_free = graph_.choice(choice).free;
            for (std::uint32_t k = 0; k < size; ++k) {
                bool is_used = world_ == nullptr || (*world_)[choice] == k;
                double weight = is_free ? 1 : weights_[first + k];
                problem_.weights.push_back(is_used ? weight : 0);
            }
        }
        return id;
    }

    void add_options(std::uint32_t node) {
        auto [first, last] = graph_.derivations(problem_.nodes[node]);
        // Steps of aggregates: by choice and premises, those that differ in the alternative alone.
        std::map<std::pair<ChoiceId, std::vector<Premise>>, std::vector<DerivationId>> alike;
        for (DerivationId id = first; id < last; ++id) {
            const Derivation& derivation = graph_.derivation(id);
            if (derivation.rule == kNone && derivation.choice.choice != kNone) {
                auto premises = graph_.premises(derivation);
                alike[{derivation.choice.choice, {premises.begin(), premises.end()}}].push_back(id);
            } else {
                add_option(node, {&id, 1});
            }
        }
        for (const auto& [key, ids] : alike) add_option(node, ids);
    }

    void add_option(std::uint32_t node, std::span<const DerivationId> ids) {
        auto size = [](const auto& vector) { return static_cast<std::uint32_t>(vector.size()); };
        const Derivation& derivation = graph_.derivation(ids[0]);
        ProofProblem::Option option{};
        option.node = node;
        option.choice = kNone;
        option.alternatives_begin = size(problem_.alternatives);
        option.premises_begin = size(problem_.premises);
        option.derivations_begin = size(problem_.derivations);
        if (derivation.choice.choice != kNone) {
            option.choice = local(derivation.choice.choice);
            for (DerivationId id : ids) {
                problem_.alternatives.push_back(graph_.derivation(id).choice.alternative);
            }
        }
        for (Premise premise : graph_.premises(derivation)) {
            problem_.premises.push_back(local(premise));
        }
        problem_.derivations.insert(problem_.derivations.end(), ids.begin(), ids.end());
        option.alternatives_end = size(problem_.alternatives);
        option.premises_end = size(problem_.premises);
        option.derivations_end = size(problem_.derivations);
        problem_.options.push_back(option);
    }

    void find_components() {
        using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
        Graph graph(problem_.nodes.size());
        for (const auto& option : problem_.options) {
            for (Premise p : problem_.premises_of(option)) {
                boost::add_edge(option.node, p.node(), graph);
            }
        }
        problem_.component.resize(problem_.nodes.size());
        if (problem_.nodes.empty()) return;
        // Tarjan's numbers: components that others lead to come first.
        boost::strong_components(
            graph, boost::make_iterator_property_map(problem_.component.begin(),
                                                     boost::get(boost::vertex_index, graph)));
    }

    const DerivationGraph& graph_;
    std::span<const double> weights_;
    const World* world_;
    std::vector<std::uint32_t> local_node_, local_choice_;
    ProofProblem problem_;
};

}  // namespace

double ProofProblem::weight(const Option& option, bool complement) const {
    if (option.choice == kNone) return complement ? 0 : 1;
    std::uint32_t begin = weight_begin[option.choice], end = weight_begin[option.choice + 1];
    auto used = alternatives_of(option);
    double sum = 0;
    for (std::uint32_t w = begin; w < end; ++w) {
        if (std::ranges::binary_search(used, w - begin) != complement) sum += weights[w];
    }
    return is_free[option.choice] ? (sum > 0 ? 1 : 0) : sum;
}

ProofProblem make_proof_problem(const DerivationGraph& graph, std::span<const Premise> goals,
                                std::span<const double> weights, const World* world) {
    return Builder(graph, weights, world).run(goals);
}

Supports::Supports(std::size_t sets, std::size_t choices) {
    constexpr std::size_t kMaxWords = 64, kMaxMemory = std::size_t{8} << 20U;
    words_ = std::clamp<std::size_t>((choices + 63) / 64, 1, kMaxWords);
    words_ = std::clamp<std::size_t>(kMaxMemory / std::max<std::size_t>(sets, 1), 1, words_);
    bits_.assign(sets * words_, 0);
}

void add_choice(std::span<std::uint64_t> set, std::uint32_t choice) {
    set[choice / 64 % set.size()] |= std::uint64_t{1} << choice % 64;
}

bool overlap(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
        if ((a[i] & b[i]) != 0) return true;
    }
    return false;
}

void unite(std::span<std::uint64_t> into, std::span<const std::uint64_t> from) {
    for (std::size_t i = 0; i < into.size(); ++i) into[i] |= from[i];
}

void IndependentProduct::clear() {
    values_.clear();
    supports_.clear();
}

void IndependentProduct::add(double value, std::span<const std::uint64_t> support) {
    std::size_t home = values_.size();
    auto group = [&](std::size_t i) {
        return std::span<std::uint64_t>(supports_.data() + i * words_, words_);
    };
    for (std::size_t i = values_.size(); i-- > 0;) {
        if (!overlap(group(i), support)) continue;
        if (home == values_.size()) {
            home = i;
            values_[i] = std::min(values_[i], value);
            unite(group(i), support);
            continue;
        }
        // Two groups that the new part connects become one, at the lower place.
        values_[i] = std::min(values_[i], values_[home]);
        unite(group(i), group(home));
        values_[home] = values_.back();
        std::ranges::copy(group(values_.size() - 1), group(home).begin());
        values_.pop_back();
        supports_.resize(values_.size() * words_);
        home = i;
    }
    if (home < values_.size() || values_.size() == kMaxGroups) return;
    values_.push_back(value);
    supports_.insert(supports_.end(), support.begin(), support.end());
}

double IndependentProduct::value() const {
    double product = 1;
    for (double value : values_) product *= value;
    return product;
}

ProofBounds bound_proofs(const ProofProblem& problem) {
    ProofBounds bounds;
    const std::size_t nodes = problem.nodes.size();
    bounds.positive.assign(nodes, 0);
    bounds.negative.assign(nodes, 1);
    bounds.refutation.assign(problem.options.size(), 1);
    // One common width, so that sets of nodes and of options compare.
    const std::size_t sets = std::max(nodes, problem.options.size());
    bounds.node_support = Supports(sets, problem.choices.size());
    bounds.option_support = Supports(sets, problem.choices.size());

    std::vector<std::uint32_t> order(nodes);
    for (std::uint32_t n = 0; n < nodes; ++n) order[n] = n;
    std::ranges::stable_sort(order, {}, [&](std::uint32_t n) { return problem.component[n]; });

    IndependentProduct product(bounds.node_support.words());
    std::vector<std::uint64_t> single(bounds.node_support.words());
    auto positive_value = [&](const ProofProblem::Option& option) {
        product.clear();
        if (option.choice != kNone) {
            std::ranges::fill(single, 0);
            add_choice(single, option.choice);
            product.add(problem.weight(option, false), single);
        }
        for (Premise p : problem.premises_of(option)) {
            const auto& values = p.negated() ? bounds.negative : bounds.positive;
            product.add(values[p.node()], bounds.node_support[p.node()]);
        }
        return product.value();
    };
    auto refutation_value = [&](const ProofProblem::Option& option) {
        double best = problem.weight(option, true);
        for (Premise p : problem.premises_of(option)) {
            const auto& values = p.negated() ? bounds.positive : bounds.negative;
            best = std::max(best, values[p.node()]);
        }
        return best;
    };
    auto options_of = [&](std::uint32_t node) {
        return std::pair(problem.option_begin[node], problem.option_begin[node + 1]);
    };

    for (std::size_t begin = 0; begin < nodes;) {
        std::size_t end = begin;
        while (end < nodes && problem.component[order[end]] == problem.component[order[begin]]) {
            ++end;
        }
        std::span<const std::uint32_t> part(order.data() + begin, end - begin);
        begin = end;
        // All nodes of a component depend on the same choices.
        std::ranges::fill(single, 0);
        std::vector<std::uint64_t> shared(single);
        for (std::uint32_t n : part) {
            for (auto [o, last] = options_of(n); o < last; ++o) {
                const auto& option = problem.options[o];
                if (option.choice != kNone) add_choice(shared, option.choice);
                for (Premise p : problem.premises_of(option)) {
                    unite(shared, bounds.node_support[p.node()]);
                }
            }
        }
        for (std::uint32_t n : part) std::ranges::copy(shared, bounds.node_support[n].begin());
        for (std::uint32_t n : part) {
            for (auto [o, last] = options_of(n); o < last; ++o) {
                const auto& option = problem.options[o];
                auto support = bounds.option_support[o];
                if (option.choice != kNone) add_choice(support, option.choice);
                for (Premise p : problem.premises_of(option)) {
                    unite(support, bounds.node_support[p.node()]);
                }
            }
        }
        // Proofs are well-founded: the least fixpoint, from below. A best proof has no node twice
        // on a path, so as many rounds as there are nodes reach it.
        for (bool changed = true; changed;) {
            changed = false;
            for (std::uint32_t n : part) {
                for (auto [o, last] = options_of(n); o < last; ++o) {
                    double value = positive_value(problem.options[o]);
                    if (value <= bounds.positive[n]) continue;
                    bounds.positive[n] = value;
                    changed = part.size() > 1;
                }
            }
        }
        for (std::size_t round = 0; round < kNegativeRounds; ++round) {
            bool changed = false;
            for (std::uint32_t n : part) {
                product.clear();
                for (auto [o, last] = options_of(n); o < last; ++o) {
                    bounds.refutation[o] = refutation_value(problem.options[o]);
                    product.add(bounds.refutation[o], bounds.option_support[o]);
                }
                if (product.value() >= bounds.negative[n]) continue;
                bounds.negative[n] = product.value();
                changed = part.size() > 1;
            }
            if (!changed) break;
        }
    }
    return bounds;
}

}  // namespace entail::provenance

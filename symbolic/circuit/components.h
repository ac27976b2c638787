#pragma once
// How the goals of a sub-problem fall apart, what describes a part in full, and which choice of it
// to decide next.

#include <cstdint>
#include <span>
#include <vector>

#include "symbolic/circuit/problem.h"
#include "symbolic/circuit/residual.h"

namespace entail::circuit {

/// Below, goals are simplified and the residual's values are fresh for them (Residual::evaluate).
class Components {
public:
    Components(const Problem& problem, const Residual& residual);

    /// To be called once the residual has its base: finds which choices each pristine node rests
    /// on.
    void index_supports();

    /// Orders `goals` by component; `ends` receives the end of each. Parts share no choice. (They
    /// may be found connected where they are not, when there are too many choices to tell exactly.)
    void split(std::vector<Goal>& goals, std::vector<std::uint32_t>& ends);

    /// Appends words that determine the sub-problem of `goals` (sorted) in the present state: what
    /// is left of the derivations, however it came about. Returns whether a free choice is part of
    /// it.
    bool describe(std::span<const Goal> goals, std::vector<std::uint32_t>& key);

    /// The weight of the alternative that `n` amounts to, kNone if it does not.
    std::uint32_t weight_of(NodeId n) const;

    /// The choice to decide next.
    ChoiceId select_weighted(std::span<const Goal> goals);
    /// Of the free choices that the last `describe` has met: the first one met when `nearest`,
    /// otherwise one of those with the fewest alternatives left.
    ChoiceId select_free(bool nearest) const;
    /// The allowed alternatives of `choice`, one of each group that cannot differ, as weights:
    /// weights[i] stands for all those whose group[...] is i. `group` has one entry per
    /// alternative, kNone for those not allowed.
    void alternatives(ChoiceId choice, std::vector<std::uint32_t>& weights,
                      std::vector<std::uint32_t>& group) const;

    /// The bits of the choices on which `goals` rest in the base state.
    std::vector<std::uint64_t> support(std::span<const Goal> goals) const;

private:
    struct Scores {
        std::uint32_t derivations = 0;   // live derivations that mention the choice
        std::uint32_t alternatives = 0;  // distinct literals of it among them
    };
    std::uint32_t bit_of(ChoiceId c) const;
    std::span<const std::uint64_t> support_of(NodeId n) const {
        return {supports_.data() + std::size_t{problem_.position[n]} * words_, words_};
    }
    std::uint32_t find(std::uint32_t goal);
    void join(std::uint32_t a, std::uint32_t b);
    template <class Visit>
    void for_each_open_literal(DerivationId d, Visit visit) const;
    ChoiceId common_choice(NodeId n);
    ChoiceId common_choice_below(NodeId n);
    ChoiceId common_choice_of_failures(std::span<const Goal> goals);
    void gather_rest(DerivationId d);
    void write_rests(std::vector<std::uint32_t>& key);
    ChoiceId choice_beside_node(Goal goal);
    ChoiceId frontier_choice(std::span<const Goal> goals);

    const Problem& problem_;
    const Residual& residual_;
    std::size_t words_ = 1;
    std::vector<std::uint64_t> supports_;  // by position

    std::uint64_t stamp_ = 0;
    std::vector<std::uint64_t> node_seen_, choice_seen_, weight_seen_, bit_seen_;
    std::vector<std::uint32_t> node_owner_, bit_owner_, parent_, node_order_;
    std::vector<NodeId> queue_;
    std::vector<Goal> sorted_;
    std::vector<std::uint32_t> rest_words_;  // open literals of some derivations, for describe
    std::vector<std::span<const std::uint32_t>> rests_;
    std::vector<std::uint32_t> rest_ends_;
    std::vector<std::uint64_t> gathered_;
    std::vector<Scores> scores_;
    std::vector<ChoiceId> candidates_, free_met_;
};

}  // namespace entail::circuit

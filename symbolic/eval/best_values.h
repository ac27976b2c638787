#pragma once
// The best value so far of each group of a predicate that keeps only what improves on it
// (symbolic/ir/extrema.h).
//
// With values that never get better around a cycle, a group improves in at most as many rounds as
// there are groups, each for a longer way. Far beyond that, some way around improves without end.

#include <unordered_map>
#include <vector>

#include "symbolic/base/value.h"
#include "symbolic/ir/program.h"

namespace entail::eval {

class BestValues {
public:
    explicit BestValues(const ir::Improving& improving) : improving_(improving) {}

    const ir::Improving& improving() const { return improving_; }

    enum class Answer { improves, does_not, without_end };
    Answer offer(std::span<const Value> tuple, std::uint32_t round, const ValueStore& values) {
        std::vector<std::uint32_t> group;
        for (std::uint32_t c = 0; c < improving_.grouped; ++c) group.push_back(tuple[c].bits());
        Value value = tuple[improving_.grouped];
        auto [place, is_new] = best_.try_emplace(std::move(group), Best{value, round, 0});
        if (is_new) return Answer::improves;
        Best& best = place->second;
        int order = values.compare(value, best.value);
        // Equal values are other members: each shows a way to the best.
        bool is_worse = improving_.function == ir::AggregateOp::min ? order > 0 : order < 0;
        if (is_worse) return Answer::does_not;
        if (order == 0) return Answer::improves;
        best.value = value;
        if (best.round != round) ++best.rounds;
        best.round = round;
        bool is_endless = best.rounds > kRoundsPerGroup * (best_.size() + kRoundsPerGroup);
        return is_endless ? Answer::without_end : Answer::improves;
    }

private:
    static constexpr std::size_t kRoundsPerGroup = 8;
    struct Best {
        Value value;
        std::uint32_t round;
        std::size_t rounds;  // in which it improved
    };
    struct Hash {
        std::size_t operator()(const std::vector<std::uint32_t>& group) const {
            std::size_t hash = group.size();
            for (std::uint32_t bits : group) {
                hash = (hash ^ bits) * 0x9E3779B97F4A7C15ULL;
                hash ^= hash >> 29U;
            }
            return hash;
        }
    };
    ir::Improving improving_;
    std::unordered_map<std::vector<std::uint32_t>, Best, Hash> best_;
};

}  // namespace entail::eval

#pragma once
// The weights `t(_)` of a program as something that an optimizer can move freely.
//
// The alternatives of one clause share the mass that its other weights leave, by a softmax over one
// logit for each learnable weight, and one for the silent alternative if there is one. So whatever
// the logits are, the weights of a choice stay a distribution; for a coin it is p against 1 - p.

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "neural/core/parameter.h"
#include "symbolic/ir/program.h"

namespace entail::bridge {

class LearnableWeights {
public:
    static constexpr std::uint32_t kNoShare = 0xFFFFFFFF;

    /// None.
    LearnableWeights() = default;
    /// Those of a program, at their initial values.
    explicit LearnableWeights(const ir::Program& program);
    LearnableWeights(const LearnableWeights&) = delete;
    LearnableWeights& operator=(const LearnableWeights&) = delete;

    bool empty() const { return clauses_.empty(); }
    /// A clause's alternatives have consecutive shares.
    std::size_t share_count() const { return share_count_; }
    /// The share of alternative `k` of clause `choice` of the program, `k` = ir::kNone for the
    /// silent one; kNoShare if its weight is not learned.
    std::uint32_t share_of(std::uint32_t choice, std::uint32_t k) const;

    /// [share_count] numbers; those of one clause sum to 1.
    std::vector<double> shares() const;
    /// Adds d loss / d logit to the gradients, from d loss / d share at the current logits.
    void add_gradients(std::span<const double> share_gradients);
    /// The value of Program::parameters[i]; of a clause with computed weights, of all that they
    /// leave.
    std::vector<double> values() const;

    /// The logits, one tensor for each clause: "clause<index of the choice>".
    std::vector<neural::NamedParameter<float>> parameters();

private:
    struct Clause {
        std::uint32_t choice;
        std::uint32_t first_share;
        double mass = 1;  ///< what constant weights leave
        std::vector<std::uint32_t>
            alternatives;                       ///< by share: its alternative, ir::kNone if silent
        std::vector<std::uint32_t> parameters;  ///< by share: Program::parameters, or ir::kNone
        neural::Parameter<float> logits;
    };

    std::deque<Clause> clauses_;  // a deque: parameters() gives pointers into it
    std::size_t share_count_ = 0;
    std::size_t parameter_count_ = 0;
};

}  // namespace entail::bridge

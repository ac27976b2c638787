#pragma once
// A plan with its names resolved, and its execution on a certain scene: a set is a word, a stage a
// few instructions of the machine. The rules of programs/lower/functions.h say what it means; this
// is tested to say the same.

#include <cstdint>
#include <vector>

#include "programs/functional/plan.h"
#include "programs/functional/scene.h"

namespace entail::functional {

/// One step. Unused fields are 0, so equal codes compare equal.
struct Instruction {
    ast::StageKind kind = ast::StageKind::scene;
    std::uint32_t input = 0, other = 0;  ///< earlier instructions
    std::uint32_t name = 0;              ///< of an attribute or relation
    std::uint32_t value = 0;             ///< of filter; kNone: no object can have it
    bool from_object = false;            ///< of relate and same: the input is one object

    bool operator==(const Instruction&) const = default;
};

/// What the result depends on, in order; the last instruction is the result.
using Code = std::vector<Instruction>;

/// Resolves the names of a plan without parameters. Throws std::invalid_argument for an attribute
/// or a relation that the vocabulary lacks, and for a parameter.
Code encode(const Plan& plan, const Vocabulary& vocabulary);

/// What a program gives: a set, the number of an object, a count, 0 or 1, the number of a value.
struct Outcome {
    Type type = Type::nothing;  ///< nothing: `unique` did not meet exactly one object
    std::uint64_t value = 0;

    bool operator==(const Outcome&) const = default;
};

/// Room for execution, to be used again.
using Registers = std::vector<std::uint64_t>;

Outcome execute(const Code& code, const Scene& scene, const Vocabulary& vocabulary,
                Registers& registers);

/// "2", "true", "red", "o3"; "undefined" of nothing. Of no set.
std::string text(const Outcome& outcome, const Vocabulary& vocabulary);

}  // namespace entail::functional

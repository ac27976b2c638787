#pragma once
// Runs a logic program through Entail, and checks every proof with code that shares nothing with
// the engine.

#include <string>
#include <vector>

#include "logic_program.h"

struct Outcome {
    enum class Answer { true_, false_, unknown, contradictory, option, malformed };
    Answer answer = Answer::unknown;
    std::string option;       ///< the letter, of an ordering
    bool has_proof = false;   ///< it is an answer that must have one
    bool is_checked = false;  ///< and it has one that holds
    std::string diagnostic;   ///< what is wrong: of a malformed one, or of a proof
};

/// Deduction: is the query derived, or its opposite? Neither: unknown, for nothing that is not said
/// is taken to be false.
Outcome solve_deduction(const LogicProgram& program, const std::string& name);
/// Ordering: the one option that holds in every arrangement, or the one that holds in any.
Outcome solve_ordering(const LogicProgram& program, const std::string& name);

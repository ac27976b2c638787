#pragma once
// A choice of the derivation graph as proofs show it.

#include <functional>
#include <span>
#include <string>

#include "symbolic/eval/database.h"
#include "symbolic/eval/instance_text.h"
#include "symbolic/proof/proof.h"

namespace entail::eval {

/// The file of a module's input, empty if unknown.
using InputPath = std::function<std::string(std::uint32_t module, Value input)>;

/// `weights` as laid out by the database's graph.
proof::Choice describe_choice(const ir::Program& program, const Database& database,
                              std::span<const double> weights, provenance::ChoiceId id,
                              const InstanceText& text, const InputPath& input_path);

}  // namespace entail::eval

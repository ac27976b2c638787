#pragma once
// The stages of functional programs: name, and how many terms and pipelines each one takes.

#include <cstddef>
#include <string>
#include <string_view>

#include "programs/syntax/ast.h"

namespace entail::ast {

struct StageInfo {
    StageKind kind;
    std::string_view name;
    std::size_t terms;
    std::size_t pipelines;
};

/// Of any kind but `call` and `argument`.
const StageInfo& stage_info(StageKind kind);
/// Null for a name of no stage.
const StageInfo* find_stage(std::string_view name);
/// All names, for messages.
std::string stage_names();

}  // namespace entail::ast

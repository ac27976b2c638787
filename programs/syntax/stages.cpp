#include "programs/syntax/stages.h"

#include <iterator>

namespace entail::ast {
namespace {

/// In the order of StageKind.
constexpr StageInfo kStages[] = {
    {StageKind::scene, "scene", 0, 0},     {StageKind::filter, "filter", 2, 0},
    {StageKind::relate, "relate", 1, 0},   {StageKind::same, "same", 1, 0},
    {StageKind::union_, "union", 0, 1},    {StageKind::intersect, "intersect", 0, 1},
    {StageKind::unique, "unique", 0, 0},   {StageKind::count, "count", 0, 0},
    {StageKind::exist, "exist", 0, 0},     {StageKind::query, "query", 1, 0},
    {StageKind::equal, "equal", 0, 2},     {StageKind::less, "less", 0, 2},
    {StageKind::greater, "greater", 0, 2}, {StageKind::equal_integer, "equal_integer", 0, 2},
};

}  // namespace

const StageInfo& stage_info(StageKind kind) {
    return kStages[static_cast<std::size_t>(kind)];
}

const StageInfo* find_stage(std::string_view name) {
    for (const StageInfo& stage : kStages) {
        if (stage.name == name) return &stage;
    }
    return nullptr;
}

std::string stage_names() {
    std::string names;
    for (const StageInfo& stage : kStages) {
        if (!names.empty()) names += ", ";
        names += stage.name;
    }
    return names;
}

}  // namespace entail::ast

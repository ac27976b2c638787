#pragma once
// The fewest changes to a world after which goals no longer hold.
//
// Changes are made to choices, each to another alternative. Of sets of changes of one size the most
// probable world is taken. That no smaller set does it is shown by a check of its own.
// Source: minimal counterfactuals as weighted partial MaxSAT.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "symbolic/decide/conditions.h"
#include "symbolic/eval/database.h"
#include "symbolic/provenance/world_model.h"
#include "symbolic/smt/solver.h"

namespace entail::decide {

enum class FlipBy : std::uint8_t {
    count,        ///< the fewest changes; of those the most probable world
    probability,  ///< the most probable world
};

struct Flip {
    /// What the changed choices take, ascending by choice.
    std::vector<provenance::ChoiceLiteral> changes;
    provenance::World world;  ///< after them
    bool is_proved = false;   ///< that nothing less does it
};

struct FlipResult {
    std::optional<Flip> flip;  ///< nothing: no world that meets the conditions differs in the
                               ///< goals, or a limit ended the search
    std::string limit;
};

/// `world` meets the conditions. After the changes the conditions still hold and the conjunction of
/// the goals has the other value than in `world`: `holds` is the one it has. `weights` as laid out
/// by the graph; choices in `free` weigh nothing, those with `fixed` must not change.
FlipResult flip(const eval::Database& database, const Conditions& goals, bool holds,
                const Conditions& conditions, const provenance::World& world,
                std::span<const double> weights, const std::vector<bool>& free,
                const std::vector<bool>& fixed, FlipBy by, const smt::Limits& limits);

}  // namespace entail::decide

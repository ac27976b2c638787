#pragma once

#include <span>
#include <vector>

namespace entail::neural {

/// A point that the pen passes, in a box of side 1 with y down; at a corner it stops and turns.
struct PenPoint {
    double x;
    double y;
    bool corner = false;
};

using Stroke = std::vector<PenPoint>;
using Glyph = std::vector<Stroke>;

/// The ways to write a digit, 0 to 9.
std::span<const Glyph> ways_to_write(int digit);

}  // namespace entail::neural

#pragma once
// A circuit laid out for sweeping: one kind of instruction, grouped by shape.
//
// Everything that has a value is a *row*: the weights come first, then false and true, then the
// instructions in order. An instruction is a sum of products of two rows and of single rows: a
// decision is the sum of weight * child, where a child "true" leaves the weight alone and a child
// that is itself one weight is that weight's row; a Sum has single rows; an And of several factors
// becomes a tree of products of two. Instructions are ordered by layer and, within a layer, by
// shape, so that a sweep runs through long stretches of equal work.

#include <cstdint>
#include <vector>

#include "symbolic/circuit/circuit.h"

namespace entail::circuit {

struct Tape {
    /// `count` instructions of the same shape; each has 2 * products + singles operands.
    struct Run {
        std::uint32_t products, singles, count;
    };

    explicit Tape(const Circuit& circuit);

    std::uint32_t false_row() const { return weight_count; }
    std::uint32_t true_row() const { return weight_count + 1; }
    std::uint32_t first_instruction() const { return weight_count + 2; }

    std::uint32_t weight_count = 0;
    std::uint32_t row_count = 0;
    std::vector<Run> runs;
    std::vector<std::uint32_t> operands;  ///< rows, instruction after instruction
    std::vector<std::uint32_t> roots;     ///< row by RootId
};

}  // namespace entail::circuit

#include "symbolic/circuit/tape.h"

#include <algorithm>
#include <numeric>
#include <tuple>

// Source: KLay (Maene, Derkinderen, Zuidberg Dos Martires, 2025) for layers; grouping by shape and
// rows for weights are ours. Cost: linear, and a sort.

namespace entail::circuit {

namespace {

struct Draft {
    std::uint32_t products, singles;
    std::uint32_t operands;  // begin
    std::uint32_t layer;
};

class Drafts {
public:
    explicit Drafts(std::uint32_t first_row) : first_row_(first_row) {}

    /// Ends the instruction whose operands were added since the last one; its row.
    std::uint32_t finish(std::uint32_t products, std::uint32_t singles) {
        Draft draft{products, singles, begin_, 1};
        for (std::uint32_t i = begin_; i < operands.size(); ++i) {
            if (operands[i] >= first_row_)
                draft.layer = std::max(draft.layer, drafts[operands[i] - first_row_].layer + 1);
        }
        drafts.push_back(draft);
        begin_ = static_cast<std::uint32_t>(operands.size());
        return first_row_ + static_cast<std::uint32_t>(drafts.size()) - 1;
    }

    std::vector<Draft> drafts;
    std::vector<std::uint32_t> operands;

private:
    std::uint32_t first_row_;
    std::uint32_t begin_ = 0;
};

}  // namespace

Tape::Tape(const Circuit& circuit) : weight_count(circuit.weight_count()) {
    Drafts drafts(first_instruction());
    std::vector<std::uint32_t> row_of(circuit.size());
    row_of[kFalse] = false_row();
    row_of[kTrue] = true_row();
    std::vector<std::uint32_t> factors;
    for (CircuitNode node = 2; node < circuit.size(); ++node) {
        const auto edges = circuit.edges(node);
        if (circuit.kind(node) == NodeKind::conjunction) {
            factors.clear();
            for (const Edge& edge : edges) factors.push_back(row_of[edge.child]);
            while (factors.size() > 1) {
                std::size_t kept = 0;
                for (std::size_t i = 0; i + 1 < factors.size(); i += 2) {
                    drafts.operands.insert(drafts.operands.end(), {factors[i], factors[i + 1]});
                    factors[kept++] = drafts.finish(1, 0);
                }
                if (factors.size() % 2 == 1) factors[kept++] = factors.back();
                factors.resize(kept);
            }
            row_of[node] = factors.front();
            continue;
        }
        if (circuit.kind(node) == NodeKind::sum) {
            for (const Edge& edge : edges) drafts.operands.push_back(row_of[edge.child]);
            row_of[node] = drafts.finish(0, static_cast<std::uint32_t>(edges.size()));
            continue;
        }
        if (edges.size() == 1 && edges[0].child == kTrue) {
            row_of[node] = edges[0].weight;
            continue;
        }
        std::uint32_t products = 0;
        for (const Edge& edge : edges) {
            if (edge.child == kTrue) continue;
            drafts.operands.insert(drafts.operands.end(), {edge.weight, row_of[edge.child]});
            ++products;
        }
        for (const Edge& edge : edges) {
            if (edge.child == kTrue) drafts.operands.push_back(edge.weight);
        }
        row_of[node] = drafts.finish(products, static_cast<std::uint32_t>(edges.size()) - products);
    }

    const std::vector<Draft>& all = drafts.drafts;
    std::vector<std::uint32_t> order(all.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::stable_sort(order, {}, [&](std::uint32_t i) {
        return std::tuple(all[i].layer, all[i].products, all[i].singles);
    });
    row_count = first_instruction() + static_cast<std::uint32_t>(all.size());
    std::vector<std::uint32_t> place(row_count);
    std::iota(place.begin(), place.begin() + first_instruction(), 0U);
    for (std::uint32_t i = 0; i < order.size(); ++i)
        place[first_instruction() + order[i]] = first_instruction() + i;
    operands.reserve(drafts.operands.size());
    for (std::uint32_t i : order) {
        const Draft& draft = all[i];
        if (runs.empty() || runs.back().products != draft.products ||
            runs.back().singles != draft.singles)
            runs.push_back({draft.products, draft.singles, 0});
        ++runs.back().count;
        const std::uint32_t size = 2 * draft.products + draft.singles;
        for (std::uint32_t k = 0; k < size; ++k)
            operands.push_back(place[drafts.operands[draft.operands + k]]);
    }
    for (CircuitNode root : circuit.roots()) roots.push_back(place[row_of[root]]);
}

}  // namespace entail::circuit

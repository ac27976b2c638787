#include "symbolic/circuit/evaluate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

// Idea: nodes stand after their children, so values are one loop forward and gradients one loop
// backward, as in any tape of reverse-mode differentiation. The inner loop runs over `Width`
// columns of the batch, a compile-time constant, so that it becomes straight vector code. Source:
// Darwiche, "A differential approach to inference in Bayesian networks" (2003), for the two sweeps;
// the layout follows the layered circuits of KLay and PyJuice. Cost: edges * batch multiply-adds
// forward, twice that backward.

namespace entail::circuit {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// Below this a root may have lost digits to underflow, and its block is done in logarithms.
constexpr double kTiny = 1e-250;
/// Values of one block of columns should stay in the second-level cache.
constexpr std::size_t kCacheBytes = std::size_t{512} << 10U;

template <std::size_t Width>
struct Sweep {
    const Circuit& circuit;
    const double* weights;  // [weight][lane]
    double* values;         // [node][lane]

    const double* weight(std::uint32_t w) const { return weights + std::size_t{w} * Width; }
    double* value(CircuitNode n) const { return values + std::size_t{n} * Width; }

    void forward() const {
        for (std::size_t l = 0; l < Width; ++l) value(kFalse)[l] = 0;
        for (std::size_t l = 0; l < Width; ++l) value(kTrue)[l] = 1;
        const auto size = static_cast<CircuitNode>(circuit.size());
        for (CircuitNode node = 2; node < size; ++node) {
            double sum[Width];
            if (circuit.kind(node) == NodeKind::decision) {
                for (std::size_t l = 0; l < Width; ++l) sum[l] = 0;
                for (const Edge& edge : circuit.edges(node)) {
                    const double* w = weight(edge.weight);
                    const double* v = value(edge.child);
                    for (std::size_t l = 0; l < Width; ++l) sum[l] += w[l] * v[l];
                }
            } else if (circuit.kind(node) == NodeKind::sum) {
                for (std::size_t l = 0; l < Width; ++l) sum[l] = 0;
                for (const Edge& edge : circuit.edges(node)) {
                    const double* v = value(edge.child);
                    for (std::size_t l = 0; l < Width; ++l) sum[l] += v[l];
                }
            } else {
                for (std::size_t l = 0; l < Width; ++l) sum[l] = 1;
                for (const Edge& edge : circuit.edges(node)) {
                    const double* v = value(edge.child);
                    for (std::size_t l = 0; l < Width; ++l) sum[l] *= v[l];
                }
            }
            double* to = value(node);
            for (std::size_t l = 0; l < Width; ++l) to[l] = sum[l];
        }
    }

    bool lost_digits() const {
        for (CircuitNode root : circuit.roots()) {
            if (root == kFalse) continue;
            for (std::size_t l = 0; l < Width; ++l) {
                if (!(value(root)[l] >= kTiny)) return true;
            }
        }
        return false;
    }

    /// After forward_log: whether a root is positive, but too small for linear space.
    bool holds_tiny_root() const {
        for (CircuitNode root : circuit.roots()) {
            for (std::size_t l = 0; l < Width; ++l) {
                if (value(root)[l] > -kInfinity && value(root)[l] < std::log(kTiny)) return true;
            }
        }
        return false;
    }

    /// `weights` are logarithms here.
    void forward_log() const {
        for (std::size_t l = 0; l < Width; ++l) value(kFalse)[l] = -kInfinity;
        for (std::size_t l = 0; l < Width; ++l) value(kTrue)[l] = 0;
        const auto size = static_cast<CircuitNode>(circuit.size());
        for (CircuitNode node = 2; node < size; ++node) {
            double* to = value(node);
            const auto edges = circuit.edges(node);
            if (circuit.kind(node) == NodeKind::conjunction) {
                for (std::size_t l = 0; l < Width; ++l) to[l] = 0;
                for (const Edge& edge : edges) {
                    const double* v = value(edge.child);
                    for (std::size_t l = 0; l < Width; ++l) to[l] += v[l];
                }
                continue;
            }
            const double none[Width] = {};  // the logarithm of 1: a Sum's terms have no weight
            const auto log_weight = [&](const Edge& edge) {
                return edge.weight == Circuit::kNoWeight ? none : weight(edge.weight);
            };
            double top[Width], sum[Width];
            for (std::size_t l = 0; l < Width; ++l) top[l] = -kInfinity;
            for (const Edge& edge : edges) {
                const double* w = log_weight(edge);
                const double* v = value(edge.child);
                for (std::size_t l = 0; l < Width; ++l) top[l] = std::max(top[l], w[l] + v[l]);
            }
            for (std::size_t l = 0; l < Width; ++l) sum[l] = 0;
            for (const Edge& edge : edges) {
                const double* w = log_weight(edge);
                const double* v = value(edge.child);
                for (std::size_t l = 0; l < Width; ++l) {
                    if (top[l] > -kInfinity) sum[l] += std::exp(w[l] + v[l] - top[l]);
                }
            }
            for (std::size_t l = 0; l < Width; ++l)
                to[l] = top[l] > -kInfinity ? top[l] + std::log(sum[l]) : -kInfinity;
        }
    }

    /// `flows` [node][lane] holds the gradient over the roots, and then over all nodes; `gradients`
    /// [weight][lane] is added to; `scratch` has room for one row per factor of an And, and one
    /// more.
    void backward(double* flows, double* gradients, double* scratch) const {
        for (auto node = static_cast<CircuitNode>(circuit.size()); node-- > 2;) {
            const double* flow = flows + std::size_t{node} * Width;
            double before[Width];
            bool any = false;
            for (std::size_t l = 0; l < Width; ++l) {
                before[l] = flow[l];
                any = any || flow[l] != 0;
            }
            if (!any) continue;
            const auto edges = circuit.edges(node);
            if (circuit.kind(node) == NodeKind::decision) {
                for (const Edge& edge : edges) {
                    // All rows are different ones.
                    const double* __restrict w = weight(edge.weight);
                    const double* __restrict v = value(edge.child);
                    double* __restrict to_weight = gradients + std::size_t{edge.weight} * Width;
                    double* __restrict to_child = flows + std::size_t{edge.child} * Width;
                    for (std::size_t l = 0; l < Width; ++l) {
                        to_weight[l] += before[l] * v[l];
                        to_child[l] += before[l] * w[l];
                    }
                }
                continue;
            }
            if (circuit.kind(node) == NodeKind::sum) {
                for (const Edge& edge : edges) {
                    double* to_child = flows + std::size_t{edge.child} * Width;
                    for (std::size_t l = 0; l < Width; ++l) to_child[l] += before[l];
                }
                continue;
            }
            // The derivative of a product by a factor: what is before it times what is after it.
            double* after = scratch;
            for (std::size_t l = 0; l < Width; ++l) after[edges.size() * Width + l] = 1;
            for (std::size_t i = edges.size(); i-- > 1;) {
                const double* v = value(edges[i].child);
                for (std::size_t l = 0; l < Width; ++l)
                    after[i * Width + l] = after[(i + 1) * Width + l] * v[l];
            }
            for (std::size_t i = 0; i < edges.size(); ++i) {
                const double* v = value(edges[i].child);
                double* to_child = flows + std::size_t{edges[i].child} * Width;
                for (std::size_t l = 0; l < Width; ++l) {
                    to_child[l] += before[l] * after[(i + 1) * Width + l];
                    before[l] *= v[l];
                }
            }
        }
    }

    /// The same where values and weights are logarithms and `flows` are over logarithms of values.
    void backward_log(double* flows, double* gradients) const {
        for (auto node = static_cast<CircuitNode>(circuit.size()); node-- > 2;) {
            double* flow = flows + std::size_t{node} * Width;
            if (std::all_of(flow, flow + Width, [](double x) { return x == 0; })) continue;
            const double* own = value(node);
            for (const Edge& edge : circuit.edges(node)) {
                const double* v = value(edge.child);
                double* to_child = flows + std::size_t{edge.child} * Width;
                if (circuit.kind(node) == NodeKind::conjunction) {
                    for (std::size_t l = 0; l < Width; ++l) to_child[l] += flow[l];
                    continue;
                }
                if (circuit.kind(node) == NodeKind::sum) {
                    for (std::size_t l = 0; l < Width; ++l) {
                        if (flow[l] != 0 && own[l] > -kInfinity)
                            to_child[l] += flow[l] * std::exp(v[l] - own[l]);
                    }
                    continue;
                }
                const double* w = weight(edge.weight);
                double* to_weight = gradients + std::size_t{edge.weight} * Width;
                for (std::size_t l = 0; l < Width; ++l) {
                    if (flow[l] == 0 || own[l] == -kInfinity) continue;
                    to_weight[l] += flow[l] * std::exp(v[l] - own[l]);
                    to_child[l] += flow[l] * std::exp(w[l] + v[l] - own[l]);
                }
            }
        }
    }
};

template <class Work>
void with_width(std::size_t width, Work work) {
    switch (width) {
        case 1:
            work(std::integral_constant<std::size_t, 1>{});
            break;
        case 8:
            work(std::integral_constant<std::size_t, 8>{});
            break;
        default:
            work(std::integral_constant<std::size_t, 32>{});
            break;
    }
}

std::size_t choose_width(std::size_t nodes, std::size_t batch) {
    if (batch == 1) return 1;
    return batch > 8 && nodes * 32 * sizeof(double) <= kCacheBytes ? 32 : 8;
}

void check_size(const char* function, const char* argument, std::size_t size, std::size_t rows,
                std::size_t batch) {
    if (size == rows * batch) return;
    throw std::invalid_argument(std::string(function) + ": " + argument + " has " +
                                std::to_string(size) + " elements; [" + std::to_string(rows) +
                                " x " + std::to_string(batch) + "] was required");
}

}  // namespace

double Workspace::cell(RootId root, std::size_t column) const {
    const std::size_t block = column / width_;
    return values_[(block * nodes_ + roots_[root]) * width_ + column % width_];
}

double Workspace::value(RootId root, std::size_t column) const {
    const double cell_value = cell(root, column);
    return logarithmic_[column / width_] != 0 ? std::exp(cell_value) : cell_value;
}

double Workspace::log_value(RootId root, std::size_t column) const {
    const double cell_value = cell(root, column);
    return logarithmic_[column / width_] != 0 ? cell_value : std::log(cell_value);
}

double Workspace::ratio(RootPair pair, std::size_t column) const {
    if (logarithmic_[column / width_] != 0) return std::exp(log_ratio(pair, column));
    const double denominator = cell(pair.denominator, column);
    return denominator > 0 ? cell(pair.numerator, column) / denominator : 0;
}

double Workspace::log_ratio(RootPair pair, std::size_t column) const {
    const double denominator = log_value(pair.denominator, column);
    return denominator > -kInfinity ? log_value(pair.numerator, column) - denominator : -kInfinity;
}

Evaluator::Evaluator(const Circuit& circuit) : circuit_(&circuit) {
    for (CircuitNode node = 2; node < circuit.size(); ++node) {
        if (circuit.kind(node) == NodeKind::conjunction)
            max_factors_ = std::max(max_factors_, circuit.edges(node).size());
    }
}

void Evaluator::forward(std::span<const double> weights, std::size_t batch,
                        Workspace& workspace) const {
    const std::size_t weight_count = circuit_->weight_count();
    check_size("Evaluator::forward", "weights", weights.size(), weight_count, batch);
    Workspace& ws = workspace;
    ws.batch_ = batch;
    ws.roots_ = circuit_->roots();
    ws.nodes_ = circuit_->size();
    ws.width_ = choose_width(ws.nodes_, batch);
    const std::size_t width = ws.width_;
    const std::size_t blocks = (batch + width - 1) / width;
    ws.values_.resize(blocks * ws.nodes_ * width);
    ws.weights_.resize(blocks * weight_count * width);
    ws.logarithmic_.assign(blocks, 0);
    for (std::size_t block = 0; block < blocks; ++block) {
        double* local = ws.weights_.data() + block * weight_count * width;
        const std::size_t first = block * width;
        const std::size_t filled = std::min(width, batch - first);
        for (std::size_t w = 0; w < weight_count; ++w) {
            const double* from = weights.data() + w * batch + first;
            double* to = local + w * width;
            std::copy(from, from + filled, to);
            std::fill(to + filled, to + width, from[filled - 1]);  // the last column again
        }
        with_width(width, [&](auto constant) {
            const Sweep<constant()> sweep{*circuit_, local,
                                          ws.values_.data() + block * ws.nodes_ * width};
            sweep.forward();
            if (!sweep.lost_digits()) return;
            ws.scratch_.assign(local, local + weight_count * width);
            for (std::size_t i = 0; i < weight_count * width; ++i) local[i] = std::log(local[i]);
            sweep.forward_log();
            ws.logarithmic_[block] = sweep.holds_tiny_root() ? 1 : 0;
            if (ws.logarithmic_[block] != 0) return;
            std::ranges::copy(ws.scratch_, local);  // what seemed lost is 0 by a weight of 0
            sweep.forward();
        });
    }
}

void Evaluator::backward(std::span<const double> root_gradients, Workspace& workspace,
                         std::span<double> weight_gradients) const {
    run_backward(root_gradients, false, workspace, weight_gradients);
}

void Evaluator::backward_log(std::span<const double> root_log_gradients, Workspace& workspace,
                             std::span<double> weight_gradients) const {
    run_backward(root_log_gradients, true, workspace, weight_gradients);
}

void Evaluator::run_backward(std::span<const double> root_gradients, bool of_logarithms,
                             Workspace& workspace, std::span<double> weight_gradients) const {
    Workspace& ws = workspace;
    const char* name = of_logarithms ? "Evaluator::backward_log" : "Evaluator::backward";
    const std::size_t weight_count = circuit_->weight_count();
    const auto roots = circuit_->roots();
    check_size(name, "root_gradients", root_gradients.size(), roots.size(), ws.batch_);
    check_size(name, "weight_gradients", weight_gradients.size(), weight_count, ws.batch_);
    const std::size_t width = ws.width_;
    ws.flows_.resize(ws.nodes_ * width);
    ws.gradients_.resize(weight_count * width);
    ws.scratch_.resize((max_factors_ + 1) * width);
    for (std::size_t block = 0; block < ws.logarithmic_.size(); ++block) {
        const std::size_t first = block * width;
        const std::size_t filled = std::min(width, ws.batch_ - first);
        const bool logarithmic = ws.logarithmic_[block] != 0;
        double* values = ws.values_.data() + block * ws.nodes_ * width;
        std::ranges::fill(ws.flows_, 0.0);
        std::ranges::fill(ws.gradients_, 0.0);
        for (std::size_t r = 0; r < roots.size(); ++r) {
            for (std::size_t l = 0; l < filled; ++l) {
                double gradient = root_gradients[r * ws.batch_ + first + l];
                if (gradient == 0) continue;
                const double value = values[roots[r] * width + l];
                if (of_logarithms != logarithmic) {
                    if (of_logarithms) {
                        gradient = value != 0 ? gradient / value : 0;
                    } else {
                        gradient *= std::exp(value);
                    }
                }
                ws.flows_[roots[r] * width + l] += gradient;
            }
        }
        with_width(width, [&](auto constant) {
            const Sweep<constant()> sweep{
                *circuit_, ws.weights_.data() + block * weight_count * width, values};
            if (logarithmic) {
                sweep.backward_log(ws.flows_.data(), ws.gradients_.data());
            } else {
                sweep.backward(ws.flows_.data(), ws.gradients_.data(), ws.scratch_.data());
            }
        });
        for (std::size_t w = 0; w < weight_count; ++w) {
            const double* from = ws.gradients_.data() + w * width;
            std::copy(from, from + filled, weight_gradients.data() + w * ws.batch_ + first);
        }
    }
}

Answer answer(const Compiled& compiled, const CompiledQuery& query, const Workspace& workspace,
              std::size_t column) {
    Answer result;
    if (workspace.log_value(compiled.conditions, column) == -kInfinity) return result;
    for (const RootPair& pair : query.pairs) {
        if (workspace.log_value(pair.denominator, column) == -kInfinity) continue;
        // Rounding may lift a ratio of sums above 1.
        const double ratio = std::min(workspace.ratio(pair, column), 1.0);
        result.lower = result.feasible ? std::min(result.lower, ratio) : ratio;
        result.upper = result.feasible ? std::max(result.upper, ratio) : ratio;
        result.feasible = true;
    }
    return result;
}

}  // namespace entail::circuit

#include "symbolic/circuit/evaluate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>

// A plain sweep loses at most one least double per row and column, and since weights are at most 1
// what is lost in a row reaches a root undiminished at worst. So a root of kTiny or more has all
// its digits, and only columns with a smaller one that matters are done again.

namespace entail::circuit {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kTiny = 1e-290;
/// Operands to be visited, over all blocks, from which a second thread gains more than it costs.
constexpr std::size_t kWorthSharing = 40'000;

std::size_t choose_width(std::size_t batch) {
    return batch == 1 ? 1 : batch <= 8 ? 8 : 16;
}

void check_size(const char* function, const char* argument, std::size_t size, std::size_t rows,
                std::size_t batch) {
    if (size == rows * batch) return;
    throw std::invalid_argument(std::string(function) + ": " + argument + " has " +
                                std::to_string(size) + " elements; [" + std::to_string(rows) +
                                " x " + std::to_string(batch) + "] was required");
}

void write(double* row, std::size_t width, std::size_t lane, Scaled number) {
    row[lane] = number.mantissa;
    reinterpret_cast<std::int64_t*>(row + width)[lane] = number.exponent;
}

Scaled read(const double* row, std::size_t width, std::size_t lane) {
    return {row[lane], reinterpret_cast<const std::int64_t*>(row + width)[lane]};
}

void clear(double* rows, std::size_t count, Arithmetic arithmetic, std::size_t width) {
    std::fill_n(rows, count * row_size(arithmetic, width), 0.0);
    if (arithmetic == Arithmetic::plain) return;
    for (std::size_t r = 0; r < count; ++r) {
        for (std::size_t l = 0; l < width; ++l) write(rows + r * 2 * width, width, l, Scaled());
    }
}

void share_out(const ParallelFor& parallel, std::size_t count, std::size_t operands,
               const std::function<void(std::size_t)>& task) {
    if (parallel && count > 1 && count * operands >= kWorthSharing) {
        parallel(count, task);
    } else {
        for (std::size_t i = 0; i < count; ++i) task(i);
    }
}

}  // namespace

void AlignedRows::Free::operator()(double* data) const {
    ::operator delete[](data, std::align_val_t{64});
}

void AlignedRows::reserve(std::size_t count) {
    if (count <= capacity_) return;
    data_.reset();
    capacity_ = 0;
    data_.reset(
        static_cast<double*>(::operator new[](count * sizeof(double), std::align_val_t{64})));
    capacity_ = count;
}

class Workspace::Borrowed {
public:
    Borrowed(Workspace& workspace, std::size_t size) : workspace_(workspace) {
        {
            const std::lock_guard lock(workspace_.mutex_);
            if (!workspace_.buffers_.empty()) {
                rows_ = std::move(workspace_.buffers_.back());
                workspace_.buffers_.pop_back();
            }
        }
        rows_.reserve(size);
    }
    ~Borrowed() {
        const std::lock_guard lock(workspace_.mutex_);
        workspace_.buffers_.push_back(std::move(rows_));
    }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    double* data() const { return rows_.data(); }

private:
    Workspace& workspace_;
    AlignedRows rows_;
};

Workspace::Workspace(ParallelFor parallel) : parallel_(std::move(parallel)) {}

Scaled Workspace::scaled(RootId root, std::size_t column) const {
    const std::size_t block = column / width_, lane = column % width_, row = tape_->roots[root];
    if (is_scaled(column)) return read(exact_[block].data() + row * 2 * width_, width_, lane);
    return Scaled::of(value(root, column));
}

double Workspace::value(RootId root, std::size_t column) const {
    if (is_scaled(column)) return scaled(root, column).to_double();
    const std::size_t block = column / width_;
    return values_
        .data()[(block * tape_->row_count + tape_->roots[root]) * width_ + column % width_];
}

double Workspace::log_value(RootId root, std::size_t column) const {
    return is_scaled(column) ? scaled(root, column).log() : std::log(value(root, column));
}

double Workspace::ratio(RootPair pair, std::size_t column) const {
    if (is_scaled(column))
        return (scaled(pair.numerator, column) / scaled(pair.denominator, column)).to_double();
    const double denominator = value(pair.denominator, column);
    return denominator > 0 ? value(pair.numerator, column) / denominator : 0;
}

double Workspace::log_ratio(RootPair pair, std::size_t column) const {
    if (is_scaled(column))
        return (scaled(pair.numerator, column) / scaled(pair.denominator, column)).log();
    const double denominator = value(pair.denominator, column);
    return denominator > 0 ? std::log(value(pair.numerator, column)) - std::log(denominator)
                           : -kInfinity;
}

Evaluator::Evaluator(const Circuit& circuit, Simd simd)
    : circuit_(&circuit), tape_(circuit), simd_(simd) {}

void Evaluator::forward(std::span<const double> weights, std::size_t batch, Workspace& workspace,
                        std::span<const RootPair> asked) const {
    check_size("Evaluator::forward", "weights", weights.size(), tape_.weight_count, batch);
    if (!asked.empty()) check_size("Evaluator::forward", "asked", asked.size(), 1, batch);
    Workspace& ws = workspace;
    ws.batch_ = batch;
    ws.tape_ = &tape_;
    ws.width_ = choose_width(batch);
    const std::size_t blocks = (batch + ws.width_ - 1) / ws.width_;
    ws.values_.reserve(blocks * tape_.row_count * ws.width_);
    ws.is_scaled_.assign(batch, 0);
    if (ws.exact_.size() < blocks) ws.exact_.resize(blocks);
    share_out(ws.parallel_, blocks, tape_.operands.size(),
              [&](std::size_t block) { forward_block(weights, block, ws, asked); });
}

void Evaluator::forward_block(std::span<const double> weights, std::size_t block, Workspace& ws,
                              std::span<const RootPair> asked) const {
    const std::size_t width = ws.width_;
    const std::size_t first = block * width;
    const std::size_t filled = std::min(width, ws.batch_ - first);
    double* values = ws.values_.data() + block * tape_.row_count * width;
    for (std::size_t w = 0; w < tape_.weight_count; ++w) {
        const double* from = weights.data() + w * ws.batch_ + first;
        double* to = values + w * width;
        std::copy(from, from + filled, to);
        std::fill(to + filled, to + width, from[filled - 1]);  // the last column again
    }
    std::fill_n(values + tape_.false_row() * width, width, 0.0);
    std::fill_n(values + tape_.true_row() * width, width, 1.0);
    sweep_forward(tape_, Arithmetic::plain, width, values, simd_);

    bool any = false;
    for (std::size_t l = 0; l < filled; ++l) {
        const auto is_tiny = [&](std::uint32_t row) {
            return row != tape_.false_row() && !(values[row * width + l] >= kTiny);
        };
        bool tiny = false;
        if (asked.empty()) {
            tiny = std::ranges::any_of(tape_.roots, is_tiny);
        } else {
            const RootPair pair = asked[first + l];
            tiny = is_tiny(tape_.roots[pair.numerator]) || is_tiny(tape_.roots[pair.denominator]);
        }
        ws.is_scaled_[first + l] = tiny ? 1 : 0;
        any = any || tiny;
    }
    if (!any) return;
    ws.exact_[block].reserve(tape_.row_count * 2 * width);
    double* exact = ws.exact_[block].data();
    for (std::size_t row = 0; row < tape_.first_instruction(); ++row) {
        for (std::size_t l = 0; l < width; ++l)
            write(exact + row * 2 * width, width, l, Scaled::of(values[row * width + l]));
    }
    sweep_forward(tape_, Arithmetic::scaled, width, exact, simd_);
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
                             Workspace& ws, std::span<double> weight_gradients) const {
    const char* name = of_logarithms ? "Evaluator::backward_log" : "Evaluator::backward";
    check_size(name, "root_gradients", root_gradients.size(), tape_.roots.size(), ws.batch_);
    check_size(name, "weight_gradients", weight_gradients.size(), tape_.weight_count, ws.batch_);
    share_out(ws.parallel_, (ws.batch_ + ws.width_ - 1) / ws.width_, tape_.operands.size(),
              [&](std::size_t block) {
                  backward_block(root_gradients, of_logarithms, block, ws, weight_gradients);
              });
}

void Evaluator::backward_block(std::span<const double> root_gradients, bool of_logarithms,
                               std::size_t block, Workspace& ws,
                               std::span<double> weight_gradients) const {
    const std::size_t width = ws.width_;
    const std::size_t first = block * width;
    const std::size_t filled = std::min(width, ws.batch_ - first);
    const char* is_scaled = ws.is_scaled_.data() + first;
    const auto scaled = static_cast<std::size_t>(std::count(is_scaled, is_scaled + filled, 1));
    const Workspace::Borrowed buffer(ws, tape_.row_count * 2 * width);
    double* flows = buffer.data();
    const auto each_gradient = [&](bool of_scaled, auto visit) {
        for (RootId root = 0; root < tape_.roots.size(); ++root) {
            for (std::size_t l = 0; l < filled; ++l) {
                const double gradient = root_gradients[root * ws.batch_ + first + l];
                if (gradient != 0 && (is_scaled[l] != 0) == of_scaled) visit(root, l, gradient);
            }
        }
    };
    const auto result = [&](std::size_t w, std::size_t l) -> double& {
        return weight_gradients[w * ws.batch_ + first + l];
    };
    if (scaled < filled) {
        clear(flows, tape_.row_count, Arithmetic::plain, width);
        each_gradient(false, [&](RootId root, std::size_t l, double gradient) {
            if (of_logarithms) {
                const double value = ws.value(root, first + l);
                gradient = value > 0 ? gradient / value : 0;
            }
            flows[tape_.roots[root] * width + l] += gradient;
        });
        const double* values = ws.values_.data() + block * tape_.row_count * width;
        sweep_backward(tape_, Arithmetic::plain, width, values, flows, simd_);
        for (std::size_t w = 0; w < tape_.weight_count; ++w)
            std::copy_n(flows + w * width, filled, &result(w, 0));
    }
    if (scaled == 0) return;
    clear(flows, tape_.row_count, Arithmetic::scaled, width);
    each_gradient(true, [&](RootId root, std::size_t l, double gradient) {
        Scaled flow = Scaled::of(gradient);
        if (of_logarithms) flow = flow / ws.scaled(root, first + l);
        double* row = flows + tape_.roots[root] * 2 * width;
        write(row, width, l, read(row, width, l) + flow);
    });
    sweep_backward(tape_, Arithmetic::scaled, width, ws.exact_[block].data(), flows, simd_);
    for (std::size_t w = 0; w < tape_.weight_count; ++w) {
        for (std::size_t l = 0; l < filled; ++l) {
            if (is_scaled[l] != 0) result(w, l) = read(flows + w * 2 * width, width, l).to_double();
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
        const double log_ratio = std::min(workspace.log_ratio(pair, column), 0.0);
        result.lower = result.feasible ? std::min(result.lower, ratio) : ratio;
        result.upper = result.feasible ? std::max(result.upper, ratio) : ratio;
        result.log_lower = result.feasible ? std::min(result.log_lower, log_ratio) : log_ratio;
        result.log_upper = result.feasible ? std::max(result.log_upper, log_ratio) : log_ratio;
        result.feasible = true;
    }
    return result;
}

}  // namespace entail::circuit

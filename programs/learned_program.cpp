#include "programs/learned_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace entail {

namespace {

/// A program's own file comes first among its sources.
constexpr std::uint32_t kMain = 0;

std::string decimal(double value) {
    constexpr double kUnit = 1e12;
    std::string text = fmt::format("{:.12f}", std::floor(value * kUnit) / kUnit);
    text.erase(text.find_last_not_of('0') + 1);
    return text.back() == '.' ? text + "0" : text;
}

}  // namespace

std::string learned_program(const LoadedProgram& loaded, const std::vector<double>& values) {
    const auto& parameters = loaded.program.parameters;
    std::vector<std::size_t> order(parameters.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return parameters[i].span.begin; });
    const std::string_view source = loaded.sources[kMain].text();
    std::string text;
    std::size_t copied = 0;
    for (const std::size_t i : order) {
        const SourceSpan span = parameters[i].span;
        if (span.source != kMain) {
            throw std::invalid_argument(
                fmt::format("learned_program: the learnable weight at {} is not in the program's "
                            "own file",
                            loaded.sources.place(span)));
        }
        text += source.substr(copied, span.begin - copied);
        text += fmt::format("t({})", decimal(values.at(i)));
        copied = span.end;
    }
    return text + std::string(source.substr(copied));
}

}  // namespace entail

#include "symbolic/eval/instance_errors.h"

#include <fmt/format.h>

namespace entail::eval {

std::string InstanceErrors::describe(const Instance& instance) {
    constexpr std::size_t kEnough = 200;
    std::string text;
    for (std::size_t v = 0; v < instance.bindings.size() && text.size() < kEnough; ++v) {
        const std::string& name = instance.rule.variables[v];
        if (name.empty() || name == "_" || instance.bindings[v] == instance.no_value) continue;
        text += fmt::format("{}{} = {}", text.empty() ? "with " : ", ", name,
                            instance.values.print(instance.bindings[v]));
    }
    return text;
}

}  // namespace entail::eval

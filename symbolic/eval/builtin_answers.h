#pragma once
// The answers of one call of a built-in, one after the other.

#include <optional>
#include <vector>

#include "symbolic/eval/plan.h"
#include "symbolic/ir/builtin.h"

namespace entail::eval {

class BuiltinAnswers {
public:
    /// Evaluates the step's built-in. `failed(const ir::BuiltinCall&)` is told of an error; there
    /// are no answers then. True if there are more answers than are ever made.
    template <typename Failed>
    bool open(const Step& step, std::span<const Value> bindings, ValueStore& values,
              const Failed& failed) {
        position_ = 0;
        set_arguments(step, bindings, values);
        ir::BuiltinCall call(arguments_, values);
        step.literal->builtin->run(call);
        bool is_full = call.is_full();
        answers_ = call.take_answers();
        if (!call.has_failed()) return is_full;
        answers_.clear();
        failed(call);
        return false;
    }

    /// Goes to the next answer that fits the step's patterns, and binds their variables.
    bool next(const Step& step, std::span<Value> bindings, const ValueStore& values);

private:
    void set_arguments(const Step& step, std::span<const Value> bindings, ValueStore& values);

    std::vector<std::optional<Value>> arguments_;
    std::vector<Value> answers_;
    std::size_t position_ = 0;
};

}  // namespace entail::eval

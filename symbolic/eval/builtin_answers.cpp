#include "symbolic/eval/builtin_answers.h"

#include <algorithm>

namespace entail::eval {

void BuiltinAnswers::set_arguments(const Step& step, std::span<const Value> bindings,
                                   ValueStore& values) {
    arguments_.assign(step.literal->atom.args.size(), std::nullopt);
    std::size_t k = 0;
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
        if ((step.key_columns >> i & 1U) != 0) {
            arguments_[i] = build(step.key[k++], bindings, values);
        }
    }
}

bool BuiltinAnswers::next(const Step& step, std::span<Value> bindings, const ValueStore& values) {
    while (position_ < answers_.size()) {
        const Value* tuple = answers_.data() + position_;
        position_ += arguments_.size();
        bool fits = std::ranges::all_of(step.matches, [&](const Step::Match& m) {
            return m.pattern.match(tuple[m.column], bindings, values);
        });
        if (fits) return true;
    }
    return false;
}

}  // namespace entail::eval

#include "programs/functional/plan.h"

#include "programs/syntax/printer.h"
#include "programs/syntax/same.h"
#include "programs/syntax/stages.h"

namespace entail::functional {

using ast::StageKind;

std::string_view text(Type type) {
    switch (type) {
        case Type::nothing:
            return "nothing";
        case Type::set:
            return "a set";
        case Type::object:
            return "an object";
        case Type::number:
            return "a number";
        case Type::truth:
            return "a truth value";
        case Type::value:
            break;
    }
    return "a value";
}

Type result_of(StageKind kind) {
    switch (kind) {
        case StageKind::unique:
            return Type::object;
        case StageKind::count:
            return Type::number;
        case StageKind::query:
            return Type::value;
        case StageKind::exist:
        case StageKind::equal:
        case StageKind::less:
        case StageKind::greater:
        case StageKind::equal_integer:
            return Type::truth;
        default:
            return Type::set;
    }
}

bool is_comparison(StageKind kind) {
    return kind == StageKind::equal || kind == StageKind::less || kind == StageKind::greater ||
           kind == StageKind::equal_integer;
}

bool takes(StageKind kind, Type input) {
    if (kind == StageKind::scene || is_comparison(kind)) return input == Type::nothing;
    if (kind == StageKind::query) return input == Type::object;
    if (kind == StageKind::relate || kind == StageKind::same) {
        return input == Type::set || input == Type::object;
    }
    return input == Type::set;
}

std::string_view taken_by(StageKind kind) {
    if (kind == StageKind::scene || is_comparison(kind)) return "nothing";
    if (kind == StageKind::query) return "an object";
    if (kind == StageKind::relate || kind == StageKind::same) return "a set or an object";
    return "a set";
}

std::string label(const Step& step) {
    std::string text(ast::stage_info(step.kind).name);
    if (step.kind == StageKind::filter) {
        return text + "(" + step.name.text + "," + ast::print(step.value) + ")";
    }
    return step.name.text.empty() ? text : text + "(" + step.name.text + ")";
}

std::uint32_t add_step(Plan& plan, Step step) {
    for (std::uint32_t i = 0; i < plan.steps.size(); ++i) {
        const Step& known = plan.steps[i];
        if (known.kind == step.kind && known.input == step.input && known.other == step.other &&
            known.name.text == step.name.text && ast::same(known.value, step.value)) {
            return i;
        }
    }
    plan.steps.push_back(std::move(step));
    return static_cast<std::uint32_t>(plan.steps.size() - 1);
}

}  // namespace entail::functional

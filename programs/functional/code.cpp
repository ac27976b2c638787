#include "programs/functional/code.h"

#include <fmt/format.h>

#include <cassert>
#include <stdexcept>

namespace entail::functional {

using ast::StageKind;

namespace {

std::uint32_t name_number(const Step& step, const Vocabulary& vocabulary) {
    bool is_relation = step.kind == StageKind::relate;
    auto number =
        is_relation ? vocabulary.relation(step.name.text) : vocabulary.attribute(step.name.text);
    if (number) return *number;
    throw std::invalid_argument(fmt::format("encode: the scenes have no {} '{}'",
                                            is_relation ? "relation" : "attribute",
                                            step.name.text));
}

std::uint32_t value_number(const Step& step, std::uint32_t attribute,
                           const Vocabulary& vocabulary) {
    if (step.value.kind == ast::TermKind::variable) {
        throw std::invalid_argument("encode: the plan has a parameter, '" + step.value.text + "'");
    }
    if (step.value.kind != ast::TermKind::atom) return kNone;
    return vocabulary.value(attribute, step.value.text).value_or(kNone);
}

bool compare(StageKind kind, std::uint64_t left, std::uint64_t right) {
    if (kind == StageKind::less) return left < right;
    if (kind == StageKind::greater) return left > right;
    return left == right;
}

ObjectSet having(const Scene& scene, ObjectSet among, std::uint32_t attribute,
                 std::uint32_t value) {
    ObjectSet result = 0;
    for_each_object(among, [&](std::uint32_t x) {
        result |= ObjectSet{scene.value(x, attribute) == value} << x;
    });
    return result;
}

}  // namespace

Code encode(const Plan& plan, const Vocabulary& vocabulary) {
    std::vector<bool> used(plan.steps.size(), false);
    used[plan.result] = true;
    for (std::uint32_t i = plan.result + 1; i-- > 0;) {
        if (!used[i]) continue;
        for (std::uint32_t from : {plan.steps[i].input, plan.steps[i].other}) {
            if (from != kNone) used[from] = true;
        }
    }
    Code code;
    std::vector<std::uint32_t> number(plan.steps.size(), 0);
    for (std::uint32_t i = 0; i <= plan.result; ++i) {
        if (!used[i]) continue;
        const Step& step = plan.steps[i];
        Instruction instruction;
        instruction.kind = step.kind;
        if (step.input != kNone) instruction.input = number[step.input];
        if (step.other != kNone) instruction.other = number[step.other];
        if (!step.name.text.empty()) instruction.name = name_number(step, vocabulary);
        if (step.kind == StageKind::filter) {
            instruction.value = value_number(step, instruction.name, vocabulary);
        }
        instruction.from_object = step.input != kNone &&
                                  plan.steps[step.input].type == Type::object &&
                                  step.kind != StageKind::query;
        number[i] = static_cast<std::uint32_t>(code.size());
        code.push_back(instruction);
    }
    return code;
}

Outcome execute(const Code& code, const Scene& scene, const Vocabulary& vocabulary,
                Registers& registers) {
    registers.resize(code.size());
    for (std::size_t i = 0; i < code.size(); ++i) {
        const Instruction& step = code[i];
        std::uint64_t input = registers[step.input], other = registers[step.other];
        std::uint64_t& result = registers[i];
        switch (step.kind) {
            case StageKind::scene:
                result = scene.all();
                break;
            case StageKind::filter:
                result = having(scene, input, step.name, step.value);
                break;
            case StageKind::relate:
                result = 0;
                for_each_object(
                    step.from_object ? ObjectSet{1} << input : input,
                    [&](std::uint32_t x) { result |= scene.related[step.name * scene.size + x]; });
                break;
            case StageKind::same:
                result = 0;
                for_each_object(step.from_object ? ObjectSet{1} << input : input,
                                [&](std::uint32_t x) {
                                    result |= having(scene, scene.all() & ~(ObjectSet{1} << x),
                                                     step.name, scene.value(x, step.name));
                                });
                break;
            case StageKind::union_:
                result = input | other;
                break;
            case StageKind::intersect:
                result = input & other;
                break;
            case StageKind::unique:
                if (!std::has_single_bit(input)) return {};
                result = static_cast<std::uint64_t>(std::countr_zero(input));
                break;
            case StageKind::count:
                result = static_cast<std::uint64_t>(std::popcount(input));
                break;
            case StageKind::exist:
                result = input != 0 ? 1 : 0;
                break;
            case StageKind::query:
                result = scene.value(static_cast<std::uint32_t>(input), step.name);
                break;
            case StageKind::equal:
                if (code[step.input].kind == StageKind::query) {  // values of two attributes
                    result = vocabulary.values[input] == vocabulary.values[other] ? 1 : 0;
                    break;
                }
                [[fallthrough]];
            default:
                result = compare(step.kind, input, other) ? 1 : 0;
                break;
        }
    }
    return {result_of(code.back().kind), registers.back()};
}

std::string text(const Outcome& outcome, const Vocabulary& vocabulary) {
    switch (outcome.type) {
        case Type::nothing:
            return "undefined";
        case Type::object:
            return fmt::format("o{}", outcome.value + 1);
        case Type::truth:
            return outcome.value != 0 ? "true" : "false";
        case Type::value:
            return vocabulary.values[outcome.value];
        default:
            return fmt::format("{}", outcome.value);
    }
}

}  // namespace entail::functional

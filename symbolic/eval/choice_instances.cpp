#include "symbolic/eval/choice_instances.h"

#include <fmt/format.h>

#include <algorithm>

#include "symbolic/eval/pattern.h"

namespace entail::eval {

using ir::ArithmeticError;

namespace {

/// Computed weights may miss a sum of 1 by this much.
constexpr double kWeightTolerance = 1e-9;

}  // namespace

const ChoiceInstances::Made* ChoiceInstances::get(const InstanceErrors::Instance& instance) {
    const ir::ChoiceRule& rule = program_.choices[instance.rule.choice];
    key_.clear();
    auto key = std::pair(instance.rule.choice, std::vector<std::uint32_t>{});
    for (ir::VariableId v : rule.key) {
        key_.push_back(instance.bindings[v]);
        key.second.push_back(instance.bindings[v].bits());
    }
    auto [place, added] = made_.try_emplace(std::move(key));
    Made& made = place->second;
    // One way through a body may meet unknown numbers where another does not.
    if (added && !database_.open_columns.empty() &&
        !theory_.is_own_instance(instance.rule.choice, key_)) {
        errors_.report_same_instance(instance, rule.span);
        return nullptr;
    }
    if (added && !make(rule, instance, made)) made.alternative_of.clear();
    return made.alternative_of.empty() ? nullptr : &made;
}

bool ChoiceInstances::make(const ir::ChoiceRule& rule, const InstanceErrors::Instance& instance,
                           Made& made) {
    ValueStore& values = database_.values;
    ChoiceWeights weights;
    bool is_constant = true, is_computed = false;
    double sum = 0;
    for (std::uint32_t k = 0; k < rule.weights.size(); ++k) {
        const ir::Weight& weight = rule.weights[k];
        double value = weight.value;
        if (weight.kind == ir::Weight::Kind::computed) {
            is_computed = true;
            ArithmeticError error = ArithmeticError::none;
            Value computed = ir::evaluate(weight.expression, instance.bindings, values, error);
            if (error != ArithmeticError::none) {
                errors_.report(instance, error, rule.span);
                return false;
            }
            if (values.is_unknown(computed)) {
                errors_.report(instance, ArithmeticError::not_followed, rule.span);
                return false;
            }
            value = values.as_double(computed);
            if (value < 0 || value > 1 + kWeightTolerance) {
                errors_.report(instance, DiagnosticCode::weight_out_of_range, rule.span,
                               values.print(computed));
                return false;
            }
        } else if (weight.kind != ir::Weight::Kind::constant) {
            is_constant = false;
        }
        made.alternative_of.push_back(ir::kNone);
        bool exists = weight.kind == ir::Weight::Kind::parameter ||
                      weight.kind == ir::Weight::Kind::network ||
                      weight.kind == ir::Weight::Kind::free || value > 0;
        if (!exists) continue;
        sum += value;
        made.alternative_of.back() = static_cast<std::uint32_t>(weights.alternatives.size());
        weights.constants.push_back(value);
        weights.alternatives.push_back(k);
    }
    bool silent = rule.silent;
    if (is_computed) {
        if (sum > 1 + kWeightTolerance) {
            errors_.report(instance, DiagnosticCode::weights_exceed_one, rule.span,
                           print_real(sum));
            return false;
        }
        silent = !is_constant || sum < 1 - kWeightTolerance;
    }
    if (silent) {
        weights.constants.push_back(std::max(0.0, 1 - sum));
        weights.alternatives.push_back(ir::kNone);
    } else if (is_computed && is_constant) {
        for (double& value : weights.constants) value /= sum;
    }
    if (rule.module != ir::kNone) weights.input = build(rule.input, instance.bindings, values);
    made.id = database_.graph.intern_choice(instance.rule.choice, key_,
                                            static_cast<std::uint32_t>(weights.alternatives.size()),
                                            rule.kind == ir::ChoiceRule::Kind::free);
    database_.weights.push_back(std::move(weights));
    return true;
}

}  // namespace entail::eval

#include "symbolic/eval/choice_text.h"

#include <algorithm>

namespace entail::eval {
namespace {

proof::Choice::Kind kind_of(ir::ChoiceRule::Kind kind) {
    switch (kind) {
        case ir::ChoiceRule::Kind::coin:
            return proof::Choice::Kind::coin;
        case ir::ChoiceRule::Kind::disjunction:
            return proof::Choice::Kind::disjunction;
        case ir::ChoiceRule::Kind::distribution:
            return proof::Choice::Kind::distribution;
        case ir::ChoiceRule::Kind::free:
            break;
    }
    return proof::Choice::Kind::free;
}

proof::Choice::Weights source_of(const ir::ChoiceRule& rule) {
    using Kind = ir::Weight::Kind;
    auto has = [&](Kind kind) {
        return std::ranges::find(rule.weights, kind, &ir::Weight::kind) != rule.weights.end();
    };
    if (has(Kind::network)) return proof::Choice::Weights::perceived;
    if (has(Kind::parameter)) return proof::Choice::Weights::parameter;
    if (has(Kind::computed)) return proof::Choice::Weights::computed;
    if (has(Kind::free)) return proof::Choice::Weights::free;
    return proof::Choice::Weights::constant;
}

}  // namespace

proof::Choice describe_choice(const ir::Program& program, const Database& database,
                              std::span<const double> weights, provenance::ChoiceId id,
                              const InstanceText& text, const InputPath& input_path) {
    const provenance::Choice& made = database.graph.choice(id);
    const ir::ChoiceRule& rule = program.choices[made.source];
    const ChoiceWeights& known = database.weights[id];
    std::vector<Value> bindings(rule.variables.size());
    std::vector<bool> bound(rule.variables.size(), false);
    for (std::size_t i = 0; i < rule.key.size(); ++i) {
        bindings[rule.key[i]] = made.key[i];
        bound[rule.key[i]] = true;
    }
    Instance instance{bindings, bound, rule.variables};

    proof::Choice result;
    result.kind = kind_of(rule.kind);
    result.weights = source_of(rule);
    result.place = text.place(rule.span);
    result.text = text.source(rule.span);
    result.instance = text.bindings(instance);
    for (std::uint32_t k = 0; k < made.size; ++k) {
        proof::Alternative alternative;
        if (!made.free) alternative.weight = weights[database.graph.weight_offset(id) + k];
        std::uint32_t written = known.alternatives[k];
        if (written != ir::kNone) {
            const ir::Atom& head = rule.heads[written];
            alternative.atom = text.atom(head, instance);
            bool draws = rule.kind == ir::ChoiceRule::Kind::distribution ||
                         rule.kind == ir::ChoiceRule::Kind::free;
            if (draws && !head.args.empty()) {
                alternative.value = text.term(head.args.back(), instance);
            }
        }
        result.alternatives.push_back(std::move(alternative));
    }
    if (rule.module == ir::kNone) return result;
    const ir::ModuleDeclaration& module = program.modules[rule.module];
    result.module = module.name;
    result.concept_name = module.concepts[rule.concept_index].name;
    result.input = text.value(known.input);
    if (input_path) result.input_path = input_path(rule.module, known.input);
    auto declared = std::ranges::find(program.inputs, known.input, &ir::InputDeclaration::entity);
    if (result.input_path.empty() && declared != program.inputs.end()) {
        result.input_path = declared->path;
    }
    return result;
}

}  // namespace entail::eval

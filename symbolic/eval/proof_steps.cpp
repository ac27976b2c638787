#include "symbolic/eval/proof_steps.h"

#include <algorithm>
#include <cassert>
#include <map>

#include "symbolic/eval/aggregate_law.h"
#include "symbolic/eval/certain_proof.h"

// Cost: one matching of a rule for each step, see certain_proof.h.

namespace entail::eval {

using ir::Literal;
using provenance::BestProof;
using provenance::ChoiceId;
using provenance::DerivationId;
using provenance::kNone;
using provenance::NodeId;
using provenance::Premise;

Goal Goal::of(NodeId node, bool negated) {
    Goal goal;
    goal.kind = negated ? Kind::negative : Kind::positive;
    goal.id = node;
    return goal;
}

Goal Goal::of_row(ir::PredicateId predicate, Row row) {
    Goal goal;
    goal.id = row;
    goal.predicate = predicate;
    return goal;
}

Goal Goal::of_absent(ir::PredicateId predicate, std::span<const Value> tuple) {
    Goal goal;
    goal.kind = Kind::absent;
    goal.predicate = predicate;
    for (Value value : tuple) goal.tuple.push_back(value.bits());
    return goal;
}

std::vector<Value> Goal::values() const {
    std::vector<Value> result;
    for (std::uint32_t bits : tuple) result.push_back(Value::from_bits(bits));
    return result;
}

class StepDrafter::Drafting {
public:
    Drafting(const ir::Program& program, const Database& database, std::span<const double> weights,
             const ExplainContext& context)
        : program_(program),
          database_(database),
          weights_(weights),
          context_(context),
          matcher_(program, database),
          text_(program, matcher_.values(), context.sources),
          is_member_(program.predicates.size(), false) {
        for (const ir::Rule& rule : program.rules) {
            for (const Literal& literal : rule.body) {
                if (literal.kind != Literal::Kind::aggregate) continue;
                is_member_[literal.atom.predicate] = true;
            }
        }
    }

    const InstanceText& text() const { return text_; }
    void follow(const provenance::FoundProof& found) { found_ = &found; }
    std::vector<proof::Choice> take_choices() { return std::move(choices_); }

    Draft draft(const Goal& goal) {
        switch (goal.kind) {
            case Goal::Kind::positive:
                if (database_.origins[goal.id].kind == NodeOrigin::Kind::fact) {
                    return expand_fact(goal.id);
                }
                return expand_outcome(goal.id);
            case Goal::Kind::negative:
                if (database_.origins[goal.id].kind == NodeOrigin::Kind::fact) {
                    return expand_false(goal.id);
                }
                return expand_other_outcome(goal.id);
            case Goal::Kind::certain:
                return expand_certain(goal.predicate, goal.id);
            case Goal::Kind::absent:
                return expand_absent(goal);
            case Goal::Kind::aggregate:
                return expand_certain_aggregate(goal);
        }
        return {};
    }

private:
    static proof::Step assumed(std::string atom) {
        proof::Step step;
        step.kind = proof::Step::Kind::assumed;
        step.atom = std::move(atom);
        return step;
    }

    // --- facts ---

    Draft expand_fact(NodeId node) {
        const NodeOrigin& origin = database_.origins[node];
        auto tuple = database_.relations[origin.predicate][origin.row];
        Draft draft;
        const provenance::Derivation& derivation =
            database_.graph.derivation(found_->support(node).derivation);
        auto instance = matcher_.derived(derivation, tuple);
        if (!instance) {
            draft.step = assumed(text_.tuple(origin.predicate, tuple));
            return draft;
        }
        fill_rule(draft, *instance, origin.predicate, tuple);
        if (derivation.choice.choice != kNone) {
            draft.step.uses.push_back(
                {choice(derivation.choice.choice), {derivation.choice.alternative}});
        }
        if (context_.total) draft.step.total = context_.total(node);
        return draft;
    }

    Draft expand_certain(ir::PredicateId predicate, Row row) {
        const Relation& relation = database_.relations[predicate];
        auto tuple = relation[row];
        Draft draft;
        draft.step.atom = text_.tuple(predicate, tuple);
        if (relation.round(row) == 0) {
            fill_given(draft.step, predicate, row);
            return draft;
        }
        const auto& rules = matcher_.rules_of(predicate);
        for (auto [rule, head] : rules) {
            if (program_.rules[rule].origin != ir::RuleOrigin::library) continue;
            draft.step.kind = proof::Step::Kind::library;
            draft.step.place = text_.place(program_.rules[rule].span);
            return draft;
        }
        for (auto [rule, head] : rules) {
            auto instance = matcher_.certain(rule, head, tuple, relation.round(row));
            if (!instance) continue;
            fill_rule(draft, *instance, predicate, tuple);
            return draft;
        }
        draft.step = assumed(draft.step.atom);
        return draft;
    }

    void fill_given(proof::Step& step, ir::PredicateId predicate, Row row) {
        step.kind = proof::Step::Kind::given;
        auto tuple = database_.relations[predicate][row];
        for (const ir::InputDeclaration& input : program_.inputs) {
            bool is_it = tuple.size() == 1 && tuple[0] == input.entity &&
                         program_.predicates[predicate].name == input.type;
            if (!is_it) continue;
            step.is_input = true;
            step.place = text_.place(input.span);
            step.text = text_.source(input.span);
            return;
        }
        if (spans_.empty()) {
            for (const ir::Fact& fact : program_.facts) {
                std::size_t arity = program_.predicates[fact.predicate].arity;
                Row known = database_.relations[fact.predicate].find(
                    {program_.fact_values.data() + fact.row, arity});
                if (known == kNoRow) continue;
                spans_.try_emplace({fact.predicate, known}, fact.span);
                auto twin = program_.twins.find(fact.predicate);
                if (twin == program_.twins.end()) continue;
                Row copy = database_.relations[twin->second].find(
                    {program_.fact_values.data() + fact.row, arity});
                spans_.try_emplace({twin->second, copy}, fact.span);
            }
        }
        if (auto place = spans_.find({predicate, row}); place != spans_.end()) {
            step.place = text_.place(place->second);
            step.text = text_.source(place->second);
        } else if (context_.fact_source) {
            step.text = context_.fact_source(predicate, row);
        }
    }

    // --- rules ---

    void fill_rule(Draft& draft, const RuleInstance& found, ir::PredicateId predicate,
                   std::span<const Value> tuple) {
        const ir::Rule& rule = program_.rules[found.rule];
        Instance instance{found.bindings, found.bound, rule.variables};
        proof::Step& step = draft.step;
        step.kind = proof::Step::Kind::rule;
        step.rule = found.rule;
        step.place = text_.place(rule.span);
        step.text = text_.rule(rule);
        step.bindings = text_.bindings(instance);
        bool is_auxiliary = program_.predicates[predicate].internal;
        step.atom =
            is_auxiliary ? text_.conjunction(rule.body, instance) : text_.tuple(predicate, tuple);
        for (std::size_t i = 0; i < rule.body.size(); ++i) {
            const Literal& literal = rule.body[i];
            const RuleInstance::Support& support = found.supports[i];
            proof::Premise premise;
            if (literal.kind == Literal::Kind::aggregate) {
                premise.literal =
                    text_.literal(literal, instance, matcher_.values().print(support.value));
            } else {
                premise.literal = text_.literal(literal, instance);
            }
            if (auto goal = goal_of(literal, support, instance)) {
                premise.step = draft.refer(std::move(*goal));
            }
            step.premises.push_back(std::move(premise));
        }
        draft.takes_over = is_auxiliary && step.premises.size() == 1 && draft.below.size() == 1;
    }

    /// What a literal of a rule instance rests on, if it is no mere test.
    std::optional<Goal> goal_of(const Literal& literal, const RuleInstance::Support& support,
                                const Instance& instance) {
        switch (literal.kind) {
            case Literal::Kind::atom:
                if (support.node != kNone) {
                    return Goal::of(support.node, false);
                }
                return Goal::of_row(literal.atom.predicate, support.row);
            case Literal::Kind::negated: {
                if (support.node != kNone) {
                    return Goal::of(support.node, true);
                }
                std::vector<Value> tuple;
                for (const ir::Term& term : literal.atom.args) {
                    tuple.push_back(build_value(term, instance));
                }
                return Goal::of_absent(literal.atom.predicate, tuple);
            }
            case Literal::Kind::aggregate: {
                Goal goal = Goal::of(support.node, false);
                if (support.node == kNone) {
                    goal = {Goal::Kind::aggregate,
                            support.value.bits(),
                            literal.atom.predicate,
                            literal.function,
                            {}};
                    for (std::uint32_t i = 0; i < literal.grouped; ++i) {
                        goal.tuple.push_back(build_value(literal.atom.args[i], instance).bits());
                    }
                }
                auto [place, is_new] = aggregates_.try_emplace(goal);
                if (is_new) {
                    place->second.text = text_.aggregate(literal, instance);
                    place->second.place = text_.place(literal.span);
                    for (std::uint32_t i = 0; i < literal.grouped; ++i) {
                        const ir::Term& term = literal.atom.args[i];
                        if (!term.is_variable()) continue;
                        place->second.group.push_back(
                            {instance.names[term.variable], text_.term(term, instance)});
                    }
                }
                return goal;
            }
            default:
                return std::nullopt;
        }
    }

    Value build_value(const ir::Term& term, const Instance& instance) {
        return eval::build(term, instance.bindings, matcher_.values());
    }

    // --- what does not hold ---

    Draft expand_false(NodeId node) {
        const NodeOrigin& origin = database_.origins[node];
        auto tuple = database_.relations[origin.predicate][origin.row];
        Draft draft;
        draft.step.kind = proof::Step::Kind::absent;
        draft.step.atom = text_.tuple(origin.predicate, tuple);
        if (context_.total) draft.step.total = context_.total(node);
        auto [first, last] = database_.graph.derivations(node);
        for (DerivationId id = first; id < last; ++id) {
            add_failure(draft, id, tuple);
        }
        // A member of an aggregate. Not so a negated conjunction: that this is the only way counts.
        draft.takes_over = is_member_[origin.predicate] && last - first == 1 &&
                           draft.below.size() == 1 &&
                           program_.rules[database_.graph.derivation(first).rule].body.size() == 1;
        return draft;
    }

    void add_failure(Draft& draft, DerivationId id, std::span<const Value> tuple) {
        const provenance::Derivation& derivation = database_.graph.derivation(id);
        const ir::Rule& rule = program_.rules[derivation.rule];
        proof::Failure failure;
        failure.rule = derivation.rule;
        failure.place = text_.place(rule.span);
        failure.text = text_.rule(rule);
        auto found = matcher_.derived(derivation, tuple);
        if (found) {
            failure.bindings = text_.bindings({found->bindings, found->bound, rule.variables});
        }
        BestProof::Refutation refutation = found_->refutation(id);
        if (refutation.by_choice) {
            failure.kind = proof::Failure::Kind::choice;
            failure.use = use_of(found_->others(derivation.choice));
            failure.literal =
                choices_[failure.use.choice].alternatives[derivation.choice.alternative].atom;
        } else {
            Premise premise = refutation.premise;
            failure.kind = proof::Failure::Kind::premise;
            failure.step = draft.refer(Goal::of(premise.node(), !premise.negated()));
            failure.literal = failing_literal(rule, found, premise);
        }
        draft.step.failures.push_back(std::move(failure));
    }

    std::string failing_literal(const ir::Rule& rule, const std::optional<RuleInstance>& found,
                                Premise premise) {
        for (std::size_t i = 0; found && i < rule.body.size(); ++i) {
            const RuleInstance::Support& support = found->supports[i];
            bool is_negated = rule.body[i].kind == Literal::Kind::negated;
            if (support.node != premise.node() || is_negated != premise.negated()) continue;
            Instance instance{found->bindings, found->bound, rule.variables};
            goal_of(rule.body[i], support, instance);  // names the aggregate, if it is one
            std::string value = rule.body[i].kind == Literal::Kind::aggregate
                                    ? matcher_.values().print(support.value)
                                    : "";
            return text_.literal(rule.body[i], instance, value);
        }
        const NodeOrigin& origin = database_.origins[premise.node()];
        if (origin.kind != NodeOrigin::Kind::fact) return "";
        return (premise.negated() ? "\\+ " : "") +
               text_.tuple(origin.predicate, database_.relations[origin.predicate][origin.row]);
    }

    proof::ChoiceUse use_of(const provenance::AllowedAlternatives& allowed) {
        return {choice(allowed.choice), allowed.alternatives};
    }

    Draft expand_absent(const Goal& goal) {
        std::vector<Value> tuple = goal.values();
        Draft draft;
        draft.step.kind = proof::Step::Kind::absent;
        draft.step.atom = text_.tuple(goal.predicate, tuple);
        for (auto [id, head] : matcher_.rules_of(goal.predicate)) {
            const ir::Rule& rule = program_.rules[id];
            if (rule.origin == ir::RuleOrigin::library) continue;
            auto obstacle = matcher_.obstacle(id, head, tuple);
            if (!obstacle) continue;
            Instance instance{obstacle->instance.bindings, obstacle->instance.bound,
                              rule.variables};
            proof::Failure failure;
            failure.rule = id;
            failure.place = text_.place(rule.span);
            failure.text = text_.rule(rule);
            failure.bindings = text_.bindings(instance);
            failure.literal = text_.literal(rule.body[obstacle->literal], instance);
            draft.step.failures.push_back(std::move(failure));
        }
        return draft;
    }

    // --- aggregates ---

    struct AggregateText {
        std::string text;
        proof::Place place;
        std::vector<proof::Binding> group;
    };

    static std::string_view name(ir::AggregateOp function) {
        switch (function) {
            case ir::AggregateOp::sum:
                return "sum";
            case ir::AggregateOp::count:
                return "count";
            case ir::AggregateOp::min:
                return "min";
            case ir::AggregateOp::max:
                return "max";
            case ir::AggregateOp::list:
                return "findall";
        }
        return "";
    }

    proof::Step aggregate_step(const Goal& goal, ir::AggregateOp function, Value value) {
        proof::Step step;
        step.kind = proof::Step::Kind::aggregate;
        step.function = name(function);
        step.value = matcher_.values().print(value);
        auto place = aggregates_.find(goal);
        if (place != aggregates_.end()) {
            step.text = place->second.text;
            step.place = place->second.place;
            step.bindings = place->second.group;
        }
        step.atom = step.value + " = " + (step.text.empty() ? "#" + step.function : step.text);
        return step;
    }

    proof::Member& add_member(Draft& draft, ir::PredicateId predicate, Row row, std::size_t group,
                              proof::Member::Status status) {
        proof::Member member;
        auto tuple = database_.relations[predicate][row];
        for (std::size_t c = group; c < tuple.size(); ++c) {
            if (c > group) member.tuple += ",";
            member.tuple += matcher_.values().print(tuple[c]);
        }
        member.status = status;
        draft.step.members.push_back(std::move(member));
        return draft.step.members.back();
    }

    Draft expand_certain_aggregate(const Goal& goal) {
        std::vector<Value> group = goal.values();
        Draft draft;
        draft.step = aggregate_step(goal, goal.function, Value::from_bits(goal.id));
        const Relation& relation = database_.relations[goal.predicate];
        for (Row row : matcher_.rows_with_prefix(goal.predicate, group)) {
            // Uncertain members that could not change it are left open.
            bool is_certain = relation.is_certain(row);
            proof::Member& member = add_member(
                draft, goal.predicate, row, group.size(),
                is_certain ? proof::Member::Status::counted : proof::Member::Status::open);
            if (is_certain) {
                member.step = draft.refer(Goal::of_row(goal.predicate, row));
            }
        }
        return draft;
    }

    Draft expand_outcome(NodeId node) {
        const NodeOrigin& origin = database_.origins[node];
        const AggregateInstance& made = database_.aggregates[origin.row];
        Goal goal = Goal::of(node, false);
        Draft draft;
        draft.step = aggregate_step(goal, made.function, origin.value);
        if (context_.total) draft.step.total = context_.total(node);
        AggregateLaw law = aggregate_law(database_, *found_, node, false);
        for (const auto& [id, set] : law.allowed) {
            draft.step.uses.push_back({choice(id), {set.begin(), set.end()}});
        }
        const Relation& relation = database_.relations[made.predicate];
        for (Row row : matcher_.rows_with_prefix(made.predicate, made.group)) {
            using Status = proof::Member::Status;
            NodeId member = relation.node(row);
            Status status = member == kNone ? Status::counted : law.status(member, *found_);
            proof::Member& added =
                add_member(draft, made.predicate, row, made.group.size(), status);
            if (status == Status::open) continue;
            Goal below = Goal::of_row(made.predicate, row);
            if (member != kNone) {
                below = Goal::of(member, status != Status::counted);
            }
            added.step = draft.refer(std::move(below));
        }
        return draft;
    }

    /// That an aggregate does not have a value: the members that exclude it.
    Draft expand_other_outcome(NodeId node) {
        const NodeOrigin& origin = database_.origins[node];
        const AggregateInstance& made = database_.aggregates[origin.row];
        Draft draft;
        draft.step = aggregate_step(Goal::of(node, false), made.function, origin.value);
        draft.step.kind = proof::Step::Kind::absent;
        AggregateLaw law = aggregate_law(database_, *found_, node, true);
        for (const auto& [id, set] : law.allowed) {
            proof::Failure failure;
            failure.kind = proof::Failure::Kind::choice;
            failure.use = {choice(id), {set.begin(), set.end()}};
            const proof::Choice& decided = choices_[failure.use.choice];
            failure.place = decided.place;
            failure.text = decided.text;
            failure.bindings = decided.instance;
            draft.step.failures.push_back(std::move(failure));
        }
        for (auto [member, holds] : law.members) {
            proof::Failure failure;
            failure.kind = proof::Failure::Kind::premise;
            failure.step = draft.refer(Goal::of(member, !holds));
            failure.literal = failing_literal({}, std::nullopt, Premise(member, holds));
            draft.step.failures.push_back(std::move(failure));
        }
        return draft;
    }

    // --- choices ---

    std::uint32_t choice(ChoiceId id) {
        auto [place, is_new] =
            choice_index_.try_emplace(id, static_cast<std::uint32_t>(choices_.size()));
        if (is_new)
            choices_.push_back(
                describe_choice(program_, database_, weights_, id, text_, context_.input_path));
        return place->second;
    }

    const ir::Program& program_;
    const Database& database_;
    std::span<const double> weights_;
    const ExplainContext& context_;
    RuleMatcher matcher_;
    InstanceText text_;
    std::vector<bool> is_member_;  // by predicate: its tuples are what an aggregate ranges over
    const provenance::FoundProof* found_ = nullptr;

    std::vector<proof::Choice> choices_;
    std::map<ChoiceId, std::uint32_t> choice_index_;
    std::map<Goal, AggregateText> aggregates_;
    std::map<std::pair<ir::PredicateId, Row>, SourceSpan> spans_;
};

StepDrafter::StepDrafter(const ir::Program& program, const Database& database,
                         std::span<const double> weights, const ExplainContext& context)
    : drafting_(std::make_unique<Drafting>(program, database, weights, context)) {}
StepDrafter::~StepDrafter() = default;

const InstanceText& StepDrafter::text() const {
    return drafting_->text();
}
void StepDrafter::follow(const provenance::FoundProof& found) {
    drafting_->follow(found);
}
Draft StepDrafter::draft(const Goal& goal) {
    return drafting_->draft(goal);
}
std::vector<proof::Choice> StepDrafter::take_choices() {
    return drafting_->take_choices();
}

}  // namespace entail::eval

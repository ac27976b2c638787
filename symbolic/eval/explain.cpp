#include "symbolic/eval/explain.h"

#include <algorithm>
#include <cassert>
#include <compare>
#include <map>
#include <set>

#include "symbolic/eval/certain_proof.h"
#include "symbolic/eval/instance_text.h"

// Idea: what is to be explained is a *goal* (a node or its negation, a certain row, an aggregate's
// value, an atom that is not there). A goal is first expanded into a draft of its step, which names
// the goals below it, and finished when those have steps. Goals that stand for something that the
// user did not write take over the step of the goal below.
// Cost: one matching of a rule for each step.

namespace entail::eval {

using ir::Literal;
using provenance::BestProof;
using provenance::ChoiceId;
using provenance::DerivationId;
using provenance::kNone;
using provenance::NodeId;
using provenance::Premise;

namespace {

struct Goal {
    enum class Kind : std::uint8_t {
        positive,   ///< the node `id` is true
        negative,   ///< the node `id` is false
        certain,    ///< row `id` of `predicate`
        absent,     ///< no row of `predicate` is `tuple`
        aggregate,  ///< `function` over the certain rows of `predicate` that start with `tuple`
    };
    Kind kind;
    std::uint32_t id = 0;
    ir::PredicateId predicate = 0;
    ir::AggregateOp function = ir::AggregateOp::sum;
    std::vector<std::uint32_t> tuple;  ///< bits of values

    auto operator<=>(const Goal&) const = default;
};

std::vector<Value> values_of(const Goal& goal) {
    std::vector<Value> tuple;
    for (std::uint32_t bits : goal.tuple) tuple.push_back(Value::from_bits(bits));
    return tuple;
}

/// A step whose references are indices into `below`.
struct Draft {
    proof::Step step;
    std::vector<Goal> below;
    bool takes_over = false;  ///< the step of below[0] is the step of this goal too

    std::uint32_t refer(Goal goal) {
        below.push_back(std::move(goal));
        return static_cast<std::uint32_t>(below.size() - 1);
    }
};

class Explainer {
public:
    Explainer(const ir::Program& program, const Database& database, std::span<const double> weights,
              const ExplainContext& context)
        : program_(program),
          database_(database),
          weights_(weights),
          context_(context),
          matcher_(program, database),
          text_(program, matcher_.values(), context.sources) {}

    proof::Proof run(ir::PredicateId predicate, std::span<const Value> tuple) {
        const Relation& relation = database_.relations[predicate];
        Row row = relation.find(tuple);
        NodeId node = row == kNoRow ? kNone : relation.node(row);
        proof_.query = (context_.negated ? "\\+ " : "") + text_.tuple(predicate, tuple);
        proof_.lower = context_.lower;
        proof_.upper = context_.upper;
        list_conditions();
        Goal root{Goal::Kind::certain, row, predicate, {}, {}};
        if (row == kNoRow) {
            root = absent(predicate, tuple);
            proof_.holds = context_.negated;
        } else if (node == kNone) {
            proof_.holds = !context_.negated;
        } else {
            root = search(node);
        }
        if (proof_.search == proof::Proof::Search::failed) {
            proof_.root = 0;
            proof_.steps.push_back(assumed(proof_.query));
        } else {
            build(root);
            proof_.root = step_of_.at(root);
        }
        proof::set_probabilities(proof_);
        return std::move(proof_);
    }

private:
    // --- the search for the proof ---

    /// Finds the proof of the query, with the conditions if it can; returns what it proves.
    Goal search(NodeId node) {
        Premise query(node, context_.negated);
        std::vector<Premise> goals{query};
        for (Premise condition : conditions_) {
            if (condition != query) goals.push_back(condition);
        }
        best_ = find(goals);
        if (!best_.found && goals.size() > 1) {
            proof_.meets_conditions = false;
            goals = {query};
            best_ = find(goals);
        }
        if (best_.is_refuted) {
            // Weights of zero: no world has it, so the contrary is what there is to explain.
            proof_.holds = false;
            query = {node, !context_.negated};
            goals = {query};
            best_ = find(goals);
        }
        using Search = proof::Proof::Search;
        proof_.search = !best_.found    ? Search::failed
                        : best_.is_best ? Search::best
                                        : Search::cut_off;
        for (const auto& s : best_.supports) support_of_[s.node] = &s;
        for (const auto& r : best_.refutations) refutation_of_[r.derivation] = &r;
        return {query.negated() ? Goal::Kind::negative : Goal::Kind::positive, node, 0, {}, {}};
    }

    BestProof find(const std::vector<Premise>& goals) {
        return provenance::best_proof(database_.graph, goals, weights_, context_.search);
    }

    void list_conditions() {
        auto add = [&](const ir::Evidence& evidence) {
            std::vector<Value> tuple;
            for (const ir::Term& term : evidence.atom.args) tuple.push_back(term.value);
            std::string atom = text_.tuple(evidence.atom.predicate, tuple);
            proof_.conditions.push_back(
                {false, (evidence.value ? "" : "\\+ ") + atom, text_.place(evidence.span)});
            condition(evidence.atom.predicate, tuple, evidence.value);
        };
        for (const ir::Evidence& evidence : program_.evidence) add(evidence);
        for (const ir::Evidence& evidence : context_.more_evidence) add(evidence);
        std::set<std::pair<std::uint32_t, std::uint32_t>> listed;  // one for all ways of its body
        for (const ir::Rule& rule : program_.rules) {
            if (rule.origin != ir::RuleOrigin::constraint) continue;
            if (!listed.insert({rule.span.source, rule.span.begin}).second) continue;
            proof_.conditions.push_back({true, text_.rule(rule), text_.place(rule.span)});
        }
        for (ir::PredicateId constraint : program_.constraints) condition(constraint, {}, false);
    }

    void condition(ir::PredicateId predicate, std::span<const Value> tuple, bool value) {
        const Relation& relation = database_.relations[predicate];
        Row row = relation.find(tuple);
        if (row == kNoRow || relation.is_certain(row)) return;
        conditions_.emplace_back(relation.node(row), !value);
    }

    // --- from goals to steps ---

    void build(const Goal& root) {
        std::vector<Goal> pending{root};
        std::map<Goal, Draft> drafts;
        while (!pending.empty()) {
            Goal goal = pending.back();
            if (step_of_.contains(goal)) {
                pending.pop_back();
                continue;
            }
            auto [place, is_new] = drafts.try_emplace(goal);
            if (!is_new) {
                pending.pop_back();
                finish(goal, place->second);
                drafts.erase(place);
                continue;
            }
            place->second = expand(goal);
            const auto& below = place->second.below;
            for (std::size_t i = below.size(); i-- > 0;) {
                // One that is waiting itself needs this one: a circle of negations.
                if (!step_of_.contains(below[i]) && !drafts.contains(below[i])) {
                    pending.push_back(below[i]);
                }
            }
        }
        for (const auto& [step, failure, goal] : circular_) {
            proof_.steps[step].failures[failure].step = step_of_.at(goal);
        }
    }

    void finish(const Goal& goal, Draft& draft) {
        auto known = [&](std::uint32_t index) {
            auto place = step_of_.find(draft.below[index]);
            return place == step_of_.end() ? proof::kNone : place->second;
        };
        if (draft.takes_over) {
            step_of_[goal] = known(0);
            return;
        }
        auto id = static_cast<proof::StepId>(proof_.steps.size());
        for (auto& premise : draft.step.premises) {
            if (premise.step != proof::kNone) premise.step = known(premise.step);
        }
        for (auto& member : draft.step.members) {
            if (member.step != proof::kNone) member.step = known(member.step);
        }
        for (std::uint32_t i = 0; i < draft.step.failures.size(); ++i) {
            auto& failure = draft.step.failures[i];
            if (failure.step == proof::kNone) continue;
            std::uint32_t index = failure.step;
            failure.step = known(index);
            if (failure.step != proof::kNone) continue;
            failure.kind = proof::Failure::Kind::circular;
            circular_.push_back({id, i, draft.below[index]});
        }
        step_of_[goal] = id;
        proof_.steps.push_back(std::move(draft.step));
    }

    Draft expand(const Goal& goal) {
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
            database_.graph.derivation(support_of(node).derivation);
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

    // What the search was not asked for is a member of an aggregate that is nothing but a choice:
    // it has one derivation, from a choice or from one premise.

    /// How the proof derives `node`.
    BestProof::Support support_of(NodeId node) const {
        auto place = support_of_.find(node);
        if (place != support_of_.end()) return *place->second;
        DerivationId only = database_.graph.derivations(node).first;
        auto literal = database_.graph.derivation(only).choice;
        if (literal.choice == kNone) return {node, only, {}};
        return {node, only, {literal.choice, {literal.alternative}}};
    }

    /// What the proof lets fail in `id`.
    BestProof::Refutation refutation_of(DerivationId id) const {
        auto place = refutation_of_.find(id);
        if (place != refutation_of_.end()) return *place->second;
        const auto& derivation = database_.graph.derivation(id);
        if (derivation.choice.choice != kNone) return {id, true, Premise(0, false)};
        return {id, false, database_.graph.premises(derivation)[0]};
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
                if (known != kNoRow) spans_.try_emplace({fact.predicate, known}, fact.span);
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
                    return Goal{Goal::Kind::positive, support.node, 0, {}, {}};
                }
                return Goal{Goal::Kind::certain, support.row, literal.atom.predicate, {}, {}};
            case Literal::Kind::negated: {
                if (support.node != kNone) {
                    return Goal{Goal::Kind::negative, support.node, 0, {}, {}};
                }
                std::vector<Value> tuple;
                for (const ir::Term& term : literal.atom.args) {
                    tuple.push_back(build_value(term, instance));
                }
                return absent(literal.atom.predicate, tuple);
            }
            case Literal::Kind::aggregate: {
                Goal goal{Goal::Kind::positive, support.node, 0, {}, {}};
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

    static Goal absent(ir::PredicateId predicate, std::span<const Value> tuple) {
        Goal goal{Goal::Kind::absent, 0, predicate, {}, {}};
        for (Value value : tuple) goal.tuple.push_back(value.bits());
        return goal;
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
        draft.takes_over =
            program_.predicates[origin.predicate].internal && last - first == 1 &&
            program_.rules[database_.graph.derivation(first).rule].body.size() == 1 &&
            draft.below.size() == 1;
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
        BestProof::Refutation refutation = refutation_of(id);
        if (refutation.by_choice) {
            failure.kind = proof::Failure::Kind::choice;
            failure.use = use_of_others(derivation.choice);
            failure.literal =
                proof_.choices[failure.use.choice].alternatives[derivation.choice.alternative].atom;
        } else {
            Premise premise = refutation.premise;
            failure.kind = proof::Failure::Kind::premise;
            failure.step =
                draft.refer({premise.negated() ? Goal::Kind::positive : Goal::Kind::negative,
                             premise.node(),
                             0,
                             {},
                             {}});
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

    proof::ChoiceUse use_of_others(provenance::ChoiceLiteral literal) {
        proof::ChoiceUse use{choice(literal.choice), {}};
        for (std::uint32_t k = 0; k < database_.graph.choice(literal.choice).size; ++k) {
            if (k != literal.alternative) use.alternatives.push_back(k);
        }
        return use;
    }

    Draft expand_absent(const Goal& goal) {
        std::vector<Value> tuple = values_of(goal);
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
        std::vector<Value> group = values_of(goal);
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
                member.step = draft.refer({Goal::Kind::certain, row, goal.predicate, {}, {}});
            }
        }
        return draft;
    }

    /// What the states inside an aggregate's outcome come down to.
    struct Law {
        std::map<NodeId, bool> members;                       // asked for: holds or not
        std::map<ChoiceId, std::set<std::uint32_t>> allowed;  // by choices
    };

    void restrict_law(Law& law, ChoiceId choice, const std::vector<std::uint32_t>& alternatives) {
        std::set<std::uint32_t> set(alternatives.begin(), alternatives.end());
        auto [place, is_new] = law.allowed.try_emplace(choice, set);
        if (!is_new) std::erase_if(place->second, [&](auto k) { return !set.contains(k); });
    }

    Law law_of(NodeId outcome, bool negated) {
        Law law;
        std::set<Premise> seen;
        std::vector<Premise> pending{{outcome, negated}};
        while (!pending.empty()) {
            Premise premise = pending.back();
            pending.pop_back();
            if (!seen.insert(premise).second) continue;
            if (database_.origins[premise.node()].kind == NodeOrigin::Kind::fact) {
                law.members[premise.node()] = !premise.negated();
                continue;
            }
            if (!premise.negated()) {
                BestProof::Support support = support_of(premise.node());
                if (support.allowed.choice != kNone) {
                    restrict_law(law, support.allowed.choice, support.allowed.alternatives);
                }
                const auto& derivation = database_.graph.derivation(support.derivation);
                for (Premise p : database_.graph.premises(derivation)) pending.push_back(p);
                continue;
            }
            auto [first, last] = database_.graph.derivations(premise.node());
            for (DerivationId id = first; id < last; ++id) {
                BestProof::Refutation refutation = refutation_of(id);
                const auto& derivation = database_.graph.derivation(id);
                if (!refutation.by_choice) {
                    pending.emplace_back(refutation.premise.node(), !refutation.premise.negated());
                    continue;
                }
                std::vector<std::uint32_t> others;
                for (std::uint32_t k = 0; k < database_.graph.choice(derivation.choice.choice).size;
                     ++k) {
                    if (k != derivation.choice.alternative) others.push_back(k);
                }
                restrict_law(law, derivation.choice.choice, others);
            }
        }
        return law;
    }

    /// "c takes k" where `node` is nothing but a name for it.
    std::optional<provenance::ChoiceLiteral> as_choice(NodeId node) const {
        for (;;) {
            auto [first, last] = database_.graph.derivations(node);
            if (last - first != 1) return std::nullopt;
            const auto& derivation = database_.graph.derivation(first);
            auto premises = database_.graph.premises(derivation);
            if (derivation.choice.choice != kNone) {
                if (premises.empty()) return derivation.choice;
                return std::nullopt;
            }
            if (premises.size() != 1 || premises[0].negated() || premises[0].node() == node) {
                return std::nullopt;
            }
            node = premises[0].node();
        }
    }

    proof::Member::Status status_of(NodeId member, const Law& law) const {
        if (auto place = law.members.find(member); place != law.members.end()) {
            return place->second ? proof::Member::Status::counted : proof::Member::Status::absent;
        }
        auto literal = as_choice(member);
        if (!literal) return proof::Member::Status::open;
        auto place = law.allowed.find(literal->choice);
        if (place == law.allowed.end()) return proof::Member::Status::open;
        if (!place->second.contains(literal->alternative)) return proof::Member::Status::absent;
        return place->second.size() == 1 ? proof::Member::Status::counted
                                         : proof::Member::Status::open;
    }

    Draft expand_outcome(NodeId node) {
        const NodeOrigin& origin = database_.origins[node];
        const AggregateInstance& made = database_.aggregates[origin.row];
        Goal goal{Goal::Kind::positive, node, 0, {}, {}};
        Draft draft;
        draft.step = aggregate_step(goal, made.function, origin.value);
        if (context_.total) draft.step.total = context_.total(node);
        Law law = law_of(node, false);
        for (const auto& [id, set] : law.allowed) {
            draft.step.uses.push_back({choice(id), {set.begin(), set.end()}});
        }
        const Relation& relation = database_.relations[made.predicate];
        for (Row row : matcher_.rows_with_prefix(made.predicate, made.group)) {
            using Status = proof::Member::Status;
            NodeId member = relation.node(row);
            Status status = member == kNone ? Status::counted : status_of(member, law);
            proof::Member& added =
                add_member(draft, made.predicate, row, made.group.size(), status);
            if (status == Status::open) continue;
            Goal below{Goal::Kind::certain, row, made.predicate, {}, {}};
            if (member != kNone) {
                below = {status == Status::counted ? Goal::Kind::positive : Goal::Kind::negative,
                         member,
                         0,
                         {},
                         {}};
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
        draft.step =
            aggregate_step({Goal::Kind::positive, node, 0, {}, {}}, made.function, origin.value);
        draft.step.kind = proof::Step::Kind::absent;
        Law law = law_of(node, true);
        for (const auto& [id, set] : law.allowed) {
            proof::Failure failure;
            failure.kind = proof::Failure::Kind::choice;
            failure.use = {choice(id), {set.begin(), set.end()}};
            draft.step.failures.push_back(std::move(failure));
        }
        for (auto [member, holds] : law.members) {
            proof::Failure failure;
            failure.kind = proof::Failure::Kind::premise;
            failure.step = draft.refer(
                {holds ? Goal::Kind::positive : Goal::Kind::negative, member, 0, {}, {}});
            failure.literal = failing_literal({}, std::nullopt, Premise(member, holds));
            draft.step.failures.push_back(std::move(failure));
        }
        return draft;
    }

    // --- choices ---

    std::uint32_t choice(ChoiceId id) {
        auto [place, is_new] =
            choices_.try_emplace(id, static_cast<std::uint32_t>(proof_.choices.size()));
        if (is_new) proof_.choices.push_back(describe(id));
        return place->second;
    }

    proof::Choice describe(ChoiceId id) const {
        const provenance::Choice& made = database_.graph.choice(id);
        const ir::ChoiceRule& rule = program_.choices[made.source];
        const ChoiceWeights& weights = database_.weights[id];
        std::vector<Value> bindings(rule.variables.size());
        std::vector<bool> bound(rule.variables.size(), false);
        for (std::size_t i = 0; i < rule.key.size(); ++i) {
            bindings[rule.key[i]] = made.key[i];
            bound[rule.key[i]] = true;
        }
        Instance instance{bindings, bound, rule.variables};

        proof::Choice result;
        result.kind = static_cast<proof::Choice::Kind>(rule.kind);
        result.weights = source_of(rule);
        result.place = text_.place(rule.span);
        result.text = text_.source(rule.span);
        result.instance = text_.bindings(instance);
        for (std::uint32_t k = 0; k < made.size; ++k) {
            proof::Alternative alternative;
            alternative.weight = weights_[database_.graph.weight_offset(id) + k];
            std::uint32_t written = weights.alternatives[k];
            if (written != ir::kNone) {
                const ir::Atom& head = rule.heads[written];
                alternative.atom = text_.atom(head, instance);
                bool draws = rule.kind == ir::ChoiceRule::Kind::distribution ||
                             rule.kind == ir::ChoiceRule::Kind::free;
                if (draws && !head.args.empty()) {
                    alternative.value = text_.term(head.args.back(), instance);
                }
            }
            result.alternatives.push_back(std::move(alternative));
        }
        if (rule.module == ir::kNone) return result;
        const ir::ModuleDeclaration& module = program_.modules[rule.module];
        result.module = module.name;
        result.concept_name = module.concepts[rule.concept_index].name;
        result.input = matcher_.values().print(weights.input);
        if (context_.input_path)
            result.input_path = context_.input_path(rule.module, weights.input);
        for (const ir::InputDeclaration& input : program_.inputs) {
            if (result.input_path.empty() && input.entity == weights.input) {
                result.input_path = input.path;
            }
        }
        return result;
    }

    static proof::Choice::Weights source_of(const ir::ChoiceRule& rule) {
        using Kind = ir::Weight::Kind;
        auto has = [&](Kind kind) {
            return std::ranges::any_of(rule.weights, [&](auto& w) { return w.kind == kind; });
        };
        if (has(Kind::network)) return proof::Choice::Weights::perceived;
        if (has(Kind::parameter)) return proof::Choice::Weights::parameter;
        if (has(Kind::computed)) return proof::Choice::Weights::computed;
        if (has(Kind::free)) return proof::Choice::Weights::free;
        return proof::Choice::Weights::constant;
    }

    const ir::Program& program_;
    const Database& database_;
    std::span<const double> weights_;
    const ExplainContext& context_;
    RuleMatcher matcher_;
    InstanceText text_;

    std::vector<Premise> conditions_;
    BestProof best_;
    std::map<NodeId, const BestProof::Support*> support_of_;
    std::map<DerivationId, const BestProof::Refutation*> refutation_of_;

    proof::Proof proof_;
    std::map<Goal, proof::StepId> step_of_;
    std::map<ChoiceId, std::uint32_t> choices_;
    std::map<Goal, AggregateText> aggregates_;
    std::map<std::pair<ir::PredicateId, Row>, SourceSpan> spans_;
    struct Circular {
        proof::StepId step;
        std::uint32_t failure;
        Goal goal;
    };
    std::vector<Circular> circular_;
};

}  // namespace

proof::Proof explain(const ir::Program& program, const Database& database,
                     std::span<const double> weights, ir::PredicateId predicate, Row row,
                     const ExplainContext& context) {
    return explain(program, database, weights, predicate, database.relations[predicate][row],
                   context);
}

proof::Proof explain(const ir::Program& program, const Database& database,
                     std::span<const double> weights, ir::PredicateId predicate,
                     std::span<const Value> tuple, const ExplainContext& context) {
    return Explainer(program, database, weights, context).run(predicate, tuple);
}

}  // namespace entail::eval

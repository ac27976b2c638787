#include "symbolic/eval/explain.h"

#include <algorithm>
#include <map>
#include <set>

#include "symbolic/eval/proof_steps.h"
#include "symbolic/provenance/found_proof.h"

// Idea: the proof is built from the query down: a goal is drafted (see proof_steps.h), the goals
// below it come first, then its step. Goals met twice have one step.

namespace entail::eval {

using provenance::BestProof;
using provenance::kNone;
using provenance::NodeId;
using provenance::Premise;

namespace {

class Explainer {
public:
    Explainer(const ir::Program& program, const Database& database, std::span<const double> weights,
              const ExplainContext& context)
        : program_(program),
          database_(database),
          weights_(weights),
          context_(context),
          drafter_(program, database, weights, context) {}

    proof::Proof run(ir::PredicateId predicate, std::span<const Value> tuple) {
        const Relation& relation = database_.relations[predicate];
        Row row = relation.find(tuple);
        NodeId node = row == kNoRow ? kNone : relation.node(row);
        proof_.query = (context_.negated ? "\\+ " : "") + drafter_.text().tuple(predicate, tuple);
        proof_.lower = context_.lower;
        proof_.upper = context_.upper;
        list_conditions();
        Goal root = Goal::of_row(predicate, row);
        if (row == kNoRow) {
            root = Goal::of_absent(predicate, tuple);
            proof_.holds = context_.negated;
        } else if (node == kNone) {
            proof_.holds = !context_.negated;
        } else {
            root = search(node);
        }
        if (proof_.search == proof::Proof::Search::failed) {
            proof_.root = 0;
            proof_.steps.emplace_back();
            proof_.steps.back().kind = proof::Step::Kind::assumed;
            proof_.steps.back().atom = proof_.query;
        } else {
            build(root);
            proof_.root = step_of_.at(root);
        }
        proof_.choices = drafter_.take_choices();
        proof::set_probabilities(proof_);
        return std::move(proof_);
    }

private:
    // --- the search for the proof ---

    /// Finds the proof of the query; returns what it proves.
    Goal search(NodeId node) {
        bool negated = context_.negated;
        BestProof best = find({node, negated});
        if (best.is_refuted) {
            // No world has it (weights may be zero): the contrary is what there is to explain.
            proof_.holds = false;
            negated = !negated;
            best = find({node, negated});
        }
        using Search = proof::Proof::Search;
        proof_.search = !best.found    ? Search::failed
                        : best.is_best ? Search::best
                                       : Search::cut_off;
        found_.emplace(database_.graph, std::move(best));
        drafter_.follow(*found_);
        return Goal::of(node, negated);
    }

    /// With the conditions if it can.
    BestProof find(Premise query) {
        std::vector<Premise> goals{query};
        for (Premise condition : conditions_) {
            if (condition != query) goals.push_back(condition);
        }
        BestProof best = provenance::best_proof(database_.graph, goals, weights_, context_.search);
        proof_.meets_conditions = best.found || goals.size() == 1;
        if (proof_.meets_conditions) return best;
        return provenance::best_proof(database_.graph, {&query, 1}, weights_, context_.search);
    }

    void list_conditions() {
        auto add = [&](const ir::Evidence& evidence) {
            std::vector<Value> tuple;
            for (const ir::Term& term : evidence.atom.args) tuple.push_back(term.value);
            std::string atom = drafter_.text().tuple(evidence.atom.predicate, tuple);
            proof_.conditions.push_back({false, (evidence.value ? "" : "\\+ ") + atom,
                                         drafter_.text().place(evidence.span)});
            condition(evidence.atom.predicate, tuple, evidence.value);
        };
        for (const ir::Evidence& evidence : program_.evidence) add(evidence);
        for (const ir::Evidence& evidence : context_.more_evidence) add(evidence);
        std::set<std::pair<std::uint32_t, std::uint32_t>> listed;  // one for all ways of its body
        for (const ir::Rule& rule : program_.rules) {
            if (rule.origin != ir::RuleOrigin::constraint) continue;
            if (!listed.insert({rule.span.source, rule.span.begin}).second) continue;
            proof_.conditions.push_back(
                {true, drafter_.text().rule(rule), drafter_.text().place(rule.span)});
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
            place->second = drafter_.draft(goal);
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

    const ir::Program& program_;
    const Database& database_;
    std::span<const double> weights_;
    const ExplainContext& context_;
    StepDrafter drafter_;

    std::vector<Premise> conditions_;
    std::optional<provenance::FoundProof> found_;  // of an uncertain query
    proof::Proof proof_;
    std::map<Goal, proof::StepId> step_of_;
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

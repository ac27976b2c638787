#include "solve.h"

#include <algorithm>

#include "programs/claims/claims.h"
#include "programs/engine.h"

namespace {

using entail::proof::Proof;
using entail::proof::Step;

/// The first step that the program does not allow; empty if all hold. The lines of a proof are
/// lines of the program, and that is all that is believed.
std::string first_wrong_step(const Proof& proof, const LogicProgram& program,
                             const std::string& wanted) {
    if (!proof.holds || proof.root >= proof.steps.size()) return "there is no proof";
    if (proof.steps[proof.root].atom != wanted) return "it proves something else";
    for (std::size_t i = 0; i < proof.steps.size(); ++i) {
        const Step& step = proof.steps[i];
        if (step.kind == Step::Kind::given) {
            const auto fact = program.facts.find(step.place.line);
            if (fact == program.facts.end() || print(fact->second) != step.atom)
                return "no such fact: " + step.atom;
            continue;
        }
        const auto place = program.rules.find(step.place.line);
        if (step.kind != Step::Kind::rule || place == program.rules.end())
            return "no such rule for " + step.atom;
        const Rule& rule = place->second;
        std::map<std::string, std::string> values;
        for (const auto& binding : step.bindings) values[binding.variable] = binding.value;
        const bool has_head =
            std::any_of(rule.heads.begin(), rule.heads.end(),
                        [&](const Literal& head) { return print(head, values) == step.atom; });
        if (!has_head) return "the rule does not conclude " + step.atom;
        for (const Literal& literal : rule.body) {
            const std::string needed = print(literal, values);
            const bool is_proved =
                std::any_of(step.premises.begin(), step.premises.end(), [&](const auto& premise) {
                    return premise.step < i && proof.steps[premise.step].atom == needed;
                });
            if (!is_proved) return "nothing proves " + needed;
        }
    }
    return "";
}

/// The queried atom as it would be printed if it were so.
std::string asked(const LogicProgram& program, bool value) {
    Literal literal = program.query[0];
    literal.value = value;
    return print(literal);
}

}  // namespace

Outcome solve_deduction(const LogicProgram& program, const std::string& name) {
    Outcome outcome;
    entail::Engine engine = entail::Engine::from_text(program.entail, {}, name);
    const auto results = engine.run().results;
    const bool wanted = program.query[0].value;
    bool is_derived = false, is_opposite_derived = false;
    for (const auto& answer : results.at(0).answers) {
        is_derived = is_derived || answer.atom == asked(program, wanted);
        is_opposite_derived = is_opposite_derived || answer.atom == asked(program, !wanted);
    }
    if (!is_derived && !is_opposite_derived) return outcome;
    outcome.answer = is_derived && is_opposite_derived ? Outcome::Answer::contradictory
                     : is_derived                      ? Outcome::Answer::true_
                                                       : Outcome::Answer::false_;
    outcome.has_proof = true;
    for (const bool value : {wanted, !wanted}) {
        if (!(value == wanted ? is_derived : is_opposite_derived)) continue;
        const std::string atom = asked(program, value);
        if (outcome.diagnostic.empty())
            outcome.diagnostic = first_wrong_step(engine.explain(atom), program, atom);
    }
    outcome.is_checked = outcome.diagnostic.empty();
    return outcome;
}

Outcome solve_ordering(const LogicProgram& program, const std::string& name) {
    Outcome outcome;
    entail::KnowledgeBase base = entail::KnowledgeBase::from_text(program.entail, {}, name);
    const entail::Judgements judged = base.judge();
    if (!judged.contradictions.empty()) {
        outcome.answer = Outcome::Answer::contradictory;
        outcome.has_proof = outcome.is_checked = true;  // a core that was refuted again
        for (const auto& reason : judged.contradictions[0])
            outcome.diagnostic += (outcome.diagnostic.empty() ? "contradictory: " : "; ") +
                                  (reason.place.empty() ? reason.text : reason.place);
        return outcome;
    }
    std::vector<std::string> entailed, possible;
    for (const entail::Judgement& judgement : judged.judgements) {
        if (judgement.verdict == entail::ClaimVerdict::undecided) {
            outcome.diagnostic = "option " + judgement.claim + " is undecided: " + judgement.why;
            return outcome;
        }
        if (judgement.verdict == entail::ClaimVerdict::entailed)
            entailed.push_back(judgement.claim);
        if (judgement.verdict != entail::ClaimVerdict::contradicted)
            possible.push_back(judgement.claim);
    }
    const std::vector<std::string>& found = entailed.empty() ? possible : entailed;
    if (found.size() != 1) return outcome;
    outcome.answer = Outcome::Answer::option;
    outcome.option = found[0];
    outcome.has_proof = outcome.is_checked = true;
    return outcome;
}

#include "programs/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "symbolic/decide/encoding.h"
#include "symbolic/eval/instance_text.h"
#include "symbolic/ir/twin.h"

namespace entail {
namespace {

using provenance::ChoiceLiteral;
using provenance::NodeId;
using smt::Check;
using smt::Term;

/// A statement in one line, without its dot.
std::string text_of(const SourceSet& sources, SourceSpan span) {
    std::string text;
    bool blank = false;
    for (char c : sources.text(span)) {
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            blank = !text.empty();
            continue;
        }
        if (blank) text += ' ';
        blank = false;
        text += c;
    }
    while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
    return text;
}

/// One evaluated program in the solver, with its constraints.
class PropertySearch {
public:
    PropertySearch(const ir::Program& program, const Inference& inference,
                   const eval::Limits& limits)
        : program_(program),
          inference_(inference),
          limits_(solver_limits(limits)),
          solver_(context_),
          encoding_(inference.database, context_, [&](Term term) { solver_.add(term); }) {
        for (const circuit::Condition& demand : inference.demands)
            encoding_.require(demand.node, demand.value);
        if (!inference.compiled.satisfiable) solver_.add(context_.truth(false));
    }

    smt::Context& context() { return context_; }
    const std::string& reason() const { return solver_.reason(); }

    /// Whether the atom of a candidate holds.
    Term truth(const Candidate& candidate) {
        return truth_of(inference_, candidate, encoding_, context_);
    }

    Check find(Term violation) {
        violation_ = violation;
        const Term assumed[] = {violation};
        const Check found = solver_.check(assumed, limits_);
        if (found != Check::satisfiable) return found;
        world_ = encoding_.world(solver_.model());
        values_ = inference_.database.values;
        decisions_ = decisions_of(inference_.database, encoding_, solver_.model(), values_);
        return found;
    }
    const Decisions& decisions() const { return decisions_; }
    /// Those of the database and the numbers of the decisions.
    const ValueStore& values() const { return values_; }

    /// What of a world is enough for the violation, in the order of the program.
    struct Reason {
        std::uint32_t source;  // the statement that takes it
        std::vector<Value> key;
        std::string text;
        Term term;
    };
    std::vector<Reason> reasons() {
        std::vector<Reason> all = taken();
        std::vector<Term> assumed{context_.negation(violation_)};
        for (const Reason& reason : all) assumed.push_back(reason.term);
        if (solver_.check(assumed, limits_) != Check::unsatisfiable) return all;
        const std::vector<Term> minimal = solver_.minimal_core(solver_.core(), limits_).terms;
        std::erase_if(all, [&](const Reason& reason) {
            return std::ranges::find(minimal, reason.term) == minimal.end();
        });
        return all;
    }
    std::string taken_by(std::uint32_t source, const std::vector<Value>& key) {
        for (const Reason& reason : taken())
            if (reason.source == source && reason.key == key) return reason.text;
        return "";
    }

private:
    const ir::Program& program_;
    const Inference& inference_;
    smt::Limits limits_;
    smt::Context context_;
    smt::Solver solver_;
    decide::Encoding encoding_;
    /// Everything that the solver was told of, choices first.
    std::vector<Reason> taken() {
        const eval::Database& database = inference_.database;
        std::vector<ChoiceLiteral> literals;
        for (provenance::ChoiceId choice : encoding_.choices()) {
            if (!database.graph.choice(choice).theory) literals.push_back({choice, world_[choice]});
        }
        sort_by_place(program_, database, literals);
        std::vector<Reason> result;
        for (ChoiceLiteral literal : literals) {
            const provenance::Choice& choice = database.graph.choice(literal.choice);
            result.push_back({choice.source, choice.key, print_taken(program_, database, literal),
                              encoding_.alternative(literal)});
        }
        for (const eval::UnknownInstance& unknown : database.unknowns) {
            if (!encoding_.theory().mentions(unknown.value)) continue;
            const Value number =
                decisions_.numbers.at(Decisions::instance(unknown.source, unknown.key));
            std::vector<Value> tuple = unknown.tuple;
            tuple.back() = number;
            std::string text =
                eval::InstanceText(program_, values_, nullptr).tuple(unknown.predicate, tuple);
            const auto [place, is_new] =
                equalities_.try_emplace({unknown.value.bits(), number.bits()});
            if (is_new) {
                place->second = context_.equal(encoding_.theory().number(unknown.value),
                                               encoding_.theory().constant(number, values_));
            }
            result.push_back({unknown.source, unknown.key, std::move(text), place->second});
        }
        return result;
    }

    Term violation_;
    provenance::World world_;
    ValueStore values_;
    Decisions decisions_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, Term> equalities_;
};

std::string list(const std::vector<std::string>& texts) {
    return texts.empty() ? "every world" : fmt::format("{}", fmt::join(texts, ", "));
}

/// The truth of ground or open queries where nothing is left to choose; nothing if the constraints
/// do not hold there.
std::optional<std::set<std::string>> evaluate_decided(const Task& task, const ir::Program& program,
                                                      std::vector<ir::Query> queries) {
    Questions questions;
    questions.queries = std::move(queries);
    const Inference inference = evaluate(task, program, questions);
    if (!inference.limits.empty() || !inference.compiled.satisfiable) return std::nullopt;
    std::set<std::string> holds;
    for (std::size_t q = 0; q < inference.answers.size(); ++q) {
        for (const Candidate& candidate : inference.answers[q]) {
            if (!candidate.row) continue;
            std::string atom = std::to_string(q);
            for (Value value : candidate.tuple)
                atom += " " + inference.database.values.print(value);
            holds.insert(atom);
        }
    }
    return holds;
}

Verdict unknown(Verdict verdict, std::string reason) {
    verdict.status = Verdict::Status::unknown;
    verdict.reason = std::move(reason);
    return verdict;
}

constexpr const char* kNotConfirmed = "the solver's witness could not be confirmed";

/// A pair of worlds that differ in the choices of one predicate alone, and in an atom.
Verdict verify_invariant(const Task& task, const ir::Property& property, Verdict verdict) {
    // Numbers become unknown before the program is copied, so that both copies can share them.
    ir::Query first{property.atom, false, property.variables, property.span}, second = first;
    Questions questions;
    questions.queries = {first};
    const ir::Program single = with_unknown_numbers(*task.program, questions);
    ir::Program program = single;
    const ir::Twin twin(program, {}, property.under);
    for (ir::PredicateId constraint : single.constraints) {
        if (twin.of(constraint) != constraint) program.constraints.push_back(twin.of(constraint));
    }
    second.atom.predicate = twin.of(first.atom.predicate);
    if (second.atom.predicate == first.atom.predicate) return verdict;  // out of reach: proved
    questions.queries = {first, second};
    Task twin_task = task;
    for (const eval::ExtraFact& fact : task.facts) {
        if (twin.of(fact.predicate) != fact.predicate)
            twin_task.facts.push_back({twin.of(fact.predicate), fact.row});
    }
    const Inference inference = evaluate(twin_task, program, questions);
    if (!inference.limits.empty()) return unknown(verdict, inference.limits.front());

    PropertySearch worlds(program, inference, task.limits);
    std::map<std::vector<std::uint32_t>, std::pair<Term, Term>> rows;
    for (std::size_t q = 0; q < 2; ++q) {
        for (const Candidate& candidate : inference.answers[q]) {
            std::vector<std::uint32_t> key;
            for (Value value : candidate.tuple) key.push_back(value.bits());
            const Term no = worlds.context().truth(false);
            auto& both = rows.try_emplace(key, no, no).first->second;
            (q == 0 ? both.first : both.second) = worlds.truth(candidate);
        }
    }
    std::vector<Term> differences;
    for (const auto& [key, both] : rows) {
        smt::Context& context = worlds.context();
        differences.push_back(context.negation(context.equivalence(both.first, both.second)));
    }
    const Check found = worlds.find(worlds.context().disjunction(differences));
    if (found == Check::unsatisfiable) return verdict;
    if (found == Check::unknown) return unknown(verdict, worlds.reason());

    // The second world is the first with what was drawn anew.
    const Decisions all = worlds.decisions();
    std::map<std::uint32_t, std::uint32_t> original, copy;
    for (auto [from, to] : twin.redrawn()) {
        original[to] = from;
        copy[from] = to;
    }
    Decisions one, other;
    auto divide = [&](const auto& from, auto& to_one, auto& to_other) {
        for (const auto& [instance, value] : from) {
            if (auto place = original.find(instance.first); place != original.end()) {
                to_other[{place->second, instance.second}] = value;
                continue;
            }
            to_one[instance] = value;
            if (!copy.contains(instance.first)) to_other[instance] = value;
        }
    };
    divide(all.taken, one.taken, other.taken);
    divide(all.numbers, one.numbers, other.numbers);
    const auto here = evaluate_decided(task, decided(single, worlds.values(), one), {first});
    const auto there = evaluate_decided(task, decided(single, worlds.values(), other), {first});
    if (!here || !there || *here == *there) return unknown(verdict, kNotConfirmed);

    verdict.status = Verdict::Status::refuted;
    std::vector<std::string> common, in_first, in_second;
    // What was drawn anew is shown on both sides.
    std::set<Decisions::Instance> shown;
    for (const PropertySearch::Reason& reason : worlds.reasons()) {
        const bool is_copy = original.contains(reason.source);
        if (!is_copy && !copy.contains(reason.source)) {
            common.push_back(reason.text);
            continue;
        }
        const std::uint32_t from = is_copy ? original.at(reason.source) : reason.source;
        if (!shown.insert(Decisions::instance(from, reason.key)).second) continue;
        const std::string first_text = worlds.taken_by(from, reason.key);
        const std::string second_text = worlds.taken_by(copy.at(from), reason.key);
        in_first.push_back(first_text.empty() ? "any" : first_text);
        in_second.push_back(second_text.empty() ? "any" : second_text);
    }
    const bool first_holds =
        std::ranges::any_of(*here, [&](const std::string& atom) { return !there->contains(atom); });
    if (!common.empty()) verdict.witness.push_back("both: " + list(common));
    verdict.witness.push_back("one: " + list(in_first));
    verdict.witness.push_back("the other: " + list(in_second));
    verdict.witness.push_back(fmt::format("{} holds in {} alone",
                                          program.print(first.atom, first.variables),
                                          first_holds ? "one" : "the other"));
    return verdict;
}

}  // namespace

std::vector<Verdict> verify(const Task& task) {
    Questions questions;
    for (const ir::Property& property : task.program->properties) {
        if (property.kind == ir::Property::Kind::never)
            questions.queries.push_back({property.violation, false, {}, property.span});
    }
    const ir::Program program = with_unknown_numbers(*task.program, questions);
    const Inference inference = evaluate(task, program, questions);
    std::optional<PropertySearch> worlds;
    if (inference.limits.empty()) worlds.emplace(program, inference, task.limits);

    std::vector<Verdict> verdicts;
    std::size_t asked = 0;
    for (const ir::Property& property : program.properties) {
        Verdict verdict;
        verdict.property = text_of(*task.sources, property.span);
        verdict.status = Verdict::Status::proved;
        if (property.kind == ir::Property::Kind::invariant) {
            verdicts.push_back(verify_invariant(task, property, std::move(verdict)));
            continue;
        }
        const std::size_t q = asked++;
        if (!worlds) {
            verdicts.push_back(unknown(std::move(verdict), inference.limits.front()));
            continue;
        }
        const Check found = worlds->find(worlds->truth(inference.answers[q].front()));
        if (found == Check::unknown) {
            verdict = unknown(std::move(verdict), worlds->reason());
        } else if (found == Check::satisfiable) {
            const auto confirmed =
                evaluate_decided(task, decided(program, worlds->values(), worlds->decisions()),
                                 {questions.queries[q]});
            if (confirmed && !confirmed->empty()) {
                verdict.status = Verdict::Status::refuted;
                std::vector<std::string> texts;
                for (const PropertySearch::Reason& reason : worlds->reasons())
                    texts.push_back(reason.text);
                verdict.witness.push_back(list(texts));
            } else {
                verdict = unknown(std::move(verdict), kNotConfirmed);
            }
        }
        verdicts.push_back(std::move(verdict));
    }
    return verdicts;
}

}  // namespace entail

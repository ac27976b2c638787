#include "programs/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "symbolic/decide/encoding.h"
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
class Worlds {
public:
    Worlds(const ir::Program& program, const Inference& inference, const eval::Limits& limits)
        : program_(program),
          inference_(inference),
          limits_(solver_limits(limits)),
          solver_(context_),
          encoding_(inference.database.graph, context_, [&](Term term) { solver_.add(term); }) {
        for (const circuit::Condition& demand : inference.demands)
            encoding_.require(demand.node, demand.value);
        if (!inference.compiled.satisfiable) solver_.add(context_.truth(false));
    }

    smt::Context& context() { return context_; }
    const std::string& reason() const { return solver_.reason(); }

    /// Whether the atom of a candidate holds.
    Term truth(const Candidate& candidate) {
        if (candidate.compiled) return encoding_.node(inference_.nodes[*candidate.compiled]);
        return context_.truth(candidate.row.has_value());
    }

    Check find(Term violation) {
        violation_ = violation;
        const Term assumed[] = {violation};
        const Check found = solver_.check(assumed, limits_);
        if (found == Check::satisfiable) world_ = encoding_.world(solver_.model());
        return found;
    }
    const provenance::World& world() const { return world_; }

    /// What of the world is enough for the violation, in the order of the program.
    std::vector<ChoiceLiteral> reasons() {
        std::vector<Term> assumed{context_.negation(violation_)};
        std::vector<ChoiceLiteral> taken;
        for (provenance::ChoiceId choice : encoding_.choices()) taken.push_back({choice, 0});
        for (ChoiceLiteral& literal : taken) literal.alternative = world_[literal.choice];
        sort_by_place(program_, inference_.database, taken);
        for (ChoiceLiteral literal : taken) assumed.push_back(encoding_.alternative(literal));
        if (solver_.check(assumed, limits_) != Check::unsatisfiable) return taken;
        // The last are kept where there is a choice: so the first is asked about last.
        std::vector<Term> core = solver_.core();
        std::ranges::reverse(core);
        const std::vector<Term> minimal = solver_.minimal_core(core, limits_).terms;
        std::erase_if(taken, [&](ChoiceLiteral literal) {
            return std::ranges::find(minimal, encoding_.alternative(literal)) == minimal.end();
        });
        return taken;
    }

private:
    const ir::Program& program_;
    const Inference& inference_;
    smt::Limits limits_;
    smt::Context context_;
    smt::Solver solver_;
    decide::Encoding encoding_;
    Term violation_;
    provenance::World world_;
};

std::string list(const ir::Program& program, const eval::Database& database,
                 const std::vector<ChoiceLiteral>& literals) {
    std::string text;
    for (ChoiceLiteral literal : literals)
        text += (text.empty() ? "" : ", ") + print_taken(program, database, literal);
    return text.empty() ? "every world" : text;
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
    ir::Program program = *task.program;
    const ir::Twin twin(program, {}, property.under);
    for (ir::PredicateId constraint : task.program->constraints) {
        if (twin.of(constraint) != constraint) program.constraints.push_back(twin.of(constraint));
    }
    ir::Query first{property.atom, false, property.variables, property.span}, second = first;
    second.atom.predicate = twin.of(first.atom.predicate);
    if (second.atom.predicate == first.atom.predicate) return verdict;  // out of reach: proved
    Questions questions;
    questions.queries = {first, second};
    Task twin_task = task;
    for (const eval::ExtraFact& fact : task.facts) {
        if (twin.of(fact.predicate) != fact.predicate)
            twin_task.facts.push_back({twin.of(fact.predicate), fact.row});
    }
    const Inference inference = evaluate(twin_task, program, questions);
    if (!inference.limits.empty()) return unknown(verdict, inference.limits.front());

    Worlds worlds(program, inference, task.limits);
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
    Decisions all = decisions_of(inference.database, worlds.world()), one, other;
    std::map<std::uint32_t, std::uint32_t> original;
    for (auto [from, to] : twin.redrawn()) original[to] = from;
    for (const auto& [instance, alternative] : all) {
        if (!original.contains(instance.first)) one[instance] = alternative;
    }
    other = one;
    for (auto [from, to] : twin.redrawn()) {
        std::erase_if(other, [&](const auto& entry) { return entry.first.first == from; });
    }
    for (const auto& [instance, alternative] : all) {
        if (auto place = original.find(instance.first); place != original.end())
            other[{place->second, instance.second}] = alternative;
    }
    const auto here =
        evaluate_decided(task, decided(*task.program, inference.database.values, one), {first});
    const auto there =
        evaluate_decided(task, decided(*task.program, inference.database.values, other), {first});
    if (!here || !there || *here == *there) return unknown(verdict, kNotConfirmed);

    verdict.status = Verdict::Status::refuted;
    std::vector<ChoiceLiteral> common, in_first, in_second;
    const auto& graph = inference.database.graph;
    std::set<std::uint32_t> drawn_anew;
    for (auto [from, to] : twin.redrawn()) drawn_anew.insert(from);
    for (ChoiceLiteral literal : worlds.reasons()) {
        const std::uint32_t source = graph.choice(literal.choice).source;
        (original.contains(source)     ? in_second
         : drawn_anew.contains(source) ? in_first
                                       : common)
            .push_back(literal);
    }
    // A redrawn choice that is enough on one side alone is shown on both.
    auto complete = [&](std::vector<ChoiceLiteral>& into, const std::vector<ChoiceLiteral>& from,
                        bool to_second) {
        for (ChoiceLiteral literal : from) {
            const provenance::Choice& choice = graph.choice(literal.choice);
            for (auto [a, b] : twin.redrawn()) {
                if (choice.source != (to_second ? a : b)) continue;
                for (provenance::ChoiceId c = 0; c < graph.choice_count(); ++c) {
                    const provenance::Choice& other_choice = graph.choice(c);
                    if (other_choice.source != (to_second ? b : a) ||
                        other_choice.key != choice.key ||
                        std::ranges::find(into, c, &ChoiceLiteral::choice) != into.end())
                        continue;
                    into.push_back({c, worlds.world()[c]});
                }
            }
        }
    };
    const std::vector<ChoiceLiteral> only_first = in_first;
    complete(in_first, in_second, false);
    complete(in_second, only_first, true);
    const bool first_holds =
        std::ranges::any_of(*here, [&](const std::string& atom) { return !there->contains(atom); });
    if (!common.empty())
        verdict.witness.push_back("both: " + list(program, inference.database, common));
    verdict.witness.push_back("one: " + list(program, inference.database, in_first));
    verdict.witness.push_back("the other: " + list(program, inference.database, in_second));
    verdict.witness.push_back(fmt::format("{} holds in {} alone",
                                          program.print(first.atom, first.variables),
                                          first_holds ? "one" : "the other"));
    return verdict;
}

}  // namespace

std::vector<Verdict> verify(const Task& task) {
    const ir::Program& program = *task.program;
    Questions questions;
    for (const ir::Property& property : program.properties) {
        if (property.kind == ir::Property::Kind::never)
            questions.queries.push_back({property.violation, false, {}, property.span});
    }
    const Inference inference = evaluate(task, program, questions);
    std::optional<Worlds> worlds;
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
                evaluate_decided(task,
                                 decided(program, inference.database.values,
                                         decisions_of(inference.database, worlds->world())),
                                 {questions.queries[q]});
            if (confirmed && !confirmed->empty()) {
                verdict.status = Verdict::Status::refuted;
                verdict.witness.push_back(list(program, inference.database, worlds->reasons()));
            } else {
                verdict = unknown(std::move(verdict), kNotConfirmed);
            }
        }
        verdicts.push_back(std::move(verdict));
    }
    return verdicts;
}

}  // namespace entail

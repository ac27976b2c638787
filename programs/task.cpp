#include "programs/task.h"

#include <algorithm>
#include <cmath>

#include "symbolic/eval/instance_text.h"
#include "symbolic/ir/unknowns.h"

namespace entail {
namespace {

/// The values of a statement's key, for printing: what is not in it stays a name.
struct KeyBindings {
    KeyBindings(const ir::ChoiceRule& rule, const provenance::Choice& choice)
        : values(rule.variables.size()), bound(rule.variables.size(), false) {
        for (std::size_t k = 0; k < rule.key.size(); ++k) {
            values[rule.key[k]] = choice.key[k];
            bound[rule.key[k]] = true;
        }
    }
    std::vector<Value> values;
    std::vector<bool> bound;
};

/// What the alternative says: an atom, or of the silent one the heads that it leaves out.
std::string head_of(const ir::ChoiceRule& rule, std::uint32_t written,
                    const eval::InstanceText& text, const eval::Instance& instance,
                    const std::string& body) {
    if (written != ir::kNone) return text.atom(rule.heads[written], instance) + body;
    std::string heads;
    for (const ir::Atom& head : rule.heads)
        heads += (heads.empty() ? "" : " ; ") + text.atom(head, instance);
    const bool is_plain = rule.heads.size() == 1 && body.empty();
    return is_plain ? "\\+ " + heads : "\\+ (" + heads + body + ")";
}

}  // namespace

Questions about(const Task& task, std::vector<ir::Query> queries) {
    Questions questions;
    questions.queries = std::move(queries);
    questions.evidence = task.program->evidence;
    questions.evidence.insert(questions.evidence.end(), task.given.begin(), task.given.end());
    return questions;
}

Inference evaluate(const Task& task, const ir::Program& program, Questions questions) {
    questions.facts = task.facts;
    Diagnostics diagnostics;
    Inference inference = infer(program, questions, task.limits, diagnostics, Purpose::formulas);
    task.check(diagnostics);
    return inference;
}

std::string limit_reached(const eval::Limits& limits, std::size_t bytes) {
    if (bytes > limits.max_memory) return "memory";
    if (limits.interrupt != nullptr && limits.interrupt->load(std::memory_order_relaxed))
        return "interrupted";
    const bool late = limits.deadline && std::chrono::steady_clock::now() >= *limits.deadline;
    return late ? "time" : "";
}

ir::Program with_unknown_numbers(ir::Program program, const Questions& questions) {
    const std::vector<ir::Call> calls = calls_of(program, questions);
    for (std::uint32_t c = 0; c < program.choices.size(); ++c) {
        const ir::ChoiceRule& choice = program.choices[c];
        if (choice.numbers && !choice.is_unknown && ir::is_only_compared(program, c, calls))
            ir::make_unknown(program, c);
    }
    return program;
}

double shown_log10(double log10) {
    constexpr double kLeast = -307;
    return log10 < kLeast && std::isfinite(log10) ? log10 : 0;
}

smt::Limits solver_limits(const eval::Limits& limits) {
    return {limits.deadline, limits.max_memory, limits.interrupt};
}

std::vector<bool> free_choices(const ir::Program& program,
                               const provenance::DerivationGraph& graph) {
    std::vector<bool> free;
    for (provenance::ChoiceId c = 0; c < graph.choice_count(); ++c) {
        const provenance::Choice& choice = graph.choice(c);
        free.push_back(choice.theory ||
                       program.choices[choice.source].kind == ir::ChoiceRule::Kind::free);
    }
    return free;
}

smt::Term truth_of(const Inference& inference, const Candidate& candidate,
                   decide::Encoding& encoding, smt::Context& context) {
    if (candidate.compiled) return encoding.node(inference.nodes[*candidate.compiled]);
    return context.truth(candidate.row.has_value());
}

Decisions::Instance Decisions::instance(std::uint32_t choice, const std::vector<Value>& key) {
    Instance result{choice, {}};
    for (Value value : key) result.second.push_back(value.bits());
    return result;
}

Decisions decisions_of(const eval::Database& database, decide::Encoding& encoding,
                       const smt::Model& model, ValueStore& values) {
    Decisions result;
    const provenance::World world = encoding.world(model);
    for (provenance::ChoiceId c = 0; c < database.graph.choice_count(); ++c) {
        const provenance::Choice& choice = database.graph.choice(c);
        if (choice.theory) continue;
        result.taken[Decisions::instance(choice.source, choice.key)] =
            database.weights[c].alternatives[world[c]];
    }
    for (const eval::UnknownInstance& unknown : database.unknowns) {
        const UnknownNumber& number =
            database.values.unknown(database.values.unknown_id(unknown.value));
        Value value = number.is_integer ? values.integer(0) : values.real(0);
        if (encoding.theory().mentions(unknown.value)) {
            value = encoding.theory().known(unknown.value, model, values);
        } else if (number.lower || number.upper) {
            value = number.lower ? *number.lower : *number.upper;
        }
        result.numbers[Decisions::instance(unknown.source, unknown.key)] = value;
    }
    return result;
}

namespace {

/// Tables of what statements take, one a statement: what is taken, then the key.
class TakenTables {
public:
    explicit TakenTables(ir::Program& program) : program_(program) {}
    ir::PredicateId of(std::uint32_t choice) {
        auto [table, is_new] = tables_.try_emplace(choice);
        if (is_new) {
            ir::Predicate predicate;
            predicate.name = "taken";
            predicate.arity = static_cast<std::uint32_t>(program_.choices[choice].key.size() + 1);
            predicate.span = program_.choices[choice].span;
            predicate.internal = true;
            table->second = program_.add_predicate(std::move(predicate));
        }
        return table->second;
    }

private:
    ir::Program& program_;
    std::map<std::uint32_t, ir::PredicateId> tables_;
};

}  // namespace

ir::Program decided(const ir::Program& program, const ValueStore& values,
                    const Decisions& decisions) {
    ir::Program result = program;
    result.values = values;
    result.rules.clear();
    TakenTables tables(result);
    for (const ir::Rule& original : program.rules) {
        ir::Rule rule = original;
        for (ir::Literal& literal : rule.body) {
            if (literal.kind != ir::Literal::Kind::unknown) continue;
            literal.kind = ir::Literal::Kind::atom;
            literal.atom.predicate = tables.of(literal.choice);
            literal.atom.args.insert(literal.atom.args.begin(), literal.left);
        }
        if (rule.choice == ir::kNone) {
            result.rules.push_back(std::move(rule));
            continue;
        }
        for (const ir::Head& head : original.heads) {
            ir::Literal taken;
            taken.span = rule.span;
            taken.atom.predicate = tables.of(original.choice);
            taken.atom.span = rule.span;
            taken.atom.args.push_back(
                ir::Term::make_constant(result.values.integer(head.alternative)));
            for (ir::VariableId v : program.choices[original.choice].key)
                taken.atom.args.push_back(ir::Term::make_variable(v));
            ir::Rule certain = rule;
            certain.heads = {{head.atom, 0}};
            certain.choice = ir::kNone;
            certain.body.push_back(std::move(taken));
            result.rules.push_back(std::move(certain));
        }
    }
    auto add = [&](const Decisions::Instance& instance, Value taken) {
        std::vector<Value> row{taken};
        for (std::uint32_t value : instance.second) row.push_back(Value::from_bits(value));
        result.add_fact(tables.of(instance.first), row, {});
    };
    for (const auto& [instance, alternative] : decisions.taken) {
        if (alternative != ir::kNone) add(instance, result.values.integer(alternative));
    }
    for (const auto& [instance, number] : decisions.numbers) add(instance, number);
    return result;
}

std::string print_taken(const ir::Program& program, const eval::Database& database,
                        provenance::ChoiceLiteral literal) {
    const provenance::Choice& choice = database.graph.choice(literal.choice);
    const ir::ChoiceRule& rule = program.choices[choice.source];
    const KeyBindings key(rule, choice);
    const eval::InstanceText text(program, database.values, nullptr);
    return head_of(rule, database.weights[literal.choice].alternatives[literal.alternative], text,
                   {key.values, key.bound, rule.variables}, "");
}

std::string print_clause(const ir::Program& program, const eval::Database& database,
                         const SourceSet& sources, provenance::ChoiceLiteral literal) {
    const provenance::Choice& choice = database.graph.choice(literal.choice);
    const ir::ChoiceRule& rule = program.choices[choice.source];
    const KeyBindings key(rule, choice);
    const eval::InstanceText text(program, database.values, &sources);
    const eval::Instance instance{key.values, key.bound, rule.variables};
    const auto clause = std::ranges::find(program.rules, choice.source, &ir::Rule::choice);
    std::string body;
    if (clause != program.rules.end() && !clause->body.empty()) {
        // Ways through a disjunction have variables of their own behind those of the statement.
        KeyBindings own(rule, choice);
        own.values.resize(clause->variables.size());
        own.bound.resize(clause->variables.size(), false);
        body = " :- " + text.conjunction(clause->body, {own.values, own.bound, clause->variables});
    }
    return head_of(rule, database.weights[literal.choice].alternatives[literal.alternative], text,
                   instance, body);
}

void sort_by_place(const ir::Program& program, const eval::Database& database,
                   std::vector<provenance::ChoiceLiteral>& literals) {
    std::ranges::sort(literals, [&](provenance::ChoiceLiteral a, provenance::ChoiceLiteral b) {
        const provenance::Choice& x = database.graph.choice(a.choice);
        const provenance::Choice& y = database.graph.choice(b.choice);
        const SourceSpan s = program.choices[x.source].span, t = program.choices[y.source].span;
        if (s.source != t.source) return s.source < t.source;
        if (s.begin != t.begin) return s.begin < t.begin;
        for (std::size_t k = 0; k < std::min(x.key.size(), y.key.size()); ++k) {
            const int order = database.values.compare(x.key[k], y.key[k]);
            if (order != 0) return order < 0;
        }
        return a.choice < b.choice;
    });
}

}  // namespace entail

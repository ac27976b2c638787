#include "programs/claims/knowledge.h"

#include <algorithm>
#include <set>

#include "programs/inference.h"
#include "symbolic/base/value.h"
#include "symbolic/eval/explain.h"

namespace entail::claims {
namespace {

using smt::Term;

/// The predicates that rules, facts and choices of the program define.
std::set<ir::PredicateId> closed_predicates(const ir::Program& program) {
    std::set<ir::PredicateId> result;
    for (const ir::Rule& rule : program.rules) {
        if (rule.origin != ir::RuleOrigin::program && rule.origin != ir::RuleOrigin::stage)
            continue;
        for (const ir::Head& head : rule.heads) result.insert(head.atom.predicate);
    }
    for (const ir::Fact& fact : program.facts) result.insert(fact.predicate);
    for (const ir::ChoiceRule& choice : program.choices) {
        for (const ir::Atom& head : choice.heads) result.insert(head.predicate);
    }
    return result;
}

const ast::Formula& formula_of(const ast::Statement& statement) {
    if (const auto* claim = std::get_if<ast::Claim>(&statement.form)) return claim->formula;
    return std::get<ast::Sentence>(statement.form).formula;
}

/// The closed predicates that sentences mention, each with the place of its first mention.
std::map<ir::PredicateId, SourceSpan> mentioned(const LoadedProgram& loaded,
                                                std::span<const ast::Statement> claims) {
    const std::set<ir::PredicateId> closed = closed_predicates(loaded.program);
    std::map<ir::PredicateId, SourceSpan> result;
    auto visit = [&](const Symbol& symbol, SourceSpan span) {
        if (symbol.kind != Symbol::Kind::predicate) return;
        const auto id = loaded.program.find(symbol.name, symbol.arity);
        if (id && closed.contains(*id)) result.emplace(*id, span);
    };
    for (const ast::Statement& sentence : loaded.sentences)
        for_each_symbol(formula_of(sentence), visit);
    for (const ast::Statement& claim : claims) for_each_symbol(formula_of(claim), visit);
    return result;
}

/// The names among the values of rules and facts, inside of terms too.
class Constants {
public:
    explicit Constants(const ir::Program& program) : values_(program.values) {
        for (const Value value : program.fact_values) add(value);
        for (const ir::Rule& rule : program.rules) {
            if (rule.origin == ir::RuleOrigin::library) continue;
            for (const ir::Head& head : rule.heads) add(head.atom);
            for (const ir::Literal& literal : rule.body) {
                add(literal.atom);
                for (const ir::Term* term : {&literal.left, &literal.right, &literal.upper})
                    add(*term);
                for (const Value value : literal.values) add(value);
            }
        }
        for (const ir::ChoiceRule& choice : program.choices) {
            for (const ir::Atom& head : choice.heads) add(head);
        }
    }
    std::set<std::string> take() { return std::move(names_); }

private:
    void add(const ir::Atom& atom) {
        for (const ir::Term& term : atom.args) add(term);
    }
    void add(const ir::Term& term) {
        if (term.is_constant()) add(term.value);
        for (const ir::Term& argument : term.args) add(argument);
    }
    void add(Value root) {
        std::vector<Value> open{root};
        while (!open.empty()) {
            const Value value = open.back();
            open.pop_back();
            if (values_.kind(value) == ValueKind::atom)
                names_.insert(std::string(values_.text(value)));
            if (values_.kind(value) != ValueKind::compound || !seen_.insert(value.bits()).second)
                continue;
            for (const Value argument : values_.arguments(value)) open.push_back(argument);
        }
    }

    const ValueStore& values_;
    std::set<std::uint32_t> seen_;
    std::set<std::string> names_;
};

ir::Query open_query(const ir::Predicate& predicate, ir::PredicateId id, SourceSpan span) {
    ir::Query query;
    query.span = span;
    query.atom.predicate = id;
    query.atom.span = span;
    for (std::uint32_t i = 0; i < predicate.arity; ++i) {
        query.atom.args.push_back(ir::Term::make_variable(i));
        query.variables.push_back(fmt::format("X{}", i + 1));
    }
    return query;
}

/// Evidence, or a constraint, that its atom is `value`. Nothing where it holds in every world.
std::optional<Item> condition(const eval::Database& database, const ir::Atom& atom, bool value,
                              SourceSpan span) {
    std::vector<Value> tuple;
    for (const ir::Term& term : atom.args) tuple.push_back(term.value);
    const eval::Relation& relation = database.relations[atom.predicate];
    const eval::Row row = relation.find(tuple);
    Item item;
    item.kind = Item::Kind::condition;
    item.span = span;
    item.value = value;
    if (row != eval::kNoRow && !relation.is_certain(row)) {
        item.node = relation.node(row);
    } else {
        if ((row != eval::kNoRow) == value) return std::nullopt;
        item.value = false;
    }
    return item;
}

std::string one_line(std::string_view text) {
    std::string result;
    for (char c : text) {
        const bool is_blank = c == ' ' || (c >= '\t' && c <= '\r');
        if (!is_blank)
            result += c;
        else if (!result.empty() && result.back() != ' ')
            result += ' ';
    }
    return result;
}

Knowledge statement(SourceSpan span, const SourceSet& sources) {
    return {sources.place(span), one_line(sources.text(span)), {}};
}

void add_once(std::vector<Knowledge>& list, Knowledge knowledge) {
    const bool is_known = std::ranges::any_of(list, [&](const Knowledge& one) {
        return one.place == knowledge.place && one.text == knowledge.text;
    });
    if (!is_known) list.push_back(std::move(knowledge));
}

/// The statements that a certain fact follows from, by one proof of it.
std::vector<Knowledge> proof_of(const Item& fact, const Evaluated& evaluated,
                                const LoadedProgram& loaded) {
    const eval::Database& database = evaluated.database;
    std::vector<double> weights(database.graph.weight_count(), 1.0);
    eval::ExplainContext context;
    context.sources = &loaded.sources;
    const proof::Proof proof =
        eval::explain(loaded.program, database, weights, fact.predicate, fact.row, context);
    std::vector<Knowledge> result;
    for (auto step = proof.steps.rbegin(); step != proof.steps.rend(); ++step) {
        if (step->kind == proof::Step::Kind::absent) {
            add_once(result, {"", "not " + step->atom, {}});
        } else if (!step->text.empty()) {
            add_once(result, {proof::print(step->place), one_line(step->text), {}});
        }
    }
    return result;
}

/// The statements that any derivation of an uncertain fact uses.
std::vector<Knowledge> sources_of(provenance::NodeId from, const Evaluated& evaluated,
                                  const LoadedProgram& loaded) {
    const provenance::DerivationGraph& graph = evaluated.database.graph;
    std::set<provenance::NodeId> seen{from};
    std::vector<provenance::NodeId> open{from};
    std::vector<Knowledge> result;
    while (!open.empty()) {
        const provenance::NodeId node = open.back();
        open.pop_back();
        const auto [first, last] = graph.derivations(node);
        for (provenance::DerivationId id = first; id < last; ++id) {
            const provenance::Derivation& derivation = graph.derivation(id);
            if (derivation.rule != provenance::kNone) {
                const SourceSpan span = loaded.program.rules[derivation.rule].span;
                if (span.end != 0) add_once(result, statement(span, loaded.sources));
            }
            for (const provenance::Premise premise : graph.premises(derivation)) {
                if (seen.insert(premise.node()).second) open.push_back(premise.node());
            }
        }
    }
    return result;
}

}  // namespace

Evaluated evaluate(const LoadedProgram& loaded, std::span<const ast::Statement> claims,
                   const eval::Limits& limits, Diagnostics& diagnostics) {
    Evaluated result;
    const ir::Program& program = loaded.program;
    const std::map<ir::PredicateId, SourceSpan> closed = mentioned(loaded, claims);
    result.constants = Constants(program).take();
    Questions questions;
    questions.evidence = program.evidence;
    for (const auto& [id, span] : closed)
        questions.queries.push_back(open_query(program.predicates[id], id, span));
    const ir::Specialised specialised =
        ir::specialise(program, calls_of(program, questions), diagnostics);
    if (diagnostics.has_errors()) return result;
    result.database = eval::evaluate(program, specialised, program.values, {}, limits, diagnostics);
    result.limits = result.database.limits;
    if (diagnostics.has_errors() || !result.limits.empty()) return result;

    const eval::Database& database = result.database;
    result.items.push_back({Item::Kind::distinct, {}, nullptr, ir::kNone, eval::kNoRow, {}, true});
    for (const auto& [id, span] : closed)
        result.items.push_back(
            {Item::Kind::closed, program.predicates[id].span, nullptr, id, eval::kNoRow, {}, true});
    auto add_condition = [&](const ir::Atom& atom, bool value, SourceSpan span) {
        if (auto item = condition(database, atom, value, span)) result.items.push_back(*item);
    };
    for (const ir::PredicateId constraint : program.constraints) {
        ir::Atom atom;
        atom.predicate = constraint;
        add_condition(atom, false, program.predicates[constraint].span);
    }
    for (const ir::Evidence& evidence : program.evidence)
        add_condition(evidence.atom, evidence.value, evidence.span);
    for (const auto& [id, span] : closed) {
        const eval::Relation& relation = database.relations[id];
        for (eval::Row row = 0; row < relation.size(); ++row) {
            const bool is_open = std::ranges::any_of(relation[row], [&](Value value) {
                return database.values.kind(value) == ValueKind::unknown;
            });
            if (is_open) {
                diagnostics
                    .report(DiagnosticCode::not_supported, span,
                            "a number that is not known yet, in a sentence,")
                    .hint = "define what is to be said of it by a rule";
                return result;
            }
            Item item{Item::Kind::fact, {}, nullptr, id, row, {}, true};
            if (!relation.is_certain(row)) item.node = relation.node(row);
            result.items.push_back(item);
        }
    }
    for (const ast::Statement& sentence : loaded.sentences) {
        Item item;
        item.span = sentence.span;
        item.formula = &formula_of(sentence);
        result.items.push_back(item);
    }
    return result;
}

Knowledge describe(const Item& item, const Evaluated& evaluated, const LoadedProgram& loaded) {
    const eval::Database& database = evaluated.database;
    switch (item.kind) {
        case Item::Kind::distinct:
            return {"",
                    "what rules and facts name differently is different, and so are numbers and "
                    "strings",
                    {}};
        case Item::Kind::closed: {
            const ir::Predicate& predicate = loaded.program.predicates[item.predicate];
            return {
                loaded.sources.place(predicate.span),
                fmt::format("nothing else is {}/{}", quote_atom(predicate.name), predicate.arity),
                {}};
        }
        case Item::Kind::fact: {
            const ir::Predicate& predicate = loaded.program.predicates[item.predicate];
            std::string text = quote_atom(predicate.name);
            const auto row = database.relations[item.predicate][item.row];
            for (std::size_t i = 0; i < row.size(); ++i)
                text += (i == 0 ? "(" : ",") + database.values.print(row[i]);
            if (!row.empty()) text += ")";
            std::vector<Knowledge> from = item.node ? sources_of(*item.node, evaluated, loaded)
                                                    : proof_of(item, evaluated, loaded);
            if (from.size() == 1 && !item.node) return from[0];
            return {"", text, std::move(from)};
        }
        case Item::Kind::condition:
        case Item::Kind::sentence:
            break;
    }
    return statement(item.span, loaded.sources);
}

Instance::Instance(const Evaluated& evaluated, smt::Context& context)
    : evaluated_(evaluated),
      theory_(context),
      encoding_(evaluated.database, context, [this](Term term) { definitions_.push_back(term); }) {}

std::vector<Term> Instance::arguments(const Item& fact) {
    std::vector<Term> result;
    const eval::Database& database = evaluated_.database;
    for (Value value : database.relations[fact.predicate][fact.row])
        result.push_back(theory_.value(value, database.values));
    return result;
}

std::vector<Term> Instance::values() {
    std::set<Term> values;
    for (const auto& [symbol, term] : theory_.constants()) {
        const bool is_literal =
            symbol.kind == Symbol::Kind::number || symbol.kind == Symbol::Kind::string;
        const bool is_named =
            symbol.kind == Symbol::Kind::atom && evaluated_.constants.contains(symbol.name);
        if (is_literal || is_named) values.insert(term);
    }
    for (const Item& item : evaluated_.items) {
        if (item.kind != Item::Kind::fact) continue;
        for (const Term value : arguments(item)) values.insert(value);
    }
    return {values.begin(), values.end()};
}

Term Instance::term(const Item& item) {
    smt::Context& context = theory_.context();
    const eval::Database& database = evaluated_.database;
    switch (item.kind) {
        case Item::Kind::sentence:
            return theory_.formula(*item.formula);
        case Item::Kind::condition:
            if (!item.node) return context.truth(false);
            return item.value ? encoding_.node(*item.node)
                              : context.negation(encoding_.node(*item.node));
        case Item::Kind::fact: {
            const Term atom =
                theory_.atom(database.predicates[item.predicate].name, arguments(item));
            return item.node ? context.equivalence(atom, encoding_.node(*item.node)) : atom;
        }
        case Item::Kind::closed: {
            const ir::Predicate& predicate = database.predicates[item.predicate];
            std::vector<Term> variables;
            for (std::uint32_t i = 0; i < predicate.arity; ++i)
                variables.push_back(context.variable(smt::Sort::individual, "x"));
            std::vector<Term> rows;
            const eval::Relation& relation = database.relations[item.predicate];
            for (eval::Row row = 0; row < relation.size(); ++row) {
                Item fact = item;
                fact.row = row;
                const std::vector<Term> values = arguments(fact);
                std::vector<Term> equal;
                for (std::size_t i = 0; i < values.size(); ++i)
                    equal.push_back(context.equal(variables[i], values[i]));
                rows.push_back(context.conjunction(equal));
            }
            return context.for_all(variables,
                                   context.implication(theory_.atom(predicate.name, variables),
                                                       context.disjunction(rows)));
        }
        case Item::Kind::distinct:
            break;
    }
    return context.distinct(values());
}

}  // namespace entail::claims

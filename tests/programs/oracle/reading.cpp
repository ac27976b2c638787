#include "tests/programs/oracle/reading.h"

#include <algorithm>
#include <functional>

namespace entail::tests {

namespace {

using ast::TermKind;

bool in_library(const std::string& name, std::size_t arity) {
    static const std::set<std::pair<std::string, std::size_t>> kLibrary = {
        {"between", 3},  {"member", 2}, {"append", 3}, {"length", 2},  {"nth0", 3}, {"reverse", 2},
        {"sum_list", 2}, {"true", 0},   {"fail", 0},   {"false", 0},   {"nth1", 3}, {"last", 2},
        {"msort", 2},    {"sort", 2},   {"select", 3}, {"max_list", 2}};
    return kLibrary.count({name, arity}) != 0;
}

class Reader {
public:
    Reading run(const ast::File& file) {
        for (const ast::Statement& statement : file.statements) define(statement);
        for (const ast::Statement& statement : file.statements) read_statement(statement);
        for (Predicate& predicate : reading_.predicates) collect_facts(predicate);
        find_components();
        return std::move(reading_);
    }

private:
    // --- predicates ---

    static std::size_t arity(const ast::Term& atom) { return atom.args.size(); }

    int predicate(const std::string& name, std::size_t arity) {
        const auto [at, fresh] = index_.try_emplace({name, arity}, reading_.predicates.size());
        if (fresh) {
            reading_.predicates.emplace_back();
            reading_.predicates.back().name = name;
            reading_.predicates.back().arity = static_cast<int>(arity);
        }
        return static_cast<int>(at->second);
    }

    /// Own predicates hide the library's, so they are known before any body is read.
    void define(const ast::Statement& statement) {
        if (const auto* clause = std::get_if<ast::Clause>(&statement.form)) {
            for (const ast::Head& head : clause->heads) predicate(head.atom.text, arity(head.atom));
        } else if (const auto* draw = std::get_if<ast::Draw>(&statement.form)) {
            predicate(draw->head.text, arity(draw->head));
        } else if (const auto* choose = std::get_if<ast::Choose>(&statement.form)) {
            predicate(choose->head.text, arity(choose->head));
        } else if (const auto* type = std::get_if<ast::TypeDeclaration>(&statement.form)) {
            types_.emplace(type->name.text, &type->domain);
        }
    }

    void collect_facts(Predicate& predicate) {
        for (const auto& [c, h] : predicate.clauses) {
            const Clause& clause = reading_.clauses[static_cast<std::size_t>(c)];
            std::vector<Id> tuple;
            for (const Pattern& arg : clause.heads[static_cast<std::size_t>(h)].args)
                tuple.push_back(arg.ground);
            if (clause.kind != Clause::Kind::certain || !clause.body.empty() ||
                std::count(tuple.begin(), tuple.end(), -1) != 0) {
                predicate.facts_only = false;
                return;
            }
            if (std::find(predicate.facts.begin(), predicate.facts.end(), tuple) ==
                predicate.facts.end()) {
                predicate.facts.push_back(std::move(tuple));
            }
        }
    }

    void find_components() {
        std::vector<Predicate>& predicates = reading_.predicates;
        const std::size_t n = predicates.size();
        std::vector<std::vector<bool>> reach(n, std::vector<bool>(n, false));
        for (std::size_t i = 0; i < n; ++i)
            for (const auto& [j, negative] : predicates[i].depends)
                reach[i][static_cast<std::size_t>(j)] = true;
        for (std::size_t k = 0; k < n; ++k)
            for (std::size_t i = 0; i < n; ++i)
                for (std::size_t j = 0; j < n; ++j)
                    if (reach[i][k] && reach[k][j]) reach[i][j] = true;
        for (std::size_t i = 0; i < n; ++i) {
            predicates[i].recursive = reach[i][i];
            for (std::size_t j = 0; j <= i; ++j) {
                if (j == i || (reach[i][j] && reach[j][i])) {
                    predicates[i].component = static_cast<int>(j);
                    break;
                }
            }
            for (const auto& [j, negative] : predicates[i].depends) {
                if (negative && reach[static_cast<std::size_t>(j)][i])
                    throw OracleProgramError("cycle through negation or an aggregate");
            }
        }
    }

    // --- one clause: its variables ---

    struct Scope {
        std::set<std::string> outside;  // names that occur outside of every aggregate
        std::map<std::string, int> slots;
        std::vector<std::map<std::string, int>> aggregates;  // innermost last
        std::vector<bool> local;
    };

    int fresh_slot() {
        scope_.local.push_back(!scope_.aggregates.empty());
        return static_cast<int>(scope_.local.size()) - 1;
    }

    int slot_of(const std::string& name) {
        if (scope_.outside.count(name) == 0 && !scope_.aggregates.empty()) {
            const auto [at, fresh] = scope_.aggregates.back().try_emplace(name, 0);
            if (fresh) at->second = fresh_slot();
            return at->second;
        }
        const auto [at, fresh] = scope_.slots.try_emplace(name, 0);
        if (fresh) {
            at->second = static_cast<int>(scope_.local.size());
            scope_.local.push_back(false);
        }
        return at->second;
    }

    void note_names(const ast::Term& term) {
        if (term.kind == TermKind::variable) scope_.outside.insert(term.text);
        for (const ast::Term& arg : term.args) note_names(arg);
    }
    void note_names(const ast::Body& body) {
        for (const ast::Literal& literal : body) {
            if (const auto* atom = std::get_if<ast::Term>(&literal.form)) note_names(*atom);
            if (const auto* comparison = std::get_if<ast::Comparison>(&literal.form))
                for (const ast::Term& side : comparison->sides) note_names(side);
            if (const auto* membership = std::get_if<ast::Membership>(&literal.form))
                for (const ast::Term& side : membership->sides) note_names(side);
            if (const auto* aggregate = std::get_if<ast::Aggregate>(&literal.form))
                for (const ast::Term& result : aggregate->result) note_names(result);
            if (const auto* disjunction = std::get_if<ast::Disjunction>(&literal.form))
                for (const ast::Body& branch : disjunction->alternatives) note_names(branch);
        }
    }

    // --- terms ---

    Pattern compound(const std::string& functor, std::vector<Pattern> args) {
        Pattern result;
        std::vector<Id> ids;
        for (const Pattern& arg : args) {
            if (arg.is_ground()) ids.push_back(arg.ground);
        }
        if (ids.size() == args.size()) {
            result.ground = reading_.terms.compound(functor, ids);
            return result;
        }
        result.functor = functor;
        result.args = std::move(args);
        return result;
    }

    static Pattern constant(Id id) {
        Pattern result;
        result.ground = id;
        return result;
    }

    Pattern pattern(const ast::Term& term) {
        Pattern result;
        switch (term.kind) {
            case TermKind::variable:
                result.slot = slot_of(term.text);
                return result;
            case TermKind::anonymous:
                result.slot = fresh_slot();
                return result;
            case TermKind::integer:
                return constant(reading_.terms.integer(term.integer));
            case TermKind::real:
                return constant(reading_.terms.real(term.real));
            case TermKind::string:
                return constant(reading_.terms.string(term.text));
            case TermKind::atom:
                return constant(reading_.terms.atom(term.text));
            case TermKind::compound:
                return compound(term.text, patterns(term.args));
            case TermKind::list: {
                result =
                    term.has_tail ? pattern(*term.tail()) : constant(reading_.terms.atom("[]"));
                const auto elements = term.elements();
                for (std::size_t i = elements.size(); i-- > 0;) {
                    std::vector<Pattern> cell;
                    cell.push_back(pattern(elements[i]));
                    cell.push_back(std::move(result));
                    result = compound(".", std::move(cell));
                }
                return result;
            }
            case TermKind::set:
            case TermKind::range:
                break;
        }
        throw OracleRefusal("a domain where a term is expected");
    }

    std::vector<Pattern> patterns(const std::vector<ast::Term>& terms) {
        std::vector<Pattern> result;
        result.reserve(terms.size());
        for (const ast::Term& term : terms) result.push_back(pattern(term));
        return result;
    }

    Domain domain(const ast::Term& term) {
        Domain result;
        if (term.kind == TermKind::range) {
            result.kind = Domain::Kind::range;
            result.low = pattern(term.args[0]);
            result.high = pattern(term.args[1]);
            return result;
        }
        if (term.kind == TermKind::set) {
            result.values = patterns(term.args);
            return result;
        }
        if (term.kind == TermKind::atom) {
            if (const auto at = types_.find(term.text); at != types_.end())
                return domain(*at->second);
        }
        throw OracleRefusal("a domain that is not finite");
    }

    Chance chance(const ast::Weight& weight) {
        Chance result;
        if (weight.kind == ast::WeightKind::network ||
            (weight.kind == ast::WeightKind::learnable && weight.text.empty())) {
            throw OracleRefusal("a weight that is not known");
        }
        if (weight.kind == ast::WeightKind::expression) {
            result.expression = pattern(weight.expression.front());
            return result;
        }
        result.exact = weight.exact;
        result.numerator = weight.numerator;
        result.denominator = weight.denominator;
        result.value = weight.exact ? static_cast<double>(weight.numerator) /
                                          static_cast<double>(weight.denominator)
                                    : weight.value;
        return result;
    }

    // --- bodies ---

    static void slots_of(const Pattern& pattern, std::vector<int>& slots) {
        if (pattern.is_variable()) slots.push_back(pattern.slot);
        for (const Pattern& arg : pattern.args) slots_of(arg, slots);
    }

    Goal goal(const ast::Literal& literal) {
        Goal result;
        result.negated = literal.negated;
        if (const auto* atom = std::get_if<ast::Term>(&literal.form)) {
            result.name = atom->text;
            result.args = patterns(atom->args);
            if (index_.count({atom->text, arity(*atom)}) == 0 &&
                in_library(atom->text, arity(*atom))) {
                result.kind = Goal::Kind::library;
            } else {
                result.predicate = predicate(atom->text, arity(*atom));
            }
        } else if (const auto* comparison = std::get_if<ast::Comparison>(&literal.form)) {
            result.kind = Goal::Kind::comparison;
            result.op = comparison->op;
            result.args = patterns(comparison->sides);
        } else if (const auto* membership = std::get_if<ast::Membership>(&literal.form)) {
            result.kind = Goal::Kind::membership;
            result.args.push_back(pattern(membership->element()));
            result.domain = domain(membership->domain());
        } else if (const auto* aggregate = std::get_if<ast::Aggregate>(&literal.form)) {
            result.kind = Goal::Kind::aggregate;
            result.op = aggregate->op;
            result.function = aggregate->function;
            result.args = patterns(aggregate->result);
            scope_.aggregates.emplace_back();
            result.tuple = patterns(aggregate->over.front().tuple);
            result.bodies.push_back(goals(aggregate->over.front().body));
            scope_.aggregates.pop_back();
        } else {
            result.kind = Goal::Kind::disjunction;
            for (const ast::Body& branch : std::get<ast::Disjunction>(literal.form).alternatives)
                result.bodies.push_back(goals(branch));
        }
        for (const Pattern& arg : result.args) slots_of(arg, result.slots);
        for (const Pattern& arg : result.tuple) slots_of(arg, result.slots);
        for (const Pattern& arg : result.domain.values) slots_of(arg, result.slots);
        slots_of(result.domain.low, result.slots);
        slots_of(result.domain.high, result.slots);
        for (const Goals& body : result.bodies) {
            for (const Goal& inner : body)
                result.slots.insert(result.slots.end(), inner.slots.begin(), inner.slots.end());
        }
        return result;
    }

    Goals goals(const ast::Body& body) {
        Goals result;
        for (const ast::Literal& literal : body) result.push_back(goal(literal));
        return result;
    }

    /// A negated goal waits for the variables it shares with the rest of the clause; an aggregate
    /// for those in its braces that are not local.
    void find_needs(Goals& body, const std::vector<int>& occurrences) {
        for (Goal& goal : body) {
            std::map<int, int> inside;
            for (const int slot : goal.slots) ++inside[slot];
            for (const auto& [slot, count] : inside) {
                if (goal.negated && occurrences[static_cast<std::size_t>(slot)] > count)
                    goal.needs.push_back(slot);
            }
            if (goal.kind == Goal::Kind::aggregate) {
                std::vector<int> braces;
                for (const Pattern& part : goal.tuple) slots_of(part, braces);
                for (const Goal& inner : goal.bodies.front())
                    braces.insert(braces.end(), inner.slots.begin(), inner.slots.end());
                for (const int slot : braces) {
                    if (!scope_.local[static_cast<std::size_t>(slot)]) goal.needs.push_back(slot);
                }
            }
            for (Goals& inner : goal.bodies) find_needs(inner, occurrences);
        }
    }

    void note_dependencies(int from, const Goals& body, bool negative) {
        for (const Goal& goal : body) {
            const bool inner = negative || goal.negated || goal.kind == Goal::Kind::aggregate;
            if (goal.kind == Goal::Kind::atom) {
                reading_.predicates[static_cast<std::size_t>(from)].depends.emplace(goal.predicate,
                                                                                    inner);
            }
            for (const Goals& branch : goal.bodies) note_dependencies(from, branch, inner);
        }
    }

    // --- statements ---

    void finish(Clause& clause) {
        clause.slot_count = static_cast<int>(scope_.local.size());
        std::vector<int> slots;
        for (const Head& head : clause.heads) {
            for (const Pattern& arg : head.args) slots_of(arg, slots);
            if (head.chance.expression) slots_of(*head.chance.expression, slots);
        }
        for (const Goal& goal : clause.body)
            slots.insert(slots.end(), goal.slots.begin(), goal.slots.end());
        std::vector<int> occurrences(scope_.local.size(), 0);
        for (const int slot : slots) ++occurrences[static_cast<std::size_t>(slot)];
        find_needs(clause.body, occurrences);

        std::vector<int> last;
        if (clause.kind == Clause::Kind::draw || clause.kind == Clause::Kind::choose) {
            slots_of(clause.heads.front().args.back(), last);
            if (!clause.heads.front().args.back().is_variable())
                throw OracleRefusal("the drawn argument is not a variable");
            if (occurrences[static_cast<std::size_t>(last.front())] > 1)
                throw OracleRefusal("the drawn variable occurs twice");
        }
        for (int slot = 0; slot < clause.slot_count; ++slot) {
            if (!scope_.local[static_cast<std::size_t>(slot)] &&
                std::find(last.begin(), last.end(), slot) == last.end()) {
                clause.instance.push_back(slot);
            }
        }
        for (const Head& head : clause.heads) note_dependencies(head.predicate, clause.body, false);
    }

    void add(Clause clause) {
        finish(clause);
        const int number = static_cast<int>(reading_.clauses.size());
        for (std::size_t h = 0; h < clause.heads.size(); ++h) {
            reading_.predicates[static_cast<std::size_t>(clause.heads[h].predicate)]
                .clauses.emplace_back(number, static_cast<int>(h));
        }
        reading_.clauses.push_back(std::move(clause));
    }

    Head head(const ast::Term& atom) {
        Head result;
        result.predicate = predicate(atom.text, arity(atom));
        result.args = patterns(atom.args);
        return result;
    }

    Question question(const ast::Term& atom, bool negated) {
        scope_ = {};
        note_names(atom);
        Question result;
        result.negated = negated;
        result.predicate = predicate(atom.text, arity(atom));
        result.args = patterns(atom.args);
        result.slot_count = static_cast<int>(scope_.local.size());
        return result;
    }

    void read_statement(const ast::Statement& statement) {
        scope_ = {};
        Clause clause;
        if (const auto* rule = std::get_if<ast::Clause>(&statement.form)) {
            note_names(rule->body);
            for (const ast::Head& h : rule->heads) note_names(h.atom);
            for (const ast::Head& h : rule->heads) {
                if (h.weight && !h.weight->expression.empty())
                    note_names(h.weight->expression.front());
                clause.heads.push_back(head(h.atom));
                if (h.weight) {
                    clause.kind = Clause::Kind::weighted;
                    clause.heads.back().chance = chance(*h.weight);
                }
            }
            clause.body = goals(rule->body);
            add(std::move(clause));
        } else if (const auto* draw = std::get_if<ast::Draw>(&statement.form)) {
            if (draw->distribution.kind != ast::DistributionKind::categorical)
                throw OracleRefusal("a distribution other than categorical");
            note_names(draw->head);
            note_names(draw->body);
            clause.kind = Clause::Kind::draw;
            clause.heads.push_back(head(draw->head));
            for (const ast::CategoricalValue& choice : draw->distribution.choices)
                clause.drawn.emplace_back(pattern(choice.value), chance(choice.weight));
            clause.body = goals(draw->body);
            add(std::move(clause));
        } else if (const auto* choose = std::get_if<ast::Choose>(&statement.form)) {
            note_names(choose->head);
            note_names(choose->body);
            clause.kind = Clause::Kind::choose;
            clause.heads.push_back(head(choose->head));
            clause.domain = domain(choose->domain);
            clause.body = goals(choose->body);
            add(std::move(clause));
        } else if (const auto* constraint = std::get_if<ast::Constraint>(&statement.form)) {
            note_names(constraint->body);
            clause.body = goals(constraint->body);
            finish(clause);
            reading_.constraints.push_back(std::move(clause));
        } else if (const auto* query = std::get_if<ast::Query>(&statement.form)) {
            reading_.queries.push_back(question(query->atom, query->negated));
        } else if (const auto* evidence = std::get_if<ast::Evidence>(&statement.form)) {
            reading_.evidence.push_back(question(evidence->atom, evidence->negated));
        } else if (!std::holds_alternative<ast::Directive>(statement.form) &&
                   !std::holds_alternative<ast::TypeDeclaration>(statement.form) &&
                   !std::holds_alternative<ast::Signature>(statement.form)) {
            throw OracleRefusal("a statement outside of the oracle's fragment");
        }
    }

    Reading reading_;
    std::map<std::pair<std::string, std::size_t>, std::size_t> index_;
    std::map<std::string, const ast::Term*> types_;
    Scope scope_;
};

}  // namespace

Reading read(const ast::File& file) {
    return Reader().run(file);
}

}  // namespace entail::tests

#include "tests/programs/oracle/world.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>

namespace entail::tests {

using ast::ComparisonOp;

/// A borrowed callable, so that nested solutions cost no allocation.
struct World::Then {
    template <typename F>
    Then(const F& f)  // NOLINT: implicit, as in std::function
        : object(&f), call([](const void* o) { (*static_cast<const F*>(o))(); }) {}
    void operator()() const { call(object); }
    const void* object;
    void (*call)(const void*);
};

namespace {

constexpr std::size_t kMaxAnswers = 20000;

std::size_t at(int index) {
    return static_cast<std::size_t>(index);
}

/// A sum of rationals, exact as long as it fits.
class ExactSum {
public:
    void add(std::int64_t numerator, std::int64_t denominator) {
        std::int64_t a = 0, b = 0, c = 0;
        if (!fits_ || __builtin_mul_overflow(numerator_, denominator, &a) ||
            __builtin_mul_overflow(numerator, denominator_, &b) ||
            __builtin_mul_overflow(denominator_, denominator, &c) ||
            __builtin_add_overflow(a, b, &numerator_)) {
            fits_ = false;
            return;
        }
        denominator_ = c;
        const std::int64_t divisor = std::gcd(numerator_, denominator_);
        numerator_ /= divisor;
        denominator_ /= divisor;
    }
    bool fits() const { return fits_; }
    /// 1 minus the sum.
    double rest() const {
        return static_cast<double>(denominator_ - numerator_) / static_cast<double>(denominator_);
    }

private:
    bool fits_ = true;
    std::int64_t numerator_ = 0, denominator_ = 1;
};

}  // namespace

// --- terms under bindings ---

bool World::bound(const Pattern& pattern, const Bindings& bindings) const {
    if (pattern.is_ground()) return true;
    if (pattern.is_variable()) return bindings[at(pattern.slot)] >= 0;
    return std::all_of(pattern.args.begin(), pattern.args.end(),
                       [&](const Pattern& arg) { return bound(arg, bindings); });
}

Id World::value(const Pattern& pattern, const Bindings& bindings) {
    if (pattern.is_ground()) return pattern.ground;
    if (pattern.is_variable()) {
        const Id id = bindings[at(pattern.slot)];
        if (id < 0) throw OracleRefusal("a variable is not bound");
        return id;
    }
    std::vector<Id> args;
    for (const Pattern& arg : pattern.args) args.push_back(value(arg, bindings));
    return reading_.terms.compound(pattern.functor, std::move(args));
}

bool World::match(const Pattern& pattern, Id id, Bindings& bindings) const {
    if (pattern.is_ground()) return pattern.ground == id;
    if (pattern.is_variable()) {
        Id& slot = bindings[at(pattern.slot)];
        if (slot < 0) slot = id;
        return slot == id;
    }
    const Node& node = reading_.terms[id];
    if (node.shape != Shape::compound || node.text != pattern.functor ||
        node.args.size() != pattern.args.size()) {
        return false;
    }
    for (std::size_t i = 0; i < node.args.size(); ++i) {
        if (!match(pattern.args[i], node.args[i], bindings)) return false;
    }
    return true;
}

World::Unified World::unify(const Pattern& a, const Pattern& b, Bindings& bindings) {
    if (bound(a, bindings))
        return match(b, value(a, bindings), bindings) ? Unified::yes : Unified::no;
    if (bound(b, bindings))
        return match(a, value(b, bindings), bindings) ? Unified::yes : Unified::no;
    if (a.is_variable() || b.is_variable() || a.is_ground() || b.is_ground()) return Unified::stuck;
    if (a.functor != b.functor || a.args.size() != b.args.size()) return Unified::no;
    bool stuck = false;
    for (std::size_t i = 0; i < a.args.size(); ++i) {
        const Unified part = unify(a.args[i], b.args[i], bindings);
        if (part == Unified::no) return part;
        stuck = stuck || part == Unified::stuck;
    }
    return stuck ? Unified::stuck : Unified::yes;
}

Number World::number(Id id) const {
    const Node& node = reading_.terms[id];
    if (node.shape == Shape::integer) return {false, node.integer, 0.0};
    if (node.shape == Shape::real) return {true, 0, node.real};
    if (node.shape != Shape::compound)
        throw OracleProgramError("not a number: " + reading_.terms.print(id));
    const std::string functor = node.text;
    std::vector<Number> args;
    for (const Id arg : node.args) args.push_back(number(arg));
    return arithmetic(functor, args);
}

Number World::evaluate(const Pattern& pattern, const Bindings& bindings) {
    if (pattern.is_ground() || pattern.is_variable()) return number(value(pattern, bindings));
    std::vector<Number> args;
    for (const Pattern& arg : pattern.args) args.push_back(evaluate(arg, bindings));
    return arithmetic(pattern.functor, args);
}

Id World::term(const Number& number) {
    return number.is_real ? reading_.terms.real(number.real)
                          : reading_.terms.integer(number.integer);
}

bool World::compare(ComparisonOp op, const Number& a, const Number& b) const {
    const int order = tests::compare(a, b);
    switch (op) {
        case ComparisonOp::equal:
            return order == 0;
        case ComparisonOp::not_equal:
            return order != 0;
        case ComparisonOp::less:
            return order < 0;
        case ComparisonOp::less_equal:
            return order <= 0;
        case ComparisonOp::greater:
            return order > 0;
        case ComparisonOp::greater_equal:
            return order >= 0;
        default:
            break;
    }
    throw OracleRefusal("not an order");
}

std::vector<Id> World::elements(const Domain& domain, const Bindings& bindings) {
    std::vector<Id> result;
    if (domain.kind == Domain::Kind::set) {
        for (const Pattern& element : domain.values) result.push_back(value(element, bindings));
        return result;
    }
    const Number low = evaluate(domain.low, bindings);
    const Number high = evaluate(domain.high, bindings);
    if (low.is_real || high.is_real) throw OracleProgramError("a range of reals");
    for (std::int64_t i = low.integer; i <= high.integer; ++i)
        result.push_back(reading_.terms.integer(i));
    return result;
}

// --- goals ---

bool World::library_ready(const Goal& goal, const Bindings& bindings) const {
    const auto given = [&](std::size_t i) { return bound(goal.args[i], bindings); };
    if (goal.name == "between") return given(0) && given(1);
    if (goal.name == "member" || goal.name == "nth0" || goal.name == "nth1" ||
        goal.name == "select") {
        return given(1);
    }
    if (goal.name == "append") return given(2) || (given(0) && given(1));
    return goal.args.empty() || given(0);
}

bool World::ready(const Goal& goal, const Bindings& bindings) const {
    for (const int slot : goal.needs) {
        if (bindings[at(slot)] < 0) return false;
    }
    const auto given = [&](const Pattern& pattern) { return bound(pattern, bindings); };
    const auto side = [&](std::size_t i) { return given(goal.args[i]); };
    switch (goal.kind) {
        case Goal::Kind::atom:
            return true;
        case Goal::Kind::library:
            return library_ready(goal, bindings);
        case Goal::Kind::comparison:
            if (goal.op == ComparisonOp::is) return side(1);
            if (goal.op != ComparisonOp::unify) return side(0) && side(1);
            if (side(0) || side(1)) return true;
            {
                Bindings trial = bindings;
                return const_cast<World*>(this)->unify(goal.args[0], goal.args[1], trial) !=
                       Unified::stuck;
            }
        case Goal::Kind::membership:
            return goal.domain.kind == Domain::Kind::range
                       ? given(goal.domain.low) && given(goal.domain.high)
                       : std::all_of(goal.domain.values.begin(), goal.domain.values.end(), given);
        case Goal::Kind::aggregate:
            return goal.op == ComparisonOp::unify || side(0);
        case Goal::Kind::disjunction: {
            if (goal.negated) return true;  // what is left is its own
            // A branch may start as soon as one of its goals may.
            return std::all_of(goal.bodies.begin(), goal.bodies.end(), [&](const Goals& branch) {
                return std::all_of(branch.begin(), branch.end(), [&](const Goal& inner) {
                    return inner.kind == Goal::Kind::atom && !inner.negated
                               ? true
                               : ready(inner, bindings);
                });
            });
        }
    }
    return false;
}

void World::solve(const Goals& goals, Bindings& bindings, Fixpoint* fixpoint, const Then& then) {
    std::vector<const Goal*> order;
    for (const Goal& goal : goals) order.push_back(&goal);
    solve(std::move(order), bindings, fixpoint, then);
}

void World::solve(std::vector<const Goal*> goals, Bindings& bindings, Fixpoint* fixpoint,
                  const Then& then) {
    if (goals.empty()) {
        then();
        return;
    }
    // Whatever only tests or computes goes first, then the leftmost atom, then a disjunction that
    // cannot be told to be ready (its branches may bind what they need).
    auto next = goals.end();
    const auto prefer = [&](const auto& wanted) {
        if (next == goals.end()) next = std::find_if(goals.begin(), goals.end(), wanted);
    };
    prefer([&](const Goal* goal) {
        return (goal->negated ||
                (goal->kind != Goal::Kind::atom && goal->kind != Goal::Kind::disjunction)) &&
               ready(*goal, bindings);
    });
    prefer([&](const Goal* goal) {
        return !goal->negated &&
               (goal->kind == Goal::Kind::atom || goal->kind == Goal::Kind::disjunction) &&
               ready(*goal, bindings);
    });
    prefer(
        [&](const Goal* goal) { return !goal->negated && goal->kind == Goal::Kind::disjunction; });
    if (next == goals.end()) throw OracleRefusal("unsafe: no goal can run");
    const Goal& goal = **next;
    goals.erase(next);

    if (goal.negated) {
        bool found = false;
        Bindings inner = bindings;
        Goal positive = goal;
        positive.negated = false;
        run(positive, inner, nullptr, [&] { found = true; });
        if (!found) solve(std::move(goals), bindings, fixpoint, then);
        return;
    }
    run(goal, bindings, fixpoint, [&] { solve(goals, bindings, fixpoint, then); });
}

void World::run(const Goal& goal, Bindings& bindings, Fixpoint* fixpoint, const Then& then) {
    switch (goal.kind) {
        case Goal::Kind::atom:
            run_atom(goal, bindings, fixpoint, then);
            return;
        case Goal::Kind::library:
            run_library(goal, bindings, then);
            return;
        case Goal::Kind::comparison:
            run_comparison(goal, bindings, then);
            return;
        case Goal::Kind::aggregate:
            run_aggregate(goal, bindings, then);
            return;
        case Goal::Kind::membership: {
            const Bindings before = bindings;
            for (const Id element : elements(goal.domain, bindings)) {
                if (match(goal.args[0], element, bindings)) then();
                bindings = before;
            }
            return;
        }
        case Goal::Kind::disjunction: {
            const Bindings before = bindings;
            for (const Goals& branch : goal.bodies) {
                solve(branch, bindings, fixpoint, then);
                bindings = before;
            }
            return;
        }
    }
}

void World::run_atom(const Goal& goal, Bindings& bindings, Fixpoint* fixpoint, const Then& then) {
    const Bindings before = bindings;
    const auto each = [&](const Tuple& tuple) {
        bool matches = true;
        for (std::size_t i = 0; matches && i < tuple.size(); ++i)
            matches = match(goal.args[i], tuple[i], bindings);
        if (matches) then();
        bindings = before;
    };
    const Predicate& called = predicate(goal.predicate);
    if (called.facts_only) {
        for (const Tuple& tuple : called.facts) each(tuple);
        return;
    }
    Call call = {goal.predicate};
    for (const Pattern& arg : goal.args)
        call.push_back(bound(arg, bindings) ? value(arg, bindings) : -1);
    if (fixpoint == nullptr || fixpoint->component != called.component) {
        for (const Tuple& tuple : complete(call)) each(tuple);
        return;
    }
    if (fixpoint->tables.count(call) == 0) {
        fixpoint->tables.emplace(call, Table{});
        fixpoint->calls.push_back(call);
        fixpoint->changed = true;
    }
    const Table& table = fixpoint->tables.at(call);  // nodes of a map stay where they are
    for (std::size_t i = 0; i < table.answers.size(); ++i) {
        const Tuple tuple = table.answers[i];
        each(tuple);
    }
}

void World::run_comparison(const Goal& goal, Bindings& bindings, const Then& then) {
    const Bindings before = bindings;
    const Pattern& left = goal.args[0];
    const Pattern& right = goal.args[1];
    bool holds = false;
    switch (goal.op) {
        case ComparisonOp::unify:
            holds = unify(left, right, bindings) == Unified::yes;
            break;
        case ComparisonOp::is:
            holds = match(left, term(evaluate(right, bindings)), bindings);
            break;
        case ComparisonOp::identical:
            holds = value(left, bindings) == value(right, bindings);
            break;
        case ComparisonOp::not_unify:
        case ComparisonOp::not_identical:
            holds = value(left, bindings) != value(right, bindings);
            break;
        case ComparisonOp::before:
            holds = reading_.terms.compare(value(left, bindings), value(right, bindings)) < 0;
            break;
        case ComparisonOp::not_after:
            holds = reading_.terms.compare(value(left, bindings), value(right, bindings)) <= 0;
            break;
        default:
            holds = compare(goal.op, evaluate(left, bindings), evaluate(right, bindings));
            break;
    }
    if (holds) then();
    bindings = before;
}

void World::run_library(const Goal& goal, Bindings& bindings, const Then& then) {
    const Bindings before = bindings;
    const auto give = [&](std::initializer_list<std::pair<std::size_t, Id>> args) {
        bool matches = true;
        for (const auto& [i, id] : args) matches = matches && match(goal.args[i], id, bindings);
        if (matches) then();
        bindings = before;
    };
    Terms& terms = reading_.terms;
    if (goal.name == "true") {
        then();
        return;
    }
    if (goal.name == "fail" || goal.name == "false") return;
    if (goal.name == "between") {
        const Number low = evaluate(goal.args[0], bindings);
        const Number high = evaluate(goal.args[1], bindings);
        for (std::int64_t i = low.integer; i <= high.integer; ++i) give({{2, terms.integer(i)}});
        return;
    }
    if (goal.name == "append" && bound(goal.args[2], bindings)) {
        const auto whole = terms.elements(value(goal.args[2], bindings));
        if (!whole) return;
        for (std::size_t i = 0; i <= whole->size(); ++i) {
            const auto middle = whole->begin() + static_cast<std::ptrdiff_t>(i);
            const Id front = terms.list({whole->begin(), middle});
            give({{0, front}, {1, terms.list({middle, whole->end()})}});
        }
        return;
    }
    const bool is_second = goal.name == "member" || goal.name == "nth0" || goal.name == "nth1" ||
                           goal.name == "select";
    const std::size_t input = is_second ? 1 : 0;
    const auto before_in_order = [&](Id a, Id b) { return terms.compare(a, b) < 0; };
    const auto list = terms.elements(value(goal.args[input], bindings));
    if (!list) return;
    if (goal.name == "member") {
        for (const Id element : *list) give({{0, element}});
    } else if (goal.name == "nth0" || goal.name == "nth1") {
        const std::size_t first = goal.name == "nth0" ? 0 : 1;
        for (std::size_t i = 0; i < list->size(); ++i)
            give({{0, terms.integer(static_cast<std::int64_t>(i + first))}, {2, (*list)[i]}});
    } else if (goal.name == "last") {
        if (!list->empty()) give({{1, list->back()}});
    } else if (goal.name == "select") {
        for (std::size_t i = 0; i < list->size(); ++i) {
            std::vector<Id> rest = *list;
            rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
            give({{0, (*list)[i]}, {2, terms.list(rest)}});
        }
    } else if (goal.name == "msort" || goal.name == "sort") {
        std::vector<Id> sorted = *list;
        std::sort(sorted.begin(), sorted.end(), before_in_order);
        if (goal.name == "sort")
            sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
        give({{1, terms.list(sorted)}});
    } else if (goal.name == "max_list") {
        if (list->empty()) return;
        Number greatest = number(list->front());
        for (const Id element : *list) greatest = arithmetic("max", {greatest, number(element)});
        give({{1, term(greatest)}});
    } else if (goal.name == "append") {
        Id whole = value(goal.args[1], bindings);
        for (std::size_t i = list->size(); i-- > 0;)
            whole = terms.compound(".", {(*list)[i], whole});
        give({{2, whole}});
    } else if (goal.name == "length") {
        give({{1, terms.integer(static_cast<std::int64_t>(list->size()))}});
    } else if (goal.name == "reverse") {
        give({{1, terms.list({list->rbegin(), list->rend()})}});
    } else if (goal.name == "sum_list") {
        Number sum;
        for (const Id element : *list) sum = arithmetic("+", {sum, number(element)});
        give({{1, term(sum)}});
    }
}

void World::run_aggregate(const Goal& goal, Bindings& bindings, const Then& then) {
    std::set<Tuple> tuples;
    Bindings inner = bindings;
    solve(goal.bodies.front(), inner, nullptr, [&] {
        Tuple tuple;
        for (const Pattern& part : goal.tuple) tuple.push_back(value(part, inner));
        if (goal.function == ast::AggregateOp::list) {
            // A solution is a value of every variable of the goal.
            for (const Goal& part : goal.bodies.front()) {
                if (part.negated) continue;
                for (const int slot : part.slots) tuple.push_back(inner[at(slot)]);
            }
        }
        tuples.insert(std::move(tuple));
    });
    Id result = -1;
    if (goal.function == ast::AggregateOp::list) {
        std::vector<Id> list;
        for (const Tuple& tuple : tuples) list.push_back(tuple.front());
        std::sort(list.begin(), list.end(),
                  [&](Id a, Id b) { return reading_.terms.compare(a, b) < 0; });
        result = reading_.terms.list(list);
    } else if (goal.function == ast::AggregateOp::count) {
        result = reading_.terms.integer(static_cast<std::int64_t>(tuples.size()));
    } else if (goal.function == ast::AggregateOp::sum) {
        Number sum;
        for (const Tuple& tuple : tuples) sum = arithmetic("+", {sum, number(tuple.front())});
        result = term(sum);
    } else {
        const bool least = goal.function == ast::AggregateOp::min;
        for (const Tuple& tuple : tuples) {
            const int order = result < 0 ? 0 : reading_.terms.compare(tuple.front(), result);
            if (result < 0 || (least ? order < 0 : order > 0)) result = tuple.front();
        }
        if (result < 0) return;
    }
    const Bindings before = bindings;
    bool holds = false;
    switch (goal.op) {
        case ComparisonOp::unify:
        case ComparisonOp::is:
        case ComparisonOp::identical:
            holds = match(goal.args[0], result, bindings);
            break;
        case ComparisonOp::not_unify:
        case ComparisonOp::not_identical:
            holds = value(goal.args[0], bindings) != result;
            break;
        default:
            holds = compare(goal.op, evaluate(goal.args[0], bindings), number(result));
            break;
    }
    if (holds) then();
    bindings = before;
}

// --- clauses ---

const std::vector<Tuple>& World::complete(const Call& call) {
    if (const auto known = done_.find(call); known != done_.end()) return known->second;
    Fixpoint fixpoint;
    fixpoint.component = predicate(call[0]).component;
    fixpoint.calls.push_back(call);
    fixpoint.tables.emplace(call, Table{});
    do {
        fixpoint.changed = false;
        for (std::size_t i = 0; i < fixpoint.calls.size(); ++i) {
            const Call next = fixpoint.calls[i];
            derive(next, fixpoint);
        }
    } while (fixpoint.changed && predicate(call[0]).recursive);
    for (auto& [key, table] : fixpoint.tables) done_.emplace(key, std::move(table.answers));
    return done_.at(call);
}

void World::derive(const Call& call, Fixpoint& fixpoint) {
    for (const auto& [clause, head] : predicate(call[0]).clauses)
        derive_heads(call, clause, head, fixpoint);
}

void World::derive_heads(const Call& call, int clause_number, int head_number, Fixpoint& fixpoint) {
    const Clause& clause = reading_.clauses[at(clause_number)];
    const Head& head = clause.heads[at(head_number)];
    const bool draws = clause.kind == Clause::Kind::draw || clause.kind == Clause::Kind::choose;
    const std::size_t given = head.args.size() - (draws ? 1 : 0);
    Bindings bindings(at(clause.slot_count), -1);
    for (std::size_t i = 0; i < given; ++i) {
        if (call[i + 1] >= 0 && !match(head.args[i], call[i + 1], bindings)) return;
    }
    solve(clause.body, bindings, &fixpoint, [&] {
        Tuple tuple;
        for (std::size_t i = 0; i < given; ++i) tuple.push_back(value(head.args[i], bindings));
        if (clause.kind != Clause::Kind::certain) {
            for (const Head& other : clause.heads) {
                for (std::size_t i = 0; i < other.args.size() - (draws ? 1 : 0); ++i)
                    value(other.args[i], bindings);
            }
            const int decision = decide(clause_number, bindings);
            if (decision == kSilent || (!draws && decision != head_number)) return;
            if (clause.kind == Clause::Kind::draw) {
                tuple.push_back(value(clause.drawn[at(decision)].first, bindings));
            } else if (clause.kind == Clause::Kind::choose) {
                tuple.push_back(elements(clause.domain, bindings)[at(decision)]);
            }
            if (draws && call.back() >= 0 && call.back() != tuple.back()) return;
        }
        Table& table = fixpoint.tables.at(call);
        if (!table.seen.insert(tuple).second) return;
        if (table.answers.size() >= kMaxAnswers) throw OracleRefusal("too many answers");
        table.answers.push_back(std::move(tuple));
        fixpoint.changed = true;
    });
}

double World::weight(const Chance& chance, const Bindings& bindings) {
    const double result =
        chance.expression ? evaluate(*chance.expression, bindings).value() : chance.value;
    if (result < 0.0 || result > 1.0) throw OracleProgramError("a weight outside of 0..1");
    return result;
}

std::vector<std::pair<int, double>> World::outcomes(const std::vector<const Chance*>& chances,
                                                    const Bindings& bindings) {
    std::vector<std::pair<int, double>> result;
    ExactSum exact;
    bool all_exact = true;
    double sum = 0.0;
    for (std::size_t i = 0; i < chances.size(); ++i) {
        const double chance = weight(*chances[i], bindings);
        all_exact = all_exact && chances[i]->exact;
        if (all_exact) exact.add(chances[i]->numerator, chances[i]->denominator);
        sum += chance;
        if (chance > 0.0) result.emplace_back(static_cast<int>(i), chance);
    }
    double rest = 0.0;
    if (all_exact && exact.fits()) {
        rest = exact.rest();
        if (rest < 0.0) throw OracleProgramError("weights sum to more than 1");
    } else {
        rest = 1.0 - sum;
        if (rest < -1e-9) throw OracleProgramError("weights sum to more than 1");
        if (std::abs(rest) <= 1e-9) rest = 0.0;
    }
    if (rest > 0.0) result.emplace_back(kSilent, rest);
    return result;
}

int World::decide(int clause_number, const Bindings& bindings) {
    const Clause& clause = reading_.clauses[at(clause_number)];
    Undecided choice;
    choice.instance.push_back(clause_number);
    for (const int slot : clause.instance) choice.instance.push_back(bindings[at(slot)]);
    if (const auto known = decisions_.find(choice.instance); known != decisions_.end())
        return known->second;
    choice.free = clause.kind == Clause::Kind::choose;
    if (choice.free) {
        const std::size_t size = elements(clause.domain, bindings).size();
        for (std::size_t i = 0; i < size; ++i) choice.values.emplace_back(static_cast<int>(i), 1.0);
    } else {
        std::vector<const Chance*> chances;
        if (clause.kind == Clause::Kind::draw) {
            for (const auto& drawn : clause.drawn) chances.push_back(&drawn.second);
        } else {
            for (const Head& head : clause.heads) chances.push_back(&head.chance);
        }
        choice.values = outcomes(chances, bindings);
    }
    if (choice.values.size() == 1) return choice.values.front().first;
    throw choice;
}

// --- the outside ---

bool World::violates(const Clause& constraint) {
    Bindings bindings(at(constraint.slot_count), -1);
    bool violated = false;
    solve(constraint.body, bindings, nullptr, [&] { violated = true; });
    return violated;
}

std::set<Tuple> World::holding(const Question& question) {
    Bindings bindings(at(question.slot_count), -1);
    Goal goal;
    goal.predicate = question.predicate;
    goal.args = question.args;
    std::set<Tuple> result;
    run(goal, bindings, nullptr, [&] {
        Tuple tuple;
        for (const Pattern& arg : question.args) tuple.push_back(value(arg, bindings));
        result.insert(std::move(tuple));
    });
    return result;
}

}  // namespace entail::tests

// Numbers that are not known yet against the same domains enumerated: in every world both must have
// the same facts.

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <sstream>

#include "programs/inference.h"
#include "programs/loader.h"
#include "symbolic/eval/theory.h"
#include "symbolic/ir/expressions.h"
#include "symbolic/ir/unknowns.h"
#include "symbolic/provenance/world_model.h"
#include "tests/support/seed.h"

namespace entail::tests {
namespace {

/// A program evaluated once for all worlds.
struct Evaluated {
    ir::Program program;
    eval::Database database;
    Diagnostics diagnostics;
};

Evaluated evaluate(const ir::Program& program, const std::vector<ir::Call>& more = {}) {
    Evaluated result;
    result.program = program;
    std::vector<ir::Call> calls = more;
    for (ir::PredicateId p = 0; p < program.predicates.size() && more.empty(); ++p) {
        if (program.predicates[p].internal) continue;
        ir::Call call;
        call.atom.predicate = p;
        for (std::uint32_t c = 0; c < program.predicates[p].arity; ++c) {
            call.atom.args.push_back(ir::Term::make_variable(c));
            call.variables.push_back(std::string(1, static_cast<char>('A' + c)));
        }
        calls.push_back(std::move(call));
    }
    ir::Specialised specialised = ir::specialise(program, calls, result.diagnostics);
    if (result.diagnostics.has_errors()) return result;
    eval::Limits limits;
    limits.max_derivations = 300'000;
    result.database =
        eval::evaluate(program, specialised, program.values, {}, limits, result.diagnostics);
    eval::add_asked_rows(program, result.database, calls);
    return result;
}

/// A world picks for every instance of a clause by its name alone, so that it means the same
/// whether numbers are enumerated or not.
class Picks {
public:
    explicit Picks(std::uint64_t salt) : salt_(salt) {}
    std::uint32_t pick(std::uint32_t clause, const std::string& key, std::uint32_t size) const {
        std::uint64_t hash = salt_ + clause * 1000003U;
        for (char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
        hash ^= hash >> 29U;
        hash *= 0x9E3779B97F4A7C15ULL;
        return static_cast<std::uint32_t>((hash >> 33U) % size);
    }

private:
    std::uint64_t salt_;
};

/// The facts of one world, as they print.
class FactsOf {
public:
    explicit FactsOf(Evaluated& evaluated)
        : evaluated_(evaluated),
          nodes_(all_nodes(evaluated.database)),
          model_(evaluated.database.graph, nodes_) {}

    std::set<std::string> in(const Picks& picks) {
        eval::Database& db = evaluated_.database;
        std::vector<Value> numbers;
        for (const eval::UnknownInstance& unknown : db.unknowns) {
            const ir::Numbers& range = *evaluated_.program.choices[unknown.source].numbers;
            std::string key;
            for (Value v : unknown.key) key += print(v, numbers) + ",";
            auto size = static_cast<std::uint32_t>(*range.upper - *range.lower + 1);
            numbers.push_back(
                db.values.integer(*range.lower + picks.pick(unknown.source, key, size)));
        }
        provenance::World world(db.graph.choice_count());
        for (provenance::ChoiceId c = 0; c < world.size(); ++c) {
            const provenance::Choice& choice = db.graph.choice(c);
            if (choice.theory) {
                const eval::TheoryLiteral& literal = db.theory.at(c);
                ir::ArithmeticError error = ir::ArithmeticError::none;
                Value left = ir::substitute(literal.left, numbers, db.values, error);
                Value right = ir::substitute(literal.right, numbers, db.values, error);
                bool holds = ir::compare(literal.op, left, right, db.values, error);
                REQUIRE(error == ir::ArithmeticError::none);
                world[c] = holds ? 0 : 1;
                continue;
            }
            std::string key;
            for (Value v : choice.key) key += print(v, numbers) + ",";
            world[c] = picks.pick(choice.source, key, choice.size);
        }
        std::vector<char> truth = model_.truth(world);
        std::vector<char> of_node(db.graph.node_count(), 0);
        for (std::size_t i = 0; i < nodes_.size(); ++i) of_node[nodes_[i]] = truth[i];
        std::set<std::string> facts;
        for (ir::PredicateId p = 0; p < evaluated_.program.predicates.size(); ++p) {
            const ir::Predicate& predicate = db.predicates[p];
            if (predicate.internal) continue;
            const eval::Relation& relation = db.relations[p];
            for (eval::Row row = 0; row < relation.size(); ++row) {
                if (!relation.is_certain(row) && of_node[relation.node(row)] == 0) continue;
                std::string fact = predicate.name;
                for (Value v : relation[row]) fact += " " + print(v, numbers);
                facts.insert(fact);
            }
        }
        return facts;
    }

private:
    static std::vector<provenance::NodeId> all_nodes(const eval::Database& db) {
        std::vector<provenance::NodeId> nodes;
        for (provenance::NodeId n = 0; n < db.graph.node_count(); ++n) nodes.push_back(n);
        return nodes;
    }
    std::string print(Value value, const std::vector<Value>& numbers) {
        ir::ArithmeticError error = ir::ArithmeticError::none;
        Value known = ir::substitute(value, numbers, evaluated_.database.values, error);
        REQUIRE(error == ir::ArithmeticError::none);
        return evaluated_.database.values.print(known);
    }

    Evaluated& evaluated_;
    std::vector<provenance::NodeId> nodes_;
    provenance::WorldModel model_;
};

std::string difference(const std::set<std::string>& a, const std::set<std::string>& b) {
    std::string out;
    for (const std::string& fact : a) {
        if (!b.contains(fact)) out += "  " + fact + "\n";
    }
    return out;
}

/// Those facts that answer the program's queries.
std::set<std::string> matching(const std::set<std::string>& facts, const ir::Program& program) {
    std::set<std::string> result;
    for (const std::string& fact : facts) {
        for (const ir::Query& query : program.queries) {
            std::istringstream words(fact);
            std::string word;
            words >> word;
            bool fits = word == program.predicates[query.atom.predicate].name;
            for (const ir::Term& argument : query.atom.args) {
                fits = words >> word && fits;
                fits = fits &&
                       (argument.is_variable() || word == program.values.print(argument.value));
            }
            if (fits && words.eof()) result.insert(fact);
        }
    }
    return result;
}

struct Verdict {
    enum { agrees, differs, refused, wrong_program } kind = agrees;
    std::string detail;
    std::size_t literals = 0;
};

/// Evaluates the text with its numbers enumerated and, those of which `open` says so, unknown.
///
/// With `asks_queries` nothing but the program's queries is asked for and compared.
template <typename Open>
Verdict judge(const std::string& text, std::uint64_t salt, const Open& open, int worlds = 25,
              bool asks_queries = false) {
    LoadedProgram loaded = load_text("unknowns.ent", text, FileAccess(".", {}));
    if (loaded.diagnostics.has_errors()) {
        return {Verdict::wrong_program, render(loaded.diagnostics, loaded.sources)};
    }
    ir::Program program = std::move(loaded.program);
    std::vector<ir::Call> calls;
    for (const ir::Query& query : program.queries) {
        if (asks_queries) calls.push_back({query.atom, query.variables});
    }
    Evaluated enumerated = evaluate(program, calls);
    if (enumerated.diagnostics.has_errors() || !enumerated.database.limits.empty()) {
        return {Verdict::wrong_program, render(enumerated.diagnostics, loaded.sources)};
    }
    for (std::uint32_t c = 0; c < program.choices.size(); ++c) {
        if (program.choices[c].numbers && open(c)) ir::make_unknown(program, c);
    }
    Evaluated unknown = evaluate(program, calls);
    if (unknown.diagnostics.has_errors() || !unknown.database.limits.empty()) {
        return {Verdict::refused, render(unknown.diagnostics, loaded.sources)};
    }
    FactsOf expected(enumerated), found(unknown);
    for (int world = 0; world < worlds; ++world) {
        Picks picks(salt + static_cast<std::uint64_t>(world) * 7919U);
        std::set<std::string> all = expected.in(picks), some = found.in(picks);
        if (asks_queries) {
            all = matching(all, program);
            some = matching(some, program);
        }
        if (all == some) continue;
        return {Verdict::differs,
                "missing:\n" + difference(all, some) + "too much:\n" + difference(some, all)};
    }
    return {Verdict::agrees, "", unknown.database.theory.size()};
}

Verdict judge_all_unknown(const std::string& text) {
    return judge(
        text, 1, [](std::uint32_t) { return true; }, 100);
}

/// The first message without its place.
std::string reason_of(const std::string& report) {
    std::string line = report.substr(0, report.find('\n'));
    std::size_t begin = line.find("error[");
    return begin == std::string::npos ? line : line.substr(begin);
}

/// Rules over what was defined before, each literal and argument drawn.
class RandomRules {
public:
    explicit RandomRules(std::uint64_t seed) : random_(seed) {}

    std::string program() {
        std::string out =
            "d(1). d(2). d(3). e(1,2). e(2,3). e(1,3). w(0,5). w(1,5). w(2,7). w(2,1).\n"
            "choose x(X) in 0..3.\n"
            "choose y(I, Y) in -1..2 :- d(I).\n"
            "0.5 :: c(I) :- d(I).\n";
        known_ = {{"d", 1}, {"e", 2}, {"w", 2}, {"x", 1}, {"y", 2}, {"c", 1}};
        if (roll(3) == 0) {
            out += "choose z(I, Z) in 0..2 :- e(I, _), c(I).\n";
            known_.emplace_back("z", 2);
        }
        const int rules = 2 + roll(5);
        for (int k = 0; k < rules; ++k) {
            std::string name = "p" + std::to_string(k);
            const int arity = 1 + roll(2), clauses = 1 + roll(2);
            for (int c = 0; c < clauses; ++c) out += rule(name, arity);
            known_.emplace_back(name, arity);
        }
        if (roll(4) == 0) {
            out +=
                "far(A, B, N) :- e(A, B), y(A, N).\n"
                "far(A, C, N) :- far(A, B, M), e(B, C), y(B, K), N is M + K.\n"
                "near(A, B) :- far(A, B, N), x(L), N =< L.\n";
        }
        return out;
    }

    /// Of what was defined last, some arguments given.
    std::string query() {
        auto [name, arity] = known_.back();
        std::string out = "query " + name + "(";
        for (int i = 0; i < arity; ++i) {
            out += (i > 0 ? ", " : "") + (roll(2) == 0 ? number() : std::string(1, "AB"[i]));
        }
        return out + ").\n";
    }

private:
    int roll(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }
    std::string number() { return std::to_string(roll(5) - 1); }
    std::string any_variable() { return std::string(1, "ABC"[roll(3)]); }
    std::string bound_variable() {
        if (bound_.empty()) return number();
        auto place = bound_.begin();
        std::advance(place, roll(static_cast<int>(bound_.size())));
        return *place;
    }

    std::string atom(bool may_bind) {
        // Those with unknown numbers more often than the rest.
        auto [name, arity] = known_[static_cast<std::size_t>(
            roll(3) == 0 ? roll(static_cast<int>(known_.size()))
                         : 3 + roll(static_cast<int>(known_.size()) - 3))];
        std::string out = name + "(";
        for (int i = 0; i < arity; ++i) {
            std::string argument;
            if (roll(6) == 0) {
                argument = number();
            } else if (may_bind && roll(8) == 0) {
                argument = "_";
            } else {
                argument = may_bind ? any_variable() : bound_variable();
                if (may_bind) bound_.insert(argument);
            }
            out += (i > 0 ? ", " : "") + argument;
        }
        return out + ")";
    }

    std::string expression() {
        std::string v = bound_variable(), w = bound_variable();
        switch (roll(10)) {
            case 0:
                return v + " + " + w;
            case 1:
                return v + " - " + w;
            case 2:
                return "2 * " + v + " - 1";
            case 3:
                return "abs(" + v + " - 2)";
            case 4:
                return "max(" + v + ", " + w + ")";
            case 5:
                return v + " // 2";
            case 6:
                return v + " mod 2";
            case 7:
                return v + " * " + w;
            case 8:
                return number();
            default:
                return v;
        }
    }

    std::string test() {
        static const char* ops[] = {"<", "=<", ">", ">=", "=:=", "=\\="};
        std::string v = bound_variable();
        switch (roll(12)) {
            case 0:
                return "\\+ " + atom(false);
            case 1:
                return v + " = " + bound_variable();
            case 2:
                return v + " \\= " + bound_variable();
            case 3:
                return v + " in 0..2";
            case 4:
                return v + " in {1, 3}";
            case 5: {
                std::string fresh = "N" + std::to_string(fresh_++);
                std::string literal = fresh + " is " + expression();
                bound_.insert(fresh);
                return literal;
            }
            case 6: {
                static const char* functions[] = {"#sum", "#count", "#min", "#max"};
                auto [name, arity] =
                    known_[static_cast<std::size_t>(roll(static_cast<int>(known_.size())))];
                std::string fresh = "N" + std::to_string(fresh_++);
                std::string tuple = arity == 1 ? "T" : roll(3) == 0 ? "T" : "T, U";
                std::string literal = fresh + " = " + functions[roll(4)] + "{ " + tuple + " : " +
                                      name +
                                      (arity == 1     ? "(T)"
                                       : roll(3) == 0 ? "(" + bound_variable() + ", T)"
                                                      : "(U, T)");
                if (literal.find("U)") == std::string::npos &&
                    literal.find("(U") == std::string::npos) {
                    literal.replace(literal.find(tuple), tuple.size(), "T");
                }
                if (roll(3) == 0) literal += ", T >= " + bound_variable();
                bound_.insert(fresh);
                return literal + " }";
            }
            case 7:
                return "(" + v + " < 1 ; " + v + " > " + bound_variable() + ")";
            case 8:
                return "integer(" + v + ")";
            default:
                return expression() + " " + ops[roll(6)] + " " + expression();
        }
    }

    std::string rule(const std::string& name, int arity) {
        bound_.clear();
        fresh_ = 0;
        std::string body = atom(true);
        while (bound_.empty() || roll(3) == 0) body += ", " + atom(true);
        const int tests = roll(3);
        for (int i = 0; i < tests; ++i) body += ", " + test();
        std::string head = name + "(";
        for (int i = 0; i < arity; ++i) {
            std::string argument = roll(6) == 0 ? number() : bound_variable();
            head += (i > 0 ? ", " : "") + argument;
        }
        const char* weight = roll(10) == 0 ? "0.5 :: " : "";
        return weight + head + ") :- " + body + ".\n";
    }

    std::mt19937_64 random_;
    std::vector<std::pair<std::string, int>> known_;
    std::set<std::string> bound_;
    int fresh_ = 0;
};

}  // namespace

TEST_CASE("random programs have the same facts in every world, numbers enumerated or unknown") {
    const char* wanted = std::getenv("ENTAIL_PROGRAMS");
    const int programs = wanted != nullptr ? std::stoi(wanted) : 1000;
    std::uint64_t seed = random_seed();
    int refused = 0, judged = 0, with_literals = 0;
    std::map<std::string, int> reasons;
    for (int i = 0; i < programs; ++i, ++seed) {
        RandomRules rules(seed);
        std::string text = rules.program();
        Verdict verdict =
            judge(text, seed, [&](std::uint32_t c) { return seed % 3 != 0 || c == 0; });
        if (verdict.kind == Verdict::wrong_program) continue;
        if (verdict.kind == Verdict::refused) {
            ++refused;
            ++reasons[reason_of(verdict.detail)];
            continue;
        }
        ++judged;
        with_literals += verdict.literals > 0 ? 1 : 0;
        if (verdict.kind == Verdict::agrees) {
            text += rules.query();
            verdict = judge(
                text, seed, [&](std::uint32_t) { return true; }, 10, true);
            // Rules that one question leaves out may be those that are refused.
            if (verdict.kind == Verdict::refused) verdict.kind = Verdict::agrees;
        }
        INFO("replay: ENTAIL_SEED=" << seed << "\n" << text << verdict.detail);
        REQUIRE(verdict.kind == Verdict::agrees);
    }
    std::string why;
    for (const auto& [reason, count] : reasons)
        why += std::to_string(count) + " x " + reason + "\n";
    INFO("judged " << judged << ", with literals " << with_literals << ", refused " << refused
                   << "\n"
                   << why);
    CHECK(judged > programs / 3);
    CHECK(with_literals > judged / 2);
    CHECK(refused < judged / 2);
}

TEST_CASE("what unknown numbers go through has the same facts in every world as enumerated") {
    const char* programs[] = {
        // recursion, and comparisons of sums
        "e(a,b). e(b,c). e(a,c). e(c,d).\n"
        "choose len(A, B, L) in 1..3 :- e(A, B).\n"
        "path(A, B, L) :- len(A, B, L).\n"
        "path(A, C, N) :- path(A, B, L), len(B, C, M), N is L + M.\n"
        "far(A, B) :- path(A, B, L), L > 4.\n"
        "shorter(A, B) :- path(A, B, L), path(A, B, M), L < M.\n",
        // joins, constants and negation over columns that may hold something unknown
        "i(1). i(2). i(3).\n"
        "choose x(I, X) in 0..2 :- i(I).\n"
        "same(I, J) :- x(I, X), x(J, X).\n"
        "zero(I) :- x(I, 0).\n"
        "alone(I) :- i(I), x(I, X), \\+ other(I, X).\n"
        "other(I, X) :- i(I), x(J, X), I \\= J.\n"
        "free(N) :- N in 0..3, \\+ taken(N).\n"
        "taken(X) :- x(_, X).\n",
        // terms
        "choose x(X) in 0..2. choose y(Y) in 0..2.\n"
        "p(f(X, g(Y))) :- x(X), y(Y).\n"
        "p(f(1, g(1))).\n"
        "q(A) :- p(f(A, g(A))).\n"
        "r :- p(f(_, g(2))).\n"
        "s(A) :- p(A), \\+ A = f(1, g(1)).\n"
        "t(A, B) :- p(A), p(B), A \\= B.\n"
        "l([X, Y]) :- x(X), y(Y).\n"
        "m(H, N, R) :- l(L), L = [H|_], length(L, N), reverse(L, R).\n"
        "n(L) :- l(M), append(M, [3], L).\n",
        // aggregates over sets whose elements may be equal
        "i(1). i(2). i(3).\n"
        "choose x(I, X) in 0..2 :- i(I).\n"
        "0.5 :: on(I) :- i(I).\n"
        "sum_of_values(S) :- S = #sum{ X : x(_, X) }.\n"
        "sum_of_all(S) :- S = #sum{ X, I : x(I, X) }.\n"
        "count_of_values(N) :- N = #count{ X : x(_, X) }.\n"
        "sum_on(S) :- S = #sum{ X, I : x(I, X), on(I) }.\n"
        "least(M) :- M = #min{ X : x(_, X) }.\n"
        "greatest_on(M) :- M = #max{ X : x(I, X), on(I) }.\n"
        "group(X, N) :- x(_, X), N = #count{ I : x(I, X) }.\n"
        "big :- S = #sum{ X, I : x(I, X) }, S > 4.\n",
        // a range that is only tested, a set, a disjunction of comparisons
        "choose x(X) in -3..9. lim(4).\n"
        "in(X) :- x(X), lim(L), X in 0..L.\n"
        "few(X) :- x(X), X in {1, 5, 12}.\n"
        "out(X) :- x(X), ( X < 0 ; X > 5 ).\n"
        "even(Y) :- x(X), X mod 2 =:= 0, Y is X // 2.\n"
        "is_one :- x(X), 1 is X * X.\n",
        // chance over instances that unknown numbers tell nothing about
        "i(1). i(2).\n"
        "choose x(I, X) in 0..2 :- i(I).\n"
        "0.5 :: hit(I, X) :- x(I, X), X > 0.\n"
        "choose z(I, Z) in 0..1 :- hit(I, _).\n"
        "win(I) :- hit(I, X), z(I, Z), X + Z > 2.\n",
    };
    for (const char* program : programs) {
        Verdict verdict = judge_all_unknown(program);
        INFO(program << verdict.detail);
        CHECK(verdict.kind == Verdict::agrees);
        CHECK(verdict.literals > 0);
    }
}

TEST_CASE("nothing is enumerated: a million values cost one literal for each comparison") {
    Evaluated evaluated =
        evaluate(load_text("large.ent",
                           "choose a(X) in 0..1000000. choose b(X) in int. choose c(X) in real.\n"
                           "less :- a(X), b(Y), X < Y.\n"
                           "greater :- a(X), b(Y), Y > X.\n"
                           "not_less :- a(X), b(Y), \\+ X < Y.\n"
                           "never :- a(X), X > 1000000.\n"
                           "always :- a(X), X >= 0.\n"
                           "half :- c(X), X < 0.5.\n"
                           "same :- a(X), c(X).\n",
                           FileAccess(".", {}))
                     .program);
    REQUIRE_FALSE(evaluated.diagnostics.has_errors());
    const eval::Database& db = evaluated.database;
    CHECK(db.unknowns.size() == 3);
    CHECK(db.theory.size() == 2);
    auto row_count = [&](const char* name) {
        return db.relations[*evaluated.program.find(name, 0)].size();
    };
    CHECK(row_count("never") == 0);
    CHECK(row_count("same") == 0);  // an integer is no real
    CHECK(db.relations[*evaluated.program.find("always", 0)].all_certain());
    CHECK(row_count("less") == 1);
}

TEST_CASE("numbers of small domains that are only compared are told from those that are matched") {
    auto only_compared = [](const std::string& text) {
        LoadedProgram loaded = load_text("compared.ent", text, FileAccess(".", {}));
        REQUIRE_FALSE(loaded.diagnostics.has_errors());
        const ir::Program& program = loaded.program;
        return ir::is_only_compared(program, 0, calls_of(program, {program.queries, {}, {}}));
    };
    CHECK(
        only_compared("choose start(T, S) in 0..100 :- T in {a, b}.\n"
                      ":- start(a, S), start(b, U), S + 3 > U, U + 2 > S.\n"
                      "query start(T, S).\n"));
    CHECK(
        only_compared("choose x(I, X) in 0..9 :- I in {1, 2}.\n"
                      "total(S) :- S = #sum{ X, I : x(I, X) }.\n"
                      ":- total(S), S < 4.\n"));
    const char* matched[] = {
        "choose x(I, X) in 0..9 :- I in {1, 2}. :- x(1, X), x(2, X).",
        "choose x(X) in 0..9. :- x(3).",
        "choose x(X) in 0..9. query x(3).",
        "choose x(X) in 0..9. d(3). :- x(X), \\+ d(X).",
        "choose x(X) in 0..9. a :- x(X), X * X > 2. :- a.",
        "choose x(X) in 0..9. 0.5 :: c(X) :- x(X). query c(X).",
        "choose x(I, X) in 0..9 :- I in {1, 2}. :- #count{ X : x(_, X) } < 2.",
    };
    for (const char* text : matched) {
        CAPTURE(text);
        CHECK_FALSE(only_compared(text));
    }
}

TEST_CASE("what is asked of a column that may hold something unknown is a row of its own") {
    LoadedProgram loaded = load_text("asked.ent",
                                     "choose x(I, X) in 0..5 :- I in {1, 2}.\n"
                                     "pair(X, Y) :- x(1, X), x(2, Y).\n"
                                     "query x(1, 3). query pair(A, A). query pair(7, B).\n",
                                     FileAccess(".", {}));
    ir::make_unknown(loaded.program, 0);
    std::vector<ir::Call> calls;
    for (const ir::Query& query : loaded.program.queries) {
        calls.push_back({query.atom, query.variables});
    }
    Evaluated evaluated = evaluate(loaded.program, calls);
    REQUIRE_FALSE(evaluated.diagnostics.has_errors());
    FactsOf facts(evaluated);
    for (std::uint64_t salt = 0; salt < 50; ++salt) {
        Picks picks(salt);
        std::uint32_t first = picks.pick(0, "1,", 6), second = picks.pick(0, "2,", 6);
        std::set<std::string> all = facts.in(picks);
        CHECK(all.contains("x 1 3") == (first == 3));
        std::string both = "pair " + std::to_string(first) + " " + std::to_string(first);
        CHECK(all.contains(both) == (first == second));
    }
    const auto& pairs = evaluated.database.relations[*evaluated.program.find("pair", 2)];
    CHECK(pairs.size() == 2);  // the pair itself, and the pair of equal ones: 7 is out of bounds
}

}  // namespace entail::tests

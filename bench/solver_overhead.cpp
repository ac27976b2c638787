// The harness of Z3 against Z3 called directly, on random encodings: clauses over booleans near the
// threshold of satisfiability, and linear inequalities over integers.
//
// Both build the same terms in the same order, ask the same solver, and read a model or a core.
// Goal: at most 1.1 times the time; and no check outlives its limit by more than 0.5 s, seen on
// pigeons in holes.

#include <z3++.h>

#include <random>

#include "bench/harness.h"
#include "symbolic/smt/solver.h"

using namespace entail;
using Clock = std::chrono::steady_clock;

namespace {

struct Encoding {
    int variables = 0;
    std::vector<std::vector<int>> clauses;  // variable + 1, negative when negated
    std::vector<std::vector<int>> rows;     // factors of the numbers, then the bound: sum =< bound
};

Encoding random_encoding(std::mt19937_64& random, bool has_numbers) {
    auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    Encoding encoding;
    encoding.variables = 100 + below(100);
    const int clauses = static_cast<int>(encoding.variables * (has_numbers ? 3.0 : 4.25));
    for (int c = 0; c < clauses; ++c) {
        std::vector<int> clause;
        for (int k = 0; k < 3; ++k) {
            const int variable = 1 + below(encoding.variables);
            clause.push_back(below(2) == 0 ? variable : -variable);
        }
        encoding.clauses.push_back(clause);
    }
    for (int r = 0; has_numbers && r < 30; ++r) {
        std::vector<int> row;
        for (int k = 0; k < 6; ++k) row.push_back(below(9) - 4);
        row.push_back(below(40) - 10);
        encoding.rows.push_back(row);
    }
    return encoding;
}

int by_harness(const Encoding& encoding) {
    smt::Context context;
    smt::Solver solver(context);
    std::vector<smt::Term> variables, numbers;
    for (int v = 0; v < encoding.variables; ++v)
        variables.push_back(context.variable(smt::Sort::boolean, "v"));
    for (int k = 0; !encoding.rows.empty() && k < 6; ++k)
        numbers.push_back(context.variable(smt::Sort::integer, "n"));
    for (const auto& clause : encoding.clauses) {
        std::vector<smt::Term> parts;
        for (int literal : clause) {
            const smt::Term term = variables[static_cast<std::size_t>(std::abs(literal) - 1)];
            parts.push_back(literal > 0 ? term : context.negation(term));
        }
        solver.add(context.disjunction(parts));
    }
    for (const auto& row : encoding.rows) {
        std::vector<smt::Term> parts;
        for (std::size_t k = 0; k < 6; ++k)
            parts.push_back(context.product(context.number(std::int64_t{row[k]}), numbers[k]));
        solver.add(context.less_equal(context.sum(parts), context.number(std::int64_t{row[6]})));
    }
    const smt::Term assumed[] = {variables[0]};
    const smt::Check found = solver.check(assumed, {Clock::now() + std::chrono::minutes(1), 0, {}});
    int read = 0;
    if (found == smt::Check::satisfiable) {
        for (smt::Term variable : variables) read += solver.model().truth(variable) ? 1 : 0;
    } else {
        read = static_cast<int>(solver.core().size());
    }
    return found == smt::Check::satisfiable ? read : -1;
}

int by_z3(const Encoding& encoding) {
    z3::context context;
    z3::solver solver = encoding.rows.empty() ? z3::solver(context, "QF_FD") : z3::solver(context);
    std::vector<z3::expr> variables, numbers;
    for (int v = 0; v < encoding.variables; ++v)
        variables.push_back(context.bool_const(fmt::format("v{}", v).c_str()));
    for (int k = 0; !encoding.rows.empty() && k < 6; ++k)
        numbers.push_back(context.int_const(fmt::format("n{}", k).c_str()));
    for (const auto& clause : encoding.clauses) {
        z3::expr_vector parts(context);
        for (int literal : clause) {
            const z3::expr& term = variables[static_cast<std::size_t>(std::abs(literal) - 1)];
            parts.push_back(literal > 0 ? term : !term);
        }
        solver.add(z3::mk_or(parts));
    }
    for (const auto& row : encoding.rows) {
        z3::expr_vector parts(context);
        for (std::size_t k = 0; k < 6; ++k) parts.push_back(context.int_val(row[k]) * numbers[k]);
        solver.add(z3::sum(parts) <= context.int_val(row[6]));
    }
    z3::expr_vector assumed(context);
    assumed.push_back(variables[0]);
    const z3::check_result found = solver.check(assumed);
    int read = 0;
    if (found == z3::sat) {
        const z3::model model = solver.get_model();
        for (const z3::expr& variable : variables)
            read += model.eval(variable, true).is_true() ? 1 : 0;
    } else {
        read = static_cast<int>(solver.unsat_core().size());
    }
    return found == z3::sat ? read : -1;
}

/// How long a check goes on after its deadline.
double overrun(int pigeons, double seconds) {
    smt::Context context;
    smt::Solver solver(context);
    std::vector<std::vector<smt::Term>> in(static_cast<std::size_t>(pigeons));
    for (auto& pigeon : in) {
        for (int hole = 0; hole + 1 < pigeons; ++hole)
            pigeon.push_back(context.variable(smt::Sort::boolean, "in"));
        solver.add(context.disjunction(pigeon));
    }
    for (std::size_t hole = 0; hole + 1 < in.size(); ++hole) {
        std::vector<smt::Term> sharing;
        for (const auto& pigeon : in) sharing.push_back(pigeon[hole]);
        solver.add(context.at_most_one(sharing));
    }
    const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                             std::chrono::duration<double>(seconds));
    solver.check({deadline, 0, nullptr});
    return std::chrono::duration<double>(Clock::now() - deadline).count();
}

}  // namespace

int main() {
    std::mt19937_64 random(11);
    bench::Goals goals;
    for (bool has_numbers : {false, true}) {
        double ours = 0, theirs = 0;
        int satisfiable = 0, different = 0;
        for (int round = 0; round < 150; ++round) {
            const Encoding encoding = random_encoding(random, has_numbers);
            int a = 0, b = 0;
            ours += bench::seconds_of([&] { a = by_harness(encoding); });
            theirs += bench::seconds_of([&] { b = by_z3(encoding); });
            satisfiable += a >= 0 ? 1 : 0;
            different += (a >= 0) != (b >= 0) ? 1 : 0;
        }
        fmt::print(
            "{:8} 150 encodings, {} satisfiable, {} judged differently: {:.2f} ms each, Z3 "
            "alone {:.2f} ms: {:.3f} times  {}\n",
            has_numbers ? "numbers" : "booleans", satisfiable, different, ours / 0.15,
            theirs / 0.15, ours / theirs, goals.check(ours <= 1.1 * theirs && different == 0));
    }
    double worst = 0;
    for (double seconds : {0.0, 0.1, 0.5, 1.0}) worst = std::max(worst, overrun(14, seconds));
    fmt::print("a check outlives its limit by at most {:.3f} s  {}\n", worst,
               goals.check(worst <= 0.5));
    return goals.exit_code();
}

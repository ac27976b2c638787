// Sudoku as free choices and constraints, against Z3 called directly on an encoding made by hand.
//
// Every puzzle is solved, and a second world is asked for: there must be none. Entail's time counts
// from the text of the program; the peer's from its first call of Z3, with the same solver of
// finite domains, a boolean for each value of each cell, and the second check by a clause that
// excludes the first solution. Goal: at most 1.2 times the peer's time.

#include <z3++.h>

#include <CLI/CLI.hpp>
#include <array>
#include <fstream>
#include <sstream>

#include "bench/harness.h"
#include "programs/engine.h"

using namespace entail;

namespace {

struct Puzzle {
    std::string cells, solution;
};

std::vector<Puzzle> read_puzzles(const std::string& file, std::size_t count) {
    // "puzzle,solution,number of solutions" a line, empty cells as dots.
    std::ifstream in(file);
    std::vector<Puzzle> puzzles;
    for (std::string line; puzzles.size() < count && std::getline(in, line);) {
        std::istringstream fields(line);
        Puzzle puzzle;
        std::getline(fields, puzzle.cells, ',');
        std::getline(fields, puzzle.solution, ',');
        if (puzzle.cells.size() == 81) puzzles.push_back(puzzle);
    }
    return puzzles;
}

bool is_given(char c) {
    return c >= '1' && c <= '9';
}

std::string program_of(const Puzzle& puzzle) {
    std::string text =
        "cell(R, C) :- R in 0..8, C in 0..8.\n"
        "box(R, C, B) :- cell(R, C), B is 3 * (R // 3) + C // 3.\n"
        "choose v(R, C, V) in 1..9 :- cell(R, C).\n"
        ":- v(R, C, V), v(R, D, V), C < D.\n"
        ":- v(R, C, V), v(S, C, V), R < S.\n"
        ":- box(R, C, B), box(S, D, B), R < S, C =\\= D, v(R, C, V), v(S, D, V).\n"
        ":- given(R, C, V), \\+ v(R, C, V).\n"
        "query v(R, C, V).\n";
    for (std::size_t i = 0; i < 81; ++i) {
        if (is_given(puzzle.cells[i]))
            text += fmt::format("given({},{},{}).\n", i / 9, i % 9, puzzle.cells[i]);
    }
    return text;
}

/// The solution, and whether it is the only one.
std::pair<std::string, bool> solve_with_entail(const Puzzle& puzzle) {
    const Solution found = Engine::from_text(program_of(puzzle)).solve(2);
    std::string solution(81, '.');
    if (!found.worlds.empty()) {
        for (const std::string& atom : found.worlds[0].atoms)  // v(0,4,7)
            solution[static_cast<std::size_t>((atom[2] - '0') * 9 + (atom[4] - '0'))] = atom[6];
    }
    return {solution, found.worlds.size() == 1};
}

std::pair<std::string, bool> solve_with_z3(const Puzzle& puzzle) {
    z3::context context;
    z3::solver solver(context, "QF_FD");
    std::vector<z3::expr> v;
    auto at = [&](std::size_t r, std::size_t c, std::size_t k) { return v[(r * 9 + c) * 9 + k]; };
    for (int i = 0; i < 729; ++i) v.push_back(context.bool_const(fmt::format("v{}", i).c_str()));
    auto exclude = [&](const z3::expr& a, const z3::expr& b) { solver.add(!a || !b); };
    for (std::size_t r = 0; r < 9; ++r) {
        for (std::size_t c = 0; c < 9; ++c) {
            z3::expr_vector some(context);
            for (std::size_t k = 0; k < 9; ++k) some.push_back(at(r, c, k));
            solver.add(z3::mk_or(some));
            for (std::size_t k = 0; k < 9; ++k) {
                for (std::size_t l = k + 1; l < 9; ++l) exclude(at(r, c, k), at(r, c, l));
                for (std::size_t d = c + 1; d < 9; ++d) exclude(at(r, c, k), at(r, d, k));
                for (std::size_t s = r + 1; s < 9; ++s) exclude(at(r, c, k), at(s, c, k));
                for (std::size_t s = r + 1; s < 9; ++s) {
                    for (std::size_t d = 0; d < 9; ++d) {
                        if (s / 3 == r / 3 && d / 3 == c / 3 && d != c)
                            exclude(at(r, c, k), at(s, d, k));
                    }
                }
            }
            const char given = puzzle.cells[r * 9 + c];
            if (is_given(given)) solver.add(at(r, c, static_cast<std::size_t>(given - '1')));
        }
    }
    std::string solution(81, '.');
    if (solver.check() != z3::sat) return {solution, false};
    const z3::model model = solver.get_model();
    z3::expr_vector other(context);
    for (std::size_t i = 0; i < 729; ++i) {
        if (!model.eval(v[i], true).is_true()) continue;
        solution[i / 9] = static_cast<char>('1' + i % 9);
        other.push_back(!v[i]);
    }
    solver.add(z3::mk_or(other));
    return {solution, solver.check() == z3::unsat};
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Sudoku by Entail and by Z3 alone"};
    std::string file;
    std::size_t count = 1000;
    app.add_option("PUZZLES", file, "Lines of puzzle,solution (uncompressed)")->required();
    app.add_option("--count", count, "At most so many");
    CLI11_PARSE(app, argc, argv);

    const std::vector<Puzzle> puzzles = read_puzzles(file, count);
    if (puzzles.empty()) {
        fmt::print("no puzzles in {}\n", file);
        return 1;
    }
    bench::Goals goals;
    double ours = 0, theirs = 0;
    std::size_t right = 0, unique = 0, agree = 0;
    for (const Puzzle& puzzle : puzzles) {
        std::pair<std::string, bool> entail, z3;
        ours += bench::seconds_of([&] { entail = solve_with_entail(puzzle); });
        theirs += bench::seconds_of([&] { z3 = solve_with_z3(puzzle); });
        right += entail.first == puzzle.solution ? 1 : 0;
        unique += entail.second ? 1 : 0;
        agree += entail == z3 ? 1 : 0;
    }
    const double n = static_cast<double>(puzzles.size());
    fmt::print("{} puzzles, {} solved as given, {} with one solution alone, {} as the peer says\n",
               puzzles.size(), right, unique, agree);
    fmt::print("{:.2f} ms a puzzle, Z3 alone {:.2f} ms: {:.2f} times  {}\n", 1e3 * ours / n,
               1e3 * theirs / n, ours / theirs, goals.check(ours <= 1.2 * theirs));
    return goals.exit_code();
}

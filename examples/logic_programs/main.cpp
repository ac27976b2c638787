// Programs that a language model wrote, run through Entail: which answers are right, which are
// proved, what is wrong with the programs.
//
//     example_logic_programs [--all] [FILE.json[.gz] ...]
//
// Without files: the samples beside this source. --all shows every answer that is not right.

#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <iostream>
#include <vector>

#include "solve.h"

namespace {

using Answer = Outcome::Answer;

/// What a file came to.
struct Tally {
    std::size_t programs = 0, right = 0, is_true = 0, is_false = 0, unknown = 0, options = 0,
                contradictory = 0, malformed = 0, proofs = 0, checked = 0;
    double seconds = 0;

    void add(const Tally& other) {
        programs += other.programs;
        right += other.right;
        is_true += other.is_true;
        is_false += other.is_false;
        unknown += other.unknown;
        options += other.options;
        contradictory += other.contradictory;
        malformed += other.malformed;
        proofs += other.proofs;
        checked += other.checked;
        seconds += other.seconds;
    }
};

std::string show(const Outcome& outcome) {
    switch (outcome.answer) {
        case Answer::true_:
            return "true";
        case Answer::false_:
            return "false";
        case Answer::contradictory:
            return "contradictory";
        case Answer::option:
            return outcome.option;
        case Answer::malformed:
            return "malformed";
        case Answer::unknown:
            break;
    }
    return "unknown";
}

/// The letter of an answer. Where "unknown" is not among the options, what is not derived counts as
/// false.
std::string letter(const Outcome& outcome, bool has_unknown) {
    switch (outcome.answer) {
        case Answer::true_:
            return "A";
        case Answer::false_:
            return "B";
        case Answer::option:
            return outcome.option;
        case Answer::unknown:
            return has_unknown ? "C" : "B";
        case Answer::contradictory:
        case Answer::malformed:
            break;
    }
    return "";
}

Outcome solve(const Problem& problem, std::vector<Remark>& remarks) {
    const LogicProgram program = translate(problem.program);
    remarks = program.remarks;
    Outcome outcome;
    outcome.answer = Answer::malformed;
    if (program.kind == Kind::unreadable) outcome.diagnostic = "no section of rules or constraints";
    for (const Remark& error : program.errors)
        outcome.diagnostic += fmt::format("{}line {}: {}", outcome.diagnostic.empty() ? "" : "; ",
                                          error.line, error.text);
    if (!outcome.diagnostic.empty()) return outcome;
    try {
        return program.kind == Kind::deduction ? solve_deduction(program, problem.id)
                                               : solve_ordering(program, problem.id);
    } catch (const std::exception& error) {
        outcome.diagnostic = error.what();
        return outcome;
    }
}

Tally run(const std::string& file, bool shows_all) {
    Tally tally;
    const std::vector<Problem> problems = read_problems(file);
    bool has_unknown = false;
    for (const Problem& problem : problems) has_unknown = has_unknown || problem.answer == "C";
    const auto start = std::chrono::steady_clock::now();
    for (const Problem& problem : problems) {
        std::vector<Remark> remarks;
        const Outcome outcome = solve(problem, remarks);
        const bool is_right = letter(outcome, has_unknown) == problem.answer;
        ++tally.programs;
        tally.right += is_right;
        tally.is_true += outcome.answer == Answer::true_;
        tally.is_false += outcome.answer == Answer::false_;
        tally.unknown += outcome.answer == Answer::unknown;
        tally.options += outcome.answer == Answer::option;
        tally.contradictory += outcome.answer == Answer::contradictory;
        tally.malformed += outcome.answer == Answer::malformed;
        tally.proofs += outcome.has_proof;
        tally.checked += outcome.is_checked;
        for (const Remark& remark : remarks)
            std::cout << fmt::format("{}: line {}: {}\n", problem.id, remark.line, remark.text);
        if (!outcome.diagnostic.empty())
            std::cout << fmt::format("{}: {}\n", problem.id, outcome.diagnostic);
        if (shows_all && !is_right)
            std::cout << fmt::format("{}: {}, expected {}\n", problem.id, show(outcome),
                                     problem.answer);
    }
    tally.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return tally;
}

std::string row(const std::string& name, const Tally& t) {
    return fmt::format("{:<34} {:>8} {:>6} {:>6} {:>6} {:>7} {:>7} {:>13} {:>9} {:>11} {:>8.2f}\n",
                       name, t.programs, t.right, t.is_true, t.is_false, t.unknown, t.options,
                       t.contradictory, t.malformed, fmt::format("{}/{}", t.checked, t.proofs),
                       t.seconds);
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> files(argv + 1, argv + argc);
    const bool shows_all = std::erase(files, "--all") != 0;
    if (files.empty()) files = {"logic_programs/deduction.json", "logic_programs/ordering.json"};
    try {
        std::string table =
            fmt::format("{:<34} {:>8} {:>6} {:>6} {:>6} {:>7} {:>7} {:>13} {:>9} {:>11} {:>8}\n",
                        "file", "programs", "right", "true", "false", "unknown", "options",
                        "contradictory", "malformed", "proofs", "seconds");
        Tally total;
        for (const std::string& file : files) {
            const Tally tally = run(file, shows_all);
            table += row(std::filesystem::path(file).filename().string(), tally);
            total.add(tally);
        }
        std::cout << '\n' << table << row("all", total);
        return total.checked == total.proofs ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}

#include "tests/programs/oracle/compare.h"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "programs/engine.h"
#include "tests/programs/oracle/oracle.h"

namespace entail::tests {

namespace {

constexpr double kTolerance = 1e-9;

/// The code in `error[code]` of a rendered diagnostic, or the whole message.
std::string error_code(const std::string& message) {
    const std::size_t begin = message.find("error[");
    const std::size_t end = message.find(']', begin == std::string::npos ? 0 : begin);
    if (begin == std::string::npos || end == std::string::npos) return message;
    return message.substr(begin + 6, end - begin - 6);
}

std::optional<Disagreement> compare_answers(const OracleQuery& expected,
                                            const QueryAnswers& actual) {
    std::map<std::string, std::pair<std::size_t, OracleAnswer>> by_atom;
    for (std::size_t i = 0; i < expected.answers.size(); ++i)
        by_atom.emplace(expected.answers[i].atom, std::pair(i, expected.answers[i]));
    std::map<std::string, bool> seen;
    for (const Answer& answer : actual.answers) {
        if (seen[answer.atom]) return Disagreement{"atom twice", answer.atom};
        seen[answer.atom] = true;
        const auto at = by_atom.find(answer.atom);
        if (at == by_atom.end()) {
            return Disagreement{"atom too many",
                                fmt::format("{}: [{}, {}] is no answer of '{}'", answer.atom,
                                            answer.lower, answer.upper, actual.query)};
        }
        const OracleAnswer& right = at->second.second;
        if (!(std::abs(answer.lower - right.lower) <= kTolerance) ||
            !(std::abs(answer.upper - right.upper) <= kTolerance)) {
            return Disagreement{
                "value",
                fmt::format("{}: [{:.12g}, {:.12g}], but the oracle has [{:.12g}, {:.12g}]",
                            answer.atom, answer.lower, answer.upper, right.lower, right.upper)};
        }
    }
    for (const OracleAnswer& answer : expected.answers) {
        if (!seen[answer.atom]) {
            return Disagreement{"atom missing",
                                fmt::format("{}: [{}, {}] is missing from '{}'", answer.atom,
                                            answer.lower, answer.upper, actual.query)};
        }
    }
    for (std::size_t i = 1; i < actual.answers.size(); ++i) {
        const Answer& a = actual.answers[i - 1];
        const Answer& b = actual.answers[i];
        if (a.lower != a.upper || b.lower != b.upper) continue;
        const std::string x = fmt::format("{:.9g}", a.upper), y = fmt::format("{:.9g}", b.upper);
        const bool in_order =
            x == y ? by_atom.at(a.atom).first < by_atom.at(b.atom).first : a.upper > b.upper;
        if (!in_order)
            return Disagreement{"order", fmt::format("{}: {} before {}: {}", a.atom, x, b.atom, y)};
    }
    return std::nullopt;
}

}  // namespace

Comparison compare_with_oracle(const std::string& program, std::size_t max_worlds) {
    Comparison result;
    OracleResult expected;
    std::string expected_error;
    try {
        expected = ask_oracle(program, max_worlds);
        if (expected.inconsistent) expected_error = "inconsistent";
        result.inconsistent = expected.inconsistent;
    } catch (const OracleRefusal&) {
        result.judged = Judged::refused;
        return result;
    } catch (const OracleProgramError& error) {
        expected_error = error.what();
    }

    RunResult actual;
    try {
        actual = Engine::from_text(program).run();
    } catch (const ProgramError& error) {
        const std::string message = error.what();
        if (expected_error.empty()) {
            result.disagreement = {"unexpected error: " + error_code(message), message};
        } else if (result.inconsistent && message.find("inconsistent") == std::string::npos) {
            result.disagreement = {"another error: " + error_code(message),
                                   "no world is left, but the engine says: " + message};
        }
        return result;
    } catch (const std::exception& error) {
        result.disagreement = {"exception", error.what()};
        return result;
    }
    if (!actual.limits.empty()) {  // too many lists of solutions: the answers are partial
        result.judged = Judged::refused;
        return result;
    }
    if (!expected_error.empty()) {
        result.disagreement = {"error expected",
                               "no error, but the oracle says: " + expected_error};
        return result;
    }
    if (actual.results.size() != expected.queries.size()) {
        result.disagreement = {"number of queries", std::to_string(actual.results.size())};
        return result;
    }
    for (std::size_t q = 0; q < expected.queries.size() && !result.disagreement; ++q)
        result.disagreement = compare_answers(expected.queries[q], actual.results[q]);
    return result;
}

}  // namespace entail::tests

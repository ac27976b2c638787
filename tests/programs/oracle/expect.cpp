#include "tests/programs/oracle/expect.h"

#include <doctest/doctest.h>

#include "programs/engine.h"
#include "tests/programs/oracle/compare.h"

namespace entail::tests {

std::string run_text(const std::string& program) {
    try {
        return to_text(Engine::from_text(program).run());
    } catch (const ProgramError& error) {
        return error.what();
    }
}

std::map<std::string, double> probabilities(const std::string& program) {
    std::map<std::string, double> result;
    for (const QueryAnswers& query : Engine::from_text(program).run().results)
        for (const Answer& answer : query.answers) result[answer.atom] = answer.upper;
    return result;
}

void expect(const std::string& program, std::initializer_list<const char*> lines) {
    INFO(program);
    std::string expected;
    for (const char* line : lines) expected += std::string(line) + "\n";
    CHECK(run_text(program) == expected);
    const Comparison comparison = compare_with_oracle(program);
    if (comparison.judged == Judged::yes && comparison.disagreement)
        FAIL_CHECK("the oracle disagrees: " << comparison.disagreement->detail);
}

void expect_error(const std::string& program, const std::string& part) {
    INFO(program);
    try {
        const std::string text = to_text(Engine::from_text(program).run());
        FAIL_CHECK("no error, but:\n" << text);
    } catch (const ProgramError& error) {
        const std::string message = error.what();
        INFO(message);
        CHECK(message.find(part) != std::string::npos);
    }
}

}  // namespace entail::tests

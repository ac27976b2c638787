#pragma once
// One program, its expected text: the engine and the oracle are both held to it.

#include <initializer_list>
#include <map>
#include <string>

namespace entail::tests {

/// What `entail run` prints; an error's message when there is one.
std::string run_text(const std::string& program);

/// Each atom that is answered, over all queries, with its probability (the upper bound).
std::map<std::string, double> probabilities(const std::string& program);

/// `run` prints exactly these lines, and the oracle, if it judges the program, agrees.
void expect(const std::string& program, std::initializer_list<const char*> lines);

/// The program is refused with a message that has `part` in it.
void expect_error(const std::string& program, const std::string& part);

}  // namespace entail::tests

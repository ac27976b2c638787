#pragma once
// Random stratified programs, small enough for the oracle: typed, safe and finite by construction.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace entail::tests {

/// `head :- body.`, the body as conjuncts, so that tests can permute and drop parts.
struct Sentence {
    std::string head;  ///< empty for a constraint; `query p(X)` for a query
    std::vector<std::string> body;

    std::string text() const;
};
using Sentences = std::vector<Sentence>;

std::string text(const Sentences& sentences);

/// Every seed is a program of its own: facts, coins, annotated disjunctions, draws, free choices,
/// rules with recursion, negation, aggregates, arithmetic, disjunctions, conditionals, built-ins of
/// lists and lists of solutions, constraints,
/// evidence and one to three queries, in any order.
Sentences random_program(std::uint64_t seed);

/// Removes sentences, then conjuncts, as long as `fails` stays true.
template <typename Fails>
Sentences shrink(Sentences sentences, const Fails& fails) {
    const auto reduce = [&](auto& list) {
        bool reduced = false;
        for (std::size_t i = list.size(); i-- > 0;) {
            const auto removed = list[i];
            list.erase(list.begin() + static_cast<std::ptrdiff_t>(i));
            if (fails(sentences)) {
                reduced = true;
            } else {
                list.insert(list.begin() + static_cast<std::ptrdiff_t>(i), removed);
            }
        }
        return reduced;
    };
    bool reduced = true;
    while (reduced) {
        reduced = reduce(sentences);
        for (std::size_t s = 0; s < sentences.size(); ++s) {
            if (sentences[s].body.size() > (sentences[s].head.empty() ? 1U : 0U))
                reduced = reduce(sentences[s].body) || reduced;
        }
    }
    return sentences;
}

}  // namespace entail::tests

#pragma once
// CLEVR's questions answered: on scenes as they are stated, or with every attribute uncertain.

#include <atomic>
#include <functional>

#include "programs/clevr_data.h"
#include "programs/functional/law.h"

namespace entail {

struct ClevrOptions {
    /// The probability of every stated attribute; what is left of 1 is shared by the other values.
    double certainty = 1;
    functional::LawLimits limits;
    /// Told now and then how many questions are answered.
    std::function<void(std::size_t)> progress;
};

struct ClevrAnswer {
    std::string text;         ///< the most probable one; "undefined" if the program has no value
    double probability = 0;   ///< of that answer
    double right = 0;         ///< of the answer that the file gives
    double undefined = 0;     ///< that the program has no value
    bool is_complete = true;  ///< false: a limit was reached, the probabilities are too low
    bool is_right = false;
};

struct ClevrResult {
    std::vector<ClevrAnswer> answers;  ///< by question; fewer if interrupted
    std::size_t right = 0;
    double seconds = 0;  ///< of answering
};

/// Answers all questions, one after the other on the calling thread. Throws std::invalid_argument
/// for a certainty outside 0..1, neural::DataError never: the files have been read.
ClevrResult answer_clevr(const ClevrScenes& scenes, const std::vector<ClevrQuestion>& questions,
                         const functional::Vocabulary& vocabulary, const ClevrOptions& options);

/// One question as a program of the language: the scene as facts, its attributes as disjunctions if
/// they are uncertain, and `query answer(X).`
std::string clevr_program(const ClevrQuestion& question, const functional::Scene& scene,
                          const functional::Vocabulary& vocabulary, double certainty);

}  // namespace entail

#pragma once
// CLEVR's published files: scenes and questions with functional programs, in JSON. The operations
// of the programs are those of library/clevr.ent; each program becomes one plan of typed steps.
//
// Reading throws neural::DataError with the file, the scene or the question and step, the cause and
// the way out.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "programs/functional/code.h"

namespace entail {

/// The attributes with their values, and the relations, as library/clevr.ent declares them.
functional::Vocabulary clevr_vocabulary();

struct ClevrScenes {
    std::vector<functional::Scene> scenes;
    std::vector<std::int64_t> images;  ///< by scene: its image_index
};

struct ClevrQuestion {
    std::uint32_t scene = 0;  ///< index into ClevrScenes
    functional::Code code;
    std::string answer;  ///< as the language writes it: "true", "3", "red"
};

struct ClevrQuestions {
    std::vector<ClevrQuestion> questions;
    double translation_seconds = 0;  ///< of reading, the part that made codes of programs
};

/// Files above this are refused, compressed or not.
inline constexpr std::size_t kMaxClevrBytes = std::size_t{2} << 30U;

ClevrScenes load_clevr_scenes(const std::filesystem::path& file,
                              const functional::Vocabulary& vocabulary);
ClevrQuestions load_clevr_questions(const std::filesystem::path& file, const ClevrScenes& scenes,
                                    const functional::Vocabulary& vocabulary);

}  // namespace entail

#pragma once
// From files to training examples: lines of a table fill the variables of the program's first
// query, pictures and constants first, the answer last.
//
// Lines that agree in their constants, and in which of their pictures are the same, share a
// pattern: pictures become placeholders, the answer stays open, and one circuit serves them all.

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/examples.h"
#include "bridge/learnable_weights.h"
#include "programs/image_columns.h"
#include "programs/loader.h"
#include "symbolic/eval/evaluator.h"

namespace entail {

struct DataFiles {
    std::filesystem::path examples;  ///< CSV
    /// A folder of pictures, an IDX file or a picture. The table names pictures by number, from 0
    /// (in a folder in natural order of names), or in a folder by file name.
    std::filesystem::path images;
    /// IDX, or a table with a row for each picture: one column for a program of one concept, else a
    /// column named "module" or "module.concept" for each concept that is known. May be empty.
    std::filesystem::path labels;
};

/// Lines whose answer the program cannot give: they are left out.
struct ImpossibleLines {
    std::size_t count = 0;
    std::string first;  ///< of them: "pairs.csv:3: ..."
};

class TrainingData {
public:
    /// `loaded` must be free of errors and outlive this, and so must `learnable`. Throws
    /// ProgramError if the program has no query to train on.
    TrainingData(LoadedProgram& loaded, const bridge::LearnableWeights& learnable,
                 eval::Limits limits);

    const std::vector<QueryColumn>& columns() const { return columns_; }
    bool needs_images() const;

    /// Reads one set of data. Patterns are kept for the next. Throws neural::DataError naming file
    /// and line, also if the program can give no line's answer; ProgramError for what is wrong with
    /// the program.
    bridge::ExampleSet read(const DataFiles& files, ImpossibleLines& impossible);

private:
    struct Known {
        std::uint32_t index;  ///< in shared_
        std::map<std::string, std::uint32_t> answers;
    };
    const Known& pattern(const std::vector<std::string>& fields,
                         const std::vector<std::uint32_t>& slots);
    Known build(const std::vector<std::string>& fields, const std::vector<std::uint32_t>& slots);
    std::string answer_text(const ValueStore& values, const std::vector<Value>& tuple) const;
    Value constant(const std::string& field);
    std::vector<std::vector<int>> read_labels(const std::filesystem::path& file, int images) const;

    LoadedProgram& loaded_;
    const bridge::LearnableWeights& learnable_;
    eval::Limits limits_;
    std::vector<QueryColumn> columns_;
    std::vector<std::shared_ptr<const bridge::Pattern>> shared_;
    std::map<std::string, Known> patterns_;  // by key
};

}  // namespace entail

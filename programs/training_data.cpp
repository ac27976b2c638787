#include "programs/training_data.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "neural/core/data_error.h"
#include "neural/data/csv.h"
#include "neural/data/file_bytes.h"
#include "neural/data/idx.h"
#include "neural/data/load_images.h"
#include "programs/engine.h"
#include "programs/inference.h"

namespace entail {

using neural::DataError;

namespace {

constexpr std::uint32_t kNoSlot = 0xFFFFFFFF;
constexpr std::size_t kMaxLabelBytes = std::size_t{1} << 28U;

std::optional<std::int64_t> as_integer(const std::string& text) {
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stop != end || text.empty()) return std::nullopt;
    return number;
}

/// Answers are compared as they are printed: without blanks, integers without leading zeros.
std::string normalised(const std::string& field) {
    if (const auto number = as_integer(field)) return std::to_string(*number);
    if (field.find_first_of("\"'") != std::string::npos) return field;
    std::string text = field;
    std::erase_if(text, [](char c) { return c == ' ' || c == '\t'; });
    return text;
}

std::string place(const std::string& file, int line) {
    return fmt::format("{}:{}", file, line);
}

[[noreturn]] void fail(const Diagnostics& diagnostics, const SourceSet& sources) {
    throw ProgramError(render(diagnostics, sources));
}

[[noreturn]] void fail_training(const LoadedProgram& loaded, SourceSpan span, std::string cause,
                                std::string hint) {
    Diagnostics diagnostics;
    diagnostics.report(DiagnosticCode::not_trainable, span, cause).hint = std::move(hint);
    fail(diagnostics, loaded.sources);
}

ir::Term substitute(const ir::Term& term, const std::vector<std::optional<Value>>& given,
                    ValueStore& values) {
    if (term.is_variable()) {
        return given[term.variable] ? ir::Term::make_constant(*given[term.variable]) : term;
    }
    if (term.args.empty()) return term;
    std::vector<ir::Term> args;
    for (const ir::Term& argument : term.args) {
        args.push_back(substitute(argument, given, values));
    }
    return ir::Term::make_compound(term.value, std::move(args), values);
}

/// Which picture a field means: a name where pictures have names, else a number from 0.
std::uint32_t image_index(const std::string& field, const std::string& column,
                          const neural::ImageSet& images,
                          const std::map<std::string, std::uint32_t>& names,
                          const std::string& file, int line) {
    if (const auto found = names.find(field); found != names.end()) return found->second;
    const auto number = as_integer(field);
    if (!number) {
        throw DataError(place(file, line),
                        fmt::format("'{}' in column {} is no picture", field, column),
                        names.empty() ? "pictures are numbered from 0"
                                      : "name a file of the folder, or number them from 0");
    }
    if (*number < 0 || *number >= images.count) {
        throw DataError(place(file, line),
                        fmt::format("picture {} in column {} is out of range", *number, column),
                        fmt::format("there are {} pictures, numbered from 0", images.count));
    }
    return static_cast<std::uint32_t>(*number);
}

}  // namespace

TrainingData::TrainingData(LoadedProgram& loaded, const bridge::LearnableWeights& learnable,
                           eval::Limits limits)
    : loaded_(loaded), learnable_(learnable), limits_(limits) {
    const ir::Program& program = loaded.program;
    if (program.modules.empty() && program.parameters.empty()) {
        fail_training(loaded, {}, "it has neither a module nor a learnable weight",
                      "declare a module, or write a weight as 't(0.5)' or 't(_)'");
    }
    if (program.queries.empty()) {
        fail_training(loaded, {}, "it has no query",
                      "the data fills the variables of the first query, the answer last");
    }
    const ir::Query& query = program.queries.front();
    columns_ = query_columns(program, query);
    if (columns_.empty() || query.negated) {
        fail_training(loaded, query.span, "its first query has no variable for the answer",
                      "the data fills the variables of the first query, the answer last");
    }
    if (!columns_.back().modules.empty()) {
        fail_training(loaded, query.span,
                      fmt::format("the last variable of its first query, {}, is a picture",
                                  columns_.back().name),
                      "the last variable is the answer that is trained on");
    }
    if (!program.modules.empty() && !needs_images()) {
        fail_training(loaded, query.span, "no module looks at a variable of its first query",
                      "put the pictures into the query, before the answer: 'query sum(A, B, S).'");
    }
}

bool TrainingData::needs_images() const {
    return std::ranges::any_of(columns_, [](const auto& c) { return !c.modules.empty(); });
}

Value TrainingData::constant(const std::string& field) {
    ValueStore& values = loaded_.program.values;
    if (const auto number = as_integer(field)) return values.integer(*number);
    double real = 0;
    const char* end = field.data() + field.size();
    const auto [stop, error] = std::from_chars(field.data(), end, real);
    if (error == std::errc{} && stop == end && std::isfinite(real)) return values.real(real);
    return values.atom(field);
}

std::string TrainingData::answer_text(const ValueStore& values,
                                      const std::vector<Value>& tuple) const {
    Value at = tuple[columns_.back().argument];
    for (const std::uint32_t step : columns_.back().path) at = values.arguments(at)[step];
    // An atom is written in a table without its quotes.
    if (values.kind(at) == ValueKind::atom) return normalised(std::string(values.text(at)));
    return normalised(values.print(at));
}

const TrainingData::Known& TrainingData::pattern(const std::vector<std::string>& fields,
                                                 const std::vector<std::uint32_t>& slots) {
    std::string key;
    for (std::size_t c = 0; c + 1 < columns_.size(); ++c) {
        key += slots[c] == kNoSlot ? normalised(fields[c]) : fmt::format("\x1{}", slots[c]);
        key += '\x2';
    }
    const auto found = patterns_.find(key);
    if (found != patterns_.end()) return found->second;
    return patterns_.emplace(std::move(key), build(fields, slots)).first->second;
}

TrainingData::Known TrainingData::build(const std::vector<std::string>& fields,
                                        const std::vector<std::uint32_t>& slots) {
    ir::Program& program = loaded_.program;
    Questions questions;
    questions.evidence = program.evidence;
    ir::Query query = program.queries.front();
    std::vector<std::optional<Value>> given(query.variables.size());
    std::map<std::uint32_t, std::uint32_t> slot_of;  // by the bits of a placeholder
    std::uint32_t slot_count = 0;
    for (std::size_t c = 0; c + 1 < columns_.size(); ++c) {
        const QueryColumn& column = columns_[c];
        if (slots[c] == kNoSlot) {
            given[column.variable] = constant(fields[c]);
            continue;
        }
        const Value picture = program.values.atom(fmt::format("picture {}", slots[c] + 1));
        given[column.variable] = picture;
        slot_of[picture.bits()] = slots[c];
        slot_count = std::max(slot_count, slots[c] + 1);
        for (const std::uint32_t module : column.modules) {
            const auto type = program.find(program.modules[module].input_type, 1);
            if (type) questions.facts.push_back({*type, {picture}});
        }
    }
    for (ir::Term& term : query.atom.args) term = substitute(term, given, program.values);
    questions.queries.push_back(query);

    Diagnostics diagnostics;
    Inference inference = infer(program, questions, limits_, diagnostics);
    if (diagnostics.has_errors()) fail(diagnostics, loaded_.sources);
    if (!inference.limits.empty()) {
        fail_training(loaded_, query.span,
                      fmt::format("the {} limit was reached while the answers were sought",
                                  inference.limits.front()),
                      "raise the limit, or ask for less");
    }
    Known known{static_cast<std::uint32_t>(shared_.size()), {}};
    std::vector<bridge::PatternAnswer> answers;
    for (const Candidate& candidate : inference.answers.front()) {
        if (!candidate.row) continue;
        bridge::PatternAnswer answer;
        answer.text = answer_text(inference.database.values, candidate.tuple);
        if (candidate.compiled) {
            const auto& pairs = inference.compiled.queries[*candidate.compiled].pairs;
            if (pairs.size() != 1) {
                fail_training(loaded_, query.span, "its answers depend on free choices",
                              "only weighted choices can be trained through");
            }
            answer.pair = pairs.front();
            // Derived, but in no world: the constraints exclude it, or it needs one picture to show
            // two things.
            const circuit::Circuit& circuit = inference.compiled.circuit;
            if (circuit.roots()[answer.pair->numerator] == circuit::kFalse) continue;
        }
        known.answers.emplace(answer.text, static_cast<std::uint32_t>(answers.size()));
        answers.push_back(std::move(answer));
    }
    if (answers.empty()) return known;
    const auto find_slot = [&](const ValueStore& values, Value input) {
        const auto found = slot_of.find(input.bits());
        if (found != slot_of.end()) return found->second;
        fail_training(loaded_, query.span,
                      fmt::format("a module looks at {}, which is no picture of the example",
                                  values.print(input)),
                      "all pictures come from the data: put them into the query");
    };
    bridge::WeightSources sources(
        bridge::weight_sources(program, inference.database, learnable_, find_slot), slot_count);
    shared_.push_back(std::make_shared<const bridge::Pattern>(
        std::move(inference.compiled.circuit), std::move(sources), std::move(answers)));
    return known;
}

bridge::ExampleSet TrainingData::read(const DataFiles& files, ImpossibleLines& impossible) {
    bridge::ExampleSet data;
    std::map<std::string, std::uint32_t> names;
    if (needs_images()) {
        data.images = neural::load_images(files.images, bridge::Perception::kImage);
        for (std::uint32_t i = 0; i < data.images.names.size(); ++i) {
            names.emplace(data.images.names[i], i);
        }
        if (!files.labels.empty()) data.labels = read_labels(files.labels, data.images.count);
    }
    const neural::CsvTable table = neural::load_csv(files.examples);
    const auto expected = static_cast<int>(columns_.size());
    if (table.columns() != expected) {
        std::string list;
        for (const QueryColumn& column : columns_) {
            list += (list.empty() ? "" : ", ") + column.name;
        }
        const int line = table.lines.empty() ? 1 : table.lines.front();
        throw DataError(
            place(table.file, line),
            fmt::format("has {} column{}, but the query has {} variable{}", table.columns(),
                        table.columns() == 1 ? "" : "s", expected, expected == 1 ? "" : "s"),
            fmt::format("one column for each of {}", list));
    }
    impossible = {};
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
        const auto& fields = table.rows[r];
        bridge::Example example;
        std::vector<std::uint32_t> slots(columns_.size(), kNoSlot);
        for (std::size_t c = 0; c + 1 < columns_.size(); ++c) {
            if (columns_[c].modules.empty()) continue;
            const std::uint32_t image = image_index(fields[c], columns_[c].name, data.images, names,
                                                    table.file, table.lines[r]);
            const auto same = std::ranges::find(example.images, image);
            slots[c] = static_cast<std::uint32_t>(same - example.images.begin());
            if (same == example.images.end()) example.images.push_back(image);
        }
        const Known& known = pattern(fields, slots);
        const auto answer = known.answers.find(normalised(fields.back()));
        if (answer == known.answers.end()) {
            if (impossible.count++ == 0) {
                impossible.first = fmt::format("{}: the program cannot give the answer {} = {}",
                                               place(table.file, table.lines[r]),
                                               columns_.back().name, fields.back());
            }
            continue;
        }
        example.pattern = known.index;
        example.answer = answer->second;
        data.examples.push_back(std::move(example));
    }
    if (data.examples.empty()) {
        throw DataError(table.file,
                        fmt::format("the program can give the answer of none of the {} lines; the "
                                    "first is {}",
                                    table.rows.size(), impossible.first),
                        "compare the last column with what the program derives");
    }
    data.patterns = shared_;
    return data;
}

std::vector<std::vector<int>> TrainingData::read_labels(const std::filesystem::path& file,
                                                        int images) const {
    const ir::Program& program = loaded_.program;
    struct Network {
        std::string title;
        std::map<std::string, int> classes;
    };
    std::vector<Network> networks;
    for (const ir::ModuleDeclaration& module : program.modules) {
        for (const ir::ConceptDeclaration& declared : module.concepts) {
            Network& network = networks.emplace_back();
            network.title = declared.name.empty() ? module.name : module.name + "." + declared.name;
            for (const Value value : declared.domain) {
                const auto index = static_cast<int>(network.classes.size());
                network.classes.emplace(program.values.print(value), index);
            }
        }
    }
    const std::string bytes = neural::read_file_or_gzip(file, kMaxLabelBytes);
    const bool is_idx = bytes.size() >= 4 && bytes[0] == 0 && bytes[1] == 0;
    std::vector<std::vector<int>> labels(networks.size());
    const auto check_count = [&](std::size_t count) {
        if (count == static_cast<std::size_t>(images)) return;
        throw DataError(file.string(),
                        fmt::format("has {} labels, but there are {} pictures", count, images),
                        "give the labels of these pictures, one for each, in their order");
    };
    if (is_idx) {
        if (networks.size() != 1) {
            throw DataError(file.string(), "labels one concept, but the program has several",
                            "give a table with a column for each: " + networks[0].title + ", ...");
        }
        labels[0] = neural::load_idx_labels(file);
        check_count(labels[0].size());
        const auto& classes = networks[0].classes;
        for (std::size_t i = 0; i < labels[0].size(); ++i) {
            // By value where classes are numbers, else by position.
            const auto named = classes.find(std::to_string(labels[0][i]));
            if (named != classes.end()) labels[0][i] = named->second;
            if (labels[0][i] < static_cast<int>(classes.size())) continue;
            throw DataError(
                file.string(),
                fmt::format("label {} is {}, no class of {}", i, labels[0][i], networks[0].title),
                "give labels of the same concept");
        }
        return labels;
    }
    const neural::CsvTable table = neural::parse_csv(bytes, file.string());
    check_count(table.rows.size());
    for (std::size_t n = 0; n < networks.size(); ++n) {
        int column = 0;
        if (networks.size() > 1 || table.columns() > 1) {
            const auto found = std::ranges::find(table.header, networks[n].title);
            if (found == table.header.end() && networks.size() > 1) continue;  // not known
            column = found == table.header.end() ? table.column(networks[n].title)
                                                 : static_cast<int>(found - table.header.begin());
        }
        for (std::size_t r = 0; r < table.rows.size(); ++r) {
            const std::string& field = table.rows[r][static_cast<std::size_t>(column)];
            const auto found = networks[n].classes.find(normalised(field));
            if (found == networks[n].classes.end() && !field.empty()) {
                throw DataError(place(table.file, table.lines[r]),
                                fmt::format("'{}' is no class of {}", field, networks[n].title),
                                "leave the field empty if it is not known");
            }
            labels[n].push_back(field.empty() ? -1 : found->second);
        }
    }
    return labels;
}

}  // namespace entail

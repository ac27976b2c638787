#include "programs/clevr_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "neural/core/data_error.h"
#include "neural/data/file_bytes.h"
#include "programs/functional/compose.h"
#include "programs/library/embedded.h"
#include "programs/syntax/parser.h"
#include "programs/syntax/stages.h"

namespace entail {
namespace {

using functional::Vocabulary;
using Json = nlohmann::json;

/// library/clevr.ent, read.
struct Library {
    ast::File file;
    functional::Functions functions;

    Library() {
        auto text = std::ranges::find(embedded_library(), std::string_view("clevr"),
                                      [](const auto& entry) { return entry.first; });
        SourceSet sources;
        Diagnostics diagnostics;
        file = ast::parse(sources.add("library/clevr.ent", std::string(text->second)), sources,
                          diagnostics);
        for (const ast::Statement& statement : file.statements) {
            if (const auto* function = std::get_if<ast::Function>(&statement.form)) {
                functions.emplace(function->name.text, function);
            }
        }
    }
};

/// Where in a file something is wrong.
class Place {
public:
    explicit Place(std::string file) : file_(std::move(file)) {}
    /// "question 17", "question 17, step 3"
    Place in(const std::string& what, std::size_t number) const {
        Place inner = *this;
        inner.where_ += fmt::format("{}{} {}", where_.empty() ? "" : ", ", what, number);
        return inner;
    }
    [[noreturn]] void fail(const std::string& cause, const std::string& way_out) const {
        throw neural::DataError(file_, where_.empty() ? cause : where_ + ": " + cause, way_out);
    }

private:
    std::string file_;
    std::string where_;
};

constexpr const char* kAsPublished = "the file must be as CLEVR publishes it";

/// A value in quotes, shortened.
std::string shown(const Json& value) {
    std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
    return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

const Json& field(const Json& object, const char* name, const Place& place) {
    if (!object.is_object()) place.fail("it is not an object: " + shown(object), kAsPublished);
    auto found = object.find(name);
    if (found == object.end()) place.fail(fmt::format("it has no '{}'", name), kAsPublished);
    return *found;
}

const Json::array_t& list(const Json& value, const char* name, const Place& place) {
    if (!value.is_array()) place.fail(fmt::format("'{}' is not a list", name), kAsPublished);
    return value.get_ref<const Json::array_t&>();
}

const std::string& string(const Json& value, const char* name, const Place& place) {
    if (!value.is_string()) {
        place.fail(fmt::format("'{}' is not text: {}", name, shown(value)), kAsPublished);
    }
    return value.get_ref<const std::string&>();
}

/// A number from 0 below `end`.
std::uint32_t index(const Json& value, std::size_t end, const char* name, const Place& place) {
    if (value.is_number_unsigned() && value.get<std::uint64_t>() < end) {
        return value.get<std::uint32_t>();
    }
    place.fail(fmt::format("'{}' is {}, expected a number from 0 to {}", name, shown(value),
                           static_cast<std::int64_t>(end) - 1),
               kAsPublished);
}

/// Calls `take(element, place)` for each object of the list `key` of the file, and forgets it: the
/// file as a whole is never held as values.
template <typename Take>
void each_element(const std::filesystem::path& file, const std::string& key,
                  const std::string& singular, const Take& take) {
    Place place(file.string());
    const std::string text = neural::read_file_or_gzip(file, kMaxClevrBytes);
    std::string current;
    std::size_t count = 0;
    bool is_there = false;
    auto filter = [&](int depth, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::key && depth == 1) {
            current = parsed.get_ref<const std::string&>();
        }
        bool is_inside = current == key;
        if (event == Json::parse_event_t::array_start && depth == 1 && is_inside) is_there = true;
        if (event != Json::parse_event_t::object_end || depth != 2 || !is_inside) return true;
        take(parsed, place.in(singular, count));
        ++count;
        return false;
    };
    Json rest;
    try {
        rest = Json::parse(text, filter);
    } catch (const Json::parse_error& error) {
        std::size_t end = std::min(error.byte, text.size());
        auto line =
            1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n');
        place.fail(fmt::format("line {}, byte {}: it is not JSON", line, error.byte),
                   "it may be cut short or of another format");
    } catch (const Json::exception& error) {
        place.fail(fmt::format("it cannot be read as JSON: {}", error.what()), kAsPublished);
    }
    if (!is_there) place.fail(fmt::format("it has no list '{}'", key), kAsPublished);
    if (!rest[key].empty()) {
        place.fail(fmt::format("an element of '{}' is not an object: {}", key, shown(rest[key][0])),
                   kAsPublished);
    }
}

// --- scenes ---

functional::Scene scene_of(const Json& json, const Vocabulary& vocabulary, const Place& place) {
    functional::Scene scene;
    const auto& objects = list(field(json, "objects", place), "objects", place);
    if (objects.size() > functional::kMaxObjects) {
        place.fail(fmt::format("it has {} objects", objects.size()),
                   fmt::format("at most {} are possible", functional::kMaxObjects));
    }
    scene.size = static_cast<std::uint32_t>(objects.size());
    for (std::size_t x = 0; x < objects.size(); ++x) {
        Place here = place.in("object", x);
        for (std::uint32_t a = 0; a < vocabulary.attributes.size(); ++a) {
            const char* name = vocabulary.attributes[a].name.c_str();
            const std::string& text = string(field(objects[x], name, here), name, here);
            auto value = vocabulary.value(a, text);
            if (!value) here.fail(fmt::format("'{}' is no {}", text, name), kAsPublished);
            scene.values.push_back(*value);
        }
    }
    const Json& relationships = field(json, "relationships", place);
    for (const std::string& relation : vocabulary.relations) {
        const char* name = relation.c_str();
        const auto& of_all = list(field(relationships, name, place), name, place);
        if (of_all.size() != objects.size()) {
            place.fail(fmt::format("'{}' has {} lists for {} objects", name, of_all.size(),
                                   objects.size()),
                       kAsPublished);
        }
        for (const Json& of_one : of_all) {
            functional::ObjectSet related = 0;
            for (const Json& object : list(of_one, name, place)) {
                related |= functional::ObjectSet{1} << index(object, objects.size(), name, place);
            }
            scene.related.push_back(related);
        }
    }
    return scene;
}

// --- questions ---

/// The published answers are texts (yes, no, 3, red); CLEVR's generator writes true, false and 3.
std::string answer_text(const Json& answer, const Place& place) {
    if (answer.is_boolean()) return answer.get<bool>() ? "true" : "false";
    if (answer.is_number_unsigned()) return std::to_string(answer.get<std::uint64_t>());
    const std::string& text = string(answer, "answer", place);
    return text == "yes" ? "true" : text == "no" ? "false" : text;
}

/// One program: each step is a stage of the language or of library/clevr.ent over earlier steps.
class Translator {
public:
    Translator(const Library& library, const Vocabulary& vocabulary)
        : functions_(library.functions), vocabulary_(vocabulary) {}

    functional::Code translate(const Json& program, const Place& place) const {
        const auto& nodes = list(program, "program", place);
        if (nodes.empty()) place.fail("its program has no steps", kAsPublished);
        if (nodes.size() > functional::kMaxSteps) {
            place.fail(fmt::format("its program has {} steps", nodes.size()),
                       fmt::format("at most {} are possible", functional::kMaxSteps));
        }
        Diagnostics diagnostics;
        functional::Composer composer(functions_, diagnostics);
        std::vector<functional::Flow> flows;
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            Place here = place.in("step", i);
            flows.push_back(step(nodes[i], flows, composer, here));
            if (!composer.has_failed()) continue;
            const Diagnostic& first = diagnostics.all().front();
            here.fail(first.message, first.hint.empty() ? kAsPublished : first.hint);
        }
        functional::Plan plan = composer.plan();
        plan.result = flows.back().step;
        functional::Type type = flows.back().type;
        if (type == functional::Type::set || type == functional::Type::object) {
            place.fail(fmt::format("its program ends with {}", functional::text(type)),
                       "an answer is a count, a truth value or a value of an attribute");
        }
        check_names(plan, place);
        return functional::encode(plan, vocabulary_);
    }

private:
    functional::Flow step(const Json& node, const std::vector<functional::Flow>& flows,
                          functional::Composer& composer, const Place& place) const {
        const char* key = node.is_object() && node.contains("function") ? "function" : "type";
        ast::Name name{string(field(node, key, place), key, place), {}};
        std::vector<functional::Binding> arguments;
        for (const Json& input : list(field(node, "inputs", place), "inputs", place)) {
            if (!input.is_number_unsigned() || input.get<std::uint64_t>() >= flows.size()) {
                place.fail(fmt::format("it takes step {}", shown(input)),
                           "a step takes steps before it, counted from 0");
            }
            arguments.emplace_back(flows[input.get<std::size_t>()]);
        }
        std::size_t inputs = arguments.size();
        const char* values = node.contains("side_inputs") ? "side_inputs" : "value_inputs";
        if (node.contains(values)) {
            for (const Json& value : list(node[values], values, place)) {
                ast::Term term;
                term.kind = ast::TermKind::atom;
                term.text = string(value, values, place);
                arguments.emplace_back(std::move(term));
            }
        }
        // A single input, or one that is left over, is what the stage stands behind.
        functional::Flow input;
        if (inputs == 1 || (inputs > 0 && arguments.size() == arity(name.text) + 1)) {
            input = std::get<functional::Flow>(arguments.front());
            arguments.erase(arguments.begin());
        }
        return composer.apply(name, input, arguments);
    }

    std::size_t arity(const std::string& name) const {
        if (const auto* info = ast::find_stage(name)) return info->terms + info->pipelines;
        auto place = functions_.find(name);
        return place == functions_.end() ? 0 : place->second->parameters.size();
    }

    void check_names(const functional::Plan& plan, const Place& place) const {
        for (const functional::Step& step : plan.steps) {
            if (step.name.text.empty()) continue;
            bool is_relation = step.kind == ast::StageKind::relate;
            auto attribute = vocabulary_.attribute(step.name.text);
            if (is_relation ? !vocabulary_.relation(step.name.text) : !attribute) {
                place.fail(fmt::format("'{}' is no {}", step.name.text,
                                       is_relation ? "relation" : "attribute"),
                           kAsPublished);
            }
            if (step.kind == ast::StageKind::filter &&
                !vocabulary_.value(*attribute, step.value.text)) {
                place.fail(fmt::format("'{}' is no {}", step.value.text, step.name.text),
                           kAsPublished);
            }
        }
    }

    const functional::Functions& functions_;
    const Vocabulary& vocabulary_;
};

}  // namespace

Vocabulary clevr_vocabulary() {
    Library library;
    std::map<std::string, std::vector<std::string>> types;
    for (const ast::Statement& statement : library.file.statements) {
        const auto* type = std::get_if<ast::TypeDeclaration>(&statement.form);
        if (type == nullptr) continue;
        for (const ast::Term& value : type->domain.args)
            types[type->name.text].push_back(value.text);
    }
    // An attribute takes a value of its type, a relation a second object.
    Vocabulary vocabulary;
    for (const ast::Statement& statement : library.file.statements) {
        const auto* signature = std::get_if<ast::Signature>(&statement.form);
        if (signature == nullptr || signature->types.size() != 2) continue;
        auto type = types.find(signature->types[1].text);
        if (type == types.end()) {
            vocabulary.relations.push_back(signature->name.text);
        } else {
            vocabulary.add_attribute(signature->name.text, type->second);
        }
    }
    return vocabulary;
}

ClevrScenes load_clevr_scenes(const std::filesystem::path& file, const Vocabulary& vocabulary) {
    ClevrScenes result;
    each_element(file, "scenes", "scene", [&](const Json& json, const Place& place) {
        const Json& image = field(json, "image_index", place);
        if (!image.is_number_integer()) place.fail("'image_index' is not a number", kAsPublished);
        result.images.push_back(image.get<std::int64_t>());
        result.scenes.push_back(scene_of(json, vocabulary, place));
    });
    return result;
}

ClevrQuestions load_clevr_questions(const std::filesystem::path& file, const ClevrScenes& scenes,
                                    const Vocabulary& vocabulary) {
    using Clock = std::chrono::steady_clock;
    Library library;
    Translator translator(library, vocabulary);
    std::unordered_map<std::int64_t, std::uint32_t> scene_of_image;
    for (std::uint32_t s = 0; s < scenes.images.size(); ++s) {
        scene_of_image.emplace(scenes.images[s], s);
    }
    ClevrQuestions result;
    each_element(file, "questions", "question", [&](const Json& json, const Place& place) {
        const Json& image = field(json, "image_index", place);
        if (!image.is_number_integer()) place.fail("'image_index' is not a number", kAsPublished);
        auto scene = scene_of_image.find(image.get<std::int64_t>());
        if (scene == scene_of_image.end()) {
            place.fail(fmt::format("no scene has image_index {}", shown(image)),
                       "scenes and questions must belong together");
        }
        ClevrQuestion question;
        question.scene = scene->second;
        question.answer = answer_text(field(json, "answer", place), place);
        Clock::time_point start = Clock::now();
        question.code = translator.translate(field(json, "program", place), place);
        result.translation_seconds += std::chrono::duration<double>(Clock::now() - start).count();
        result.questions.push_back(std::move(question));
    });
    return result;
}

}  // namespace entail

#include "programs/clevr.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "programs/syntax/stages.h"

namespace entail {

using ast::StageKind;
using functional::Code;
using functional::Instruction;
using functional::Law;
using functional::Scene;
using functional::Vocabulary;

namespace {

ClevrAnswer most_probable(const Law& law, const std::string& right, const Vocabulary& vocabulary) {
    ClevrAnswer answer;
    answer.text = functional::text(functional::Outcome{}, vocabulary);
    answer.undefined = law.undefined;
    answer.is_complete = law.is_complete;
    for (const auto& [outcome, mass] : law.outcomes) {
        std::string text = functional::text(outcome, vocabulary);
        if (text == right) answer.right = mass;
        if (mass <= answer.probability) continue;
        answer.probability = mass;
        answer.text = std::move(text);
    }
    return answer;
}

/// A code as the text of functional programs: a step that is used more than once has a name.
class CodeText {
public:
    CodeText(const Code& code, const Vocabulary& vocabulary)
        : code_(code), vocabulary_(vocabulary), uses_(code.size(), 0), texts_(code.size()) {
        for (const Instruction& step : code) {
            for (std::uint32_t from : inputs(step)) ++uses_[from];
        }
        for (std::uint32_t i = 0; i < code.size(); ++i) add(i);
    }
    const std::string& text() const { return out_; }

private:
    static std::vector<std::uint32_t> inputs(const Instruction& step) {
        if (step.kind == StageKind::scene) return {};
        if (ast::stage_info(step.kind).pipelines == 0) return {step.input};
        return {step.input, step.other};
    }

    void add(std::uint32_t i) {
        const Instruction& step = code_[i];
        std::string text(ast::stage_info(step.kind).name);
        switch (step.kind) {
            case StageKind::filter:
                text += fmt::format("({}, {})", vocabulary_.attributes[step.name].name,
                                    vocabulary_.values[step.value]);
                break;
            case StageKind::relate:
                text += "(" + vocabulary_.relations[step.name] + ")";
                break;
            case StageKind::same:
            case StageKind::query:
                text += "(" + vocabulary_.attributes[step.name].name + ")";
                break;
            case StageKind::union_:
            case StageKind::intersect:
                text += "(" + texts_[step.other] + ")";
                break;
            default:
                if (functional::is_comparison(step.kind)) {
                    text += "(" + texts_[step.input] + ", " + texts_[step.other] + ")";
                }
                break;
        }
        bool has_input = step.kind != StageKind::scene && !functional::is_comparison(step.kind);
        if (has_input) text = texts_[step.input] + " |> " + text;
        bool is_last = i + 1 == code_.size();
        std::string name = is_last ? "answer" : fmt::format("step_{}", i + 1);
        if (is_last || (uses_[i] > 1 && step.kind != StageKind::scene)) {
            out_ += "fun " + name + " = " + text + ".\n";
            text = name;
        }
        texts_[i] = std::move(text);
    }

    const Code& code_;
    const Vocabulary& vocabulary_;
    std::vector<std::size_t> uses_;
    std::vector<std::string> texts_;
    std::string out_;
};

}  // namespace

ClevrResult answer_clevr(const ClevrScenes& scenes, const std::vector<ClevrQuestion>& questions,
                         const Vocabulary& vocabulary, const ClevrOptions& options) {
    using Clock = std::chrono::steady_clock;
    if (!(options.certainty >= 0 && options.certainty <= 1)) {
        throw std::invalid_argument(
            fmt::format("answer_clevr: certainty is {}, not within 0..1", options.certainty));
    }
    ClevrResult result;
    result.answers.reserve(questions.size());
    functional::Registers registers;
    functional::UncertainScene uncertain;
    const Scene* known = nullptr;  // what `uncertain` was made of
    Clock::time_point start = Clock::now();
    for (const ClevrQuestion& question : questions) {
        if (options.limits.interrupt != nullptr && options.limits.interrupt->load()) break;
        const Scene& scene = scenes.scenes[question.scene];
        ClevrAnswer answer;
        if (options.certainty < 1) {
            if (known != &scene) {
                uncertain = functional::with_certainty(scene, vocabulary, options.certainty);
            }
            known = &scene;
            Law law = functional::law(question.code, uncertain, vocabulary, options.limits);
            answer = most_probable(law, question.answer, vocabulary);
        } else {
            auto outcome = functional::execute(question.code, scene, vocabulary, registers);
            answer.text = functional::text(outcome, vocabulary);
            bool is_defined = outcome.type != functional::Type::nothing;
            answer.probability = is_defined ? 1 : 0;
            answer.undefined = is_defined ? 0 : 1;
            answer.right = answer.text == question.answer ? 1 : 0;
        }
        answer.is_right = answer.text == question.answer;
        result.right += answer.is_right ? 1 : 0;
        result.answers.push_back(std::move(answer));
        if (options.progress) options.progress(result.answers.size());
    }
    result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return result;
}

std::string clevr_program(const ClevrQuestion& question, const Scene& scene,
                          const Vocabulary& vocabulary, double certainty) {
    std::string text = "import clevr.\n\n";
    for (std::uint32_t x = 0; x < scene.size; ++x) {
        text += fmt::format("object(o{}).", x + 1);
        for (std::uint32_t a = 0; a < vocabulary.attributes.size(); ++a) {
            const Vocabulary::Attribute& attribute = vocabulary.attributes[a];
            std::uint32_t stated = scene.value(x, a);
            auto says = [&](std::uint32_t value) {
                return fmt::format("{}(o{}, {})", attribute.name, x + 1, vocabulary.values[value]);
            };
            if (certainty >= 1 || attribute.count == 1) {
                text += " " + says(stated) + ".";
                continue;
            }
            text += fmt::format("\n{:.12g}::{}", certainty, says(stated));
            for (std::uint32_t v = attribute.first; v < attribute.first + attribute.count; ++v) {
                if (v == stated) continue;
                text +=
                    fmt::format(" ; {:.12g}/{}::{}", 1 - certainty, attribute.count - 1, says(v));
            }
            text += ".";
        }
        text += "\n";
    }
    for (std::size_t r = 0; r < vocabulary.relations.size(); ++r) {
        for (std::uint32_t x = 0; x < scene.size; ++x) {
            functional::for_each_object(scene.related[r * scene.size + x], [&](std::uint32_t y) {
                text += fmt::format("{}(o{}, o{}). ", vocabulary.relations[r], y + 1, x + 1);
            });
        }
        text += "\n";
    }
    return text + "\n" + CodeText(question.code, vocabulary).text() + "query answer(X).\n";
}

}  // namespace entail

// What `entail run` prints, as text and as JSON.

#include <fmt/format.h>
#include <cmath>

#include <nlohmann/json.hpp>

#include "programs/engine.h"

namespace entail {

std::string format_number(double number) {
    std::string text = fmt::format("{:.9g}", number);
    return text == "-0" ? "0" : text;
}

std::string to_text(const RunResult& result) {
    std::string text;
    for (const QueryAnswers& query : result.results) {
        for (const Answer& answer : query.answers) {
            std::string low = format_number(answer.lower), high = format_number(answer.upper);
            text += low == high ? fmt::format("{}: {}\n", answer.atom, low)
                                : fmt::format("{}: [{}, {}]\n", answer.atom, low, high);
        }
    }
    return text;
}

std::string to_json(const RunResult& result) {
    using Json = nlohmann::ordered_json;
    Json root;
    root["version"] = 1;
    root["limits"] = result.limits;
    root["results"] = Json::array();
    for (const QueryAnswers& query : result.results) {
        Json answers = Json::array();
        for (const Answer& answer : query.answers) {
            Json one;
            one["atom"] = answer.atom;
            one["probability"] = answer.lower == answer.upper ? Json(answer.lower) : Json(nullptr);
            one["lower"] = answer.lower;
            one["upper"] = answer.upper;
            switch (answer.kind) {
                case AnswerKind::exact:
                    one["kind"] = "exact";
                    break;
                case AnswerKind::range:
                    one["kind"] = "range";
                    break;
                case AnswerKind::bounds:
                    one["kind"] = "bounds";
                    break;
            }
            one["method"] = answer.method;
            answers.push_back(std::move(one));
        }
        Json entry;
        entry["query"] = query.query;
        entry["undefined"] = query.undefined;
        entry["answers"] = std::move(answers);
        root["results"].push_back(std::move(entry));
    }
    // Strings of a program may hold any bytes; what is not UTF-8 is replaced, not refused.
    return root.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace entail

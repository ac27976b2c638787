// What `entail run` prints, as text and as JSON.

#include <fmt/format.h>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "programs/engine.h"

namespace entail {

namespace {

using Json = nlohmann::ordered_json;

/// Strings of a program may hold any bytes; what is not UTF-8 is replaced, not refused.
std::string dump(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

const char* name_of(Solution::Status status) {
    switch (status) {
        case Solution::Status::optimal:
            return "optimal";
        case Solution::Status::satisfiable:
            return "satisfiable";
        case Solution::Status::unsatisfiable:
            return "unsatisfiable";
        case Solution::Status::unknown:
            break;
    }
    return "unknown";
}

}  // namespace

std::string format_number(double number) {
    std::string text = fmt::format("{:.9g}", number);
    return text == "-0" ? "0" : text;
}

std::string format_power(double log10) {
    double exponent = std::floor(log10);
    std::string digits = format_number(std::pow(10.0, log10 - exponent));
    if (digits == "10") {
        digits = "1";
        ++exponent;
    }
    return fmt::format("{}e{:.0f}", digits, exponent);
}

namespace {

/// "0.5" or "[0.4, 0.6]".
std::string format_probability(const Answer& answer) {
    auto format = [](double number, double log10) {
        return log10 != 0 ? format_power(log10) : format_number(number);
    };
    const std::string low = format(answer.lower, answer.log10_lower);
    const std::string high = format(answer.upper, answer.log10_upper);
    return low == high ? low : fmt::format("[{}, {}]", low, high);
}

nlohmann::ordered_json probability_or_null(const Answer& answer) {
    if (answer.lower != answer.upper) return nullptr;
    return answer.lower;
}

}  // namespace

std::string to_text(const RunResult& result) {
    std::string text;
    for (const QueryAnswers& query : result.results) {
        for (const Answer& answer : query.answers) {
            text += fmt::format("{}: {}\n", answer.atom, format_probability(answer));
        }
        if (query.undefined && query.undefined->upper > 0) {
            text += fmt::format("{}: undefined {}\n", query.undefined->atom,
                                format_probability(*query.undefined));
        }
    }
    return text;
}

std::string to_json(const RunResult& result) {
    Json root;
    root["version"] = 1;
    root["limits"] = result.limits;
    root["results"] = Json::array();
    for (const QueryAnswers& query : result.results) {
        Json answers = Json::array();
        for (const Answer& answer : query.answers) {
            Json one;
            one["atom"] = answer.atom;
            one["probability"] = probability_or_null(answer);
            if (answer.log10_lower == answer.log10_upper) {
                if (answer.log10_lower != 0) one["log10"] = answer.log10_lower;
            } else {
                if (answer.log10_lower != 0) one["log10_lower"] = answer.log10_lower;
                if (answer.log10_upper != 0) one["log10_upper"] = answer.log10_upper;
            }
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
        entry["undefined"] = query.undefined ? probability_or_null(*query.undefined) : Json(0.0);
        entry["answers"] = std::move(answers);
        if (query.undefined && query.undefined->lower != query.undefined->upper) {
            entry["undefined_bounds"] = {query.undefined->lower, query.undefined->upper};
        }
        root["results"].push_back(std::move(entry));
    }
    return dump(root);
}

namespace {

std::string format_probability(const SolvedWorld& world) {
    return world.log10 != 0 ? format_power(world.log10) : format_number(world.probability);
}

}  // namespace

std::string to_text(const Solution& solution) {
    std::string text = fmt::format("{}\n", name_of(solution.status));
    bool first = true;
    for (const SolvedWorld& world : solution.worlds) {
        if (!std::exchange(first, false)) text += "\n";
        for (const SolvedWorld::Objective& objective : world.objectives) {
            text += fmt::format("{}: {}{}\n", objective.maximise ? "maximize" : "minimize",
                                objective.value,
                                objective.attained ? "" : ", and there is no best value");
        }
        if (world.is_weighted && world.is_counted)
            text += fmt::format("probability: {}\n", format_probability(world));
        if (world.is_weighted && !world.is_counted)
            text += fmt::format("probability: [{}, 1]\n", format_probability(world));
        for (const std::string& atom : world.atoms) text += atom + "\n";
    }
    if (!solution.conflict.empty()) text += "  these contradict each other:\n";
    for (const std::string& line : solution.conflict) text += fmt::format("  {}\n", line);
    return text;
}

std::string to_json(const Solution& solution) {
    Json root;
    root["version"] = 1;
    root["limits"] = solution.limits;
    root["status"] = name_of(solution.status);
    if (!solution.conflict.empty()) root["conflict"] = solution.conflict;
    root["worlds"] = Json::array();
    for (const SolvedWorld& world : solution.worlds) {
        Json one;
        const bool has_probability = world.is_weighted && world.is_counted;
        one["probability"] = has_probability ? Json(world.probability) : Json(nullptr);
        if (has_probability && world.log10 != 0) one["log10"] = world.log10;
        if (world.is_weighted && !world.is_counted)
            one["probability_bounds"] = {world.probability, 1.0};
        if (!world.objectives.empty()) {
            one["objectives"] = Json::array();
            for (const SolvedWorld::Objective& objective : world.objectives) {
                one["objectives"].push_back({{"maximize", objective.maximise},
                                             {"value", objective.value},
                                             {"attained", objective.attained}});
            }
        }
        one["atoms"] = world.atoms;
        root["worlds"].push_back(std::move(one));
    }
    return dump(root);
}

std::string to_text(const SampleResult& result) {
    std::string text;
    for (const auto& atoms : result.samples)
        text += fmt::format("{}\n", atoms.empty() ? "-" : fmt::format("{}", fmt::join(atoms, " ")));
    return text;
}

std::string to_json(const SampleResult& result) {
    Json root;
    root["version"] = 1;
    root["limits"] = result.limits;
    root["samples"] = result.samples;
    return dump(root);
}

namespace {

const char* name_of(Verdict::Status status) {
    switch (status) {
        case Verdict::Status::proved:
            return "proved";
        case Verdict::Status::refuted:
            return "refuted";
        case Verdict::Status::unknown:
            break;
    }
    return "unknown";
}

}  // namespace

std::string to_text(const std::vector<Verdict>& verdicts) {
    std::string text;
    for (const Verdict& verdict : verdicts) {
        text += fmt::format("{}: {}\n", name_of(verdict.status), verdict.property);
        if (!verdict.reason.empty()) text += fmt::format("  limit: {}\n", verdict.reason);
        for (const std::string& line : verdict.witness) text += fmt::format("  {}\n", line);
    }
    return text;
}

std::string to_json(const std::vector<Verdict>& verdicts) {
    Json root;
    root["version"] = 1;
    root["properties"] = Json::array();
    for (const Verdict& verdict : verdicts) {
        Json one;
        one["property"] = verdict.property;
        one["status"] = name_of(verdict.status);
        one["reason"] = verdict.reason.empty() ? Json(nullptr) : Json(verdict.reason);
        one["witness"] = verdict.witness;
        root["properties"].push_back(std::move(one));
    }
    return dump(root);
}

std::string to_text(const Abduction& abduction) {
    std::string text;
    for (const Hypothesis& hypothesis : abduction.hypotheses) {
        text += fmt::format("{}: {}\n", format_number(hypothesis.probability),
                            hypothesis.choices.empty()
                                ? "nothing needs to be assumed"
                                : fmt::format("{}", fmt::join(hypothesis.choices, ", ")));
    }
    return text;
}

std::string to_json(const Abduction& abduction) {
    Json root;
    root["version"] = 1;
    root["limits"] = abduction.limits;
    root["hypotheses"] = Json::array();
    for (const Hypothesis& hypothesis : abduction.hypotheses) {
        Json one;
        one["probability"] = hypothesis.probability;
        one["choices"] = hypothesis.choices;
        root["hypotheses"].push_back(std::move(one));
    }
    return dump(root);
}

std::string to_text(const FlipAnswer& answer) {
    if (!answer.limits.empty() && !answer.found) return "unknown\n";
    std::string text = answer.holds ? "holds" : "does not hold";
    if (!answer.found) return text + ", and no change changes that\n";
    text += fmt::format(" ({} {})\n", answer.changes.size(),
                        answer.changes.size() == 1 ? "change" : "changes");
    for (const FlipAnswer::Change& change : answer.changes)
        text += fmt::format("{} -> {}\n", change.from, change.to);
    if (!answer.is_proved) text += "  nothing less is known to be too little\n";
    return text;
}

std::string to_json(const FlipAnswer& answer) {
    Json root;
    root["version"] = 1;
    root["limits"] = answer.limits;
    root["holds"] = answer.holds;
    root["found"] = answer.found;
    root["proved"] = answer.is_proved;
    root["changes"] = Json::array();
    for (const FlipAnswer::Change& change : answer.changes) {
        Json one;
        one["from"] = change.from;
        one["to"] = change.to;
        root["changes"].push_back(std::move(one));
    }
    return dump(root);
}

}  // namespace entail

// What `entail claims` prints, as text and as JSON.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "programs/claims/claims.h"

namespace entail {
namespace {

using Json = nlohmann::ordered_json;

std::string placed(const Knowledge& knowledge) {
    return knowledge.place.empty() ? knowledge.text : knowledge.place + ": " + knowledge.text;
}

void add_reasons(std::string& text, const std::vector<Knowledge>& reasons) {
    for (const Knowledge& reason : reasons) {
        text += fmt::format("  {}\n", placed(reason));
        for (const Knowledge& below : reason.follows_from)
            text += fmt::format("    {}\n", placed(below));
    }
}

Json json_of(const std::vector<Knowledge>& reasons) {
    Json list = Json::array();
    for (const Knowledge& reason : reasons) {
        Json one;
        one["place"] = reason.place.empty() ? Json(nullptr) : Json(reason.place);
        one["text"] = reason.text;
        if (!reason.follows_from.empty()) one["follows_from"] = json_of(reason.follows_from);
        list.push_back(std::move(one));
    }
    return list;
}

}  // namespace

std::string_view name_of(ClaimVerdict verdict) {
    switch (verdict) {
        case ClaimVerdict::entailed:
            return "entailed";
        case ClaimVerdict::contradicted:
            return "contradicted";
        case ClaimVerdict::unknown:
            return "unknown";
        case ClaimVerdict::undecided:
            break;
    }
    return "undecided";
}

std::string to_text(const Judgements& judgements) {
    std::string text;
    for (const auto& set : judgements.contradictions) {
        text += "contradictory: the knowledge base\n";
        add_reasons(text, set);
    }
    if (!judgements.consistency_unknown.empty())
        text += fmt::format("undecided: the knowledge base\n  whether it contradicts itself: {}\n",
                            judgements.consistency_unknown);
    for (const Judgement& judgement : judgements.judgements) {
        text += fmt::format("{}: {}\n", name_of(judgement.verdict), judgement.claim);
        add_reasons(text, judgement.reasons);
        const bool is_decided = judgement.verdict == ClaimVerdict::entailed ||
                                judgement.verdict == ClaimVerdict::contradicted;
        if (is_decided && judgement.reasons.empty())
            text += judgement.verdict == ClaimVerdict::entailed ? "  it holds whatever is known\n"
                                                                : "  it contradicts itself\n";
        if (!judgement.is_minimal) text += "  (some of these may not be needed)\n";
        if (!judgement.why.empty()) text += fmt::format("  {}\n", judgement.why);
    }
    if (!judgements.at_odds.empty()) {
        text += fmt::format("contradictory: {}\n", fmt::join(judgements.at_odds, ", "));
        add_reasons(text, judgements.at_odds_with);
    }
    return text;
}

std::string to_json(const Judgements& judgements) {
    Json root;
    root["version"] = 1;
    root["limits"] = judgements.limits;
    root["contradictions"] = Json::array();
    for (const auto& set : judgements.contradictions)
        root["contradictions"].push_back(json_of(set));
    root["consistency_unknown"] = judgements.consistency_unknown.empty()
                                      ? Json(nullptr)
                                      : Json(judgements.consistency_unknown);
    root["claims"] = Json::array();
    for (const Judgement& judgement : judgements.judgements) {
        Json one;
        one["claim"] = judgement.claim;
        one["place"] = judgement.place;
        one["verdict"] = name_of(judgement.verdict);
        one["reasons"] = json_of(judgement.reasons);
        one["minimal"] = judgement.is_minimal;
        one["why"] = judgement.why.empty() ? Json(nullptr) : Json(judgement.why);
        root["claims"].push_back(std::move(one));
    }
    root["at_odds"]["claims"] = judgements.at_odds;
    root["at_odds"]["reasons"] = json_of(judgements.at_odds_with);
    return root.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace entail

#pragma once
// The names of a proof's kinds, as JSON has them.

#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "symbolic/proof/proof.h"

namespace entail::proof {

template <typename Kind>
using Names = std::span<const std::pair<Kind, std::string_view>>;

Names<Step::Kind> names(Step::Kind);
Names<Failure::Kind> names(Failure::Kind);
Names<Member::Status> names(Member::Status);
Names<Choice::Kind> names(Choice::Kind);
Names<Choice::Weights> names(Choice::Weights);
Names<Proof::Search> names(Proof::Search);

template <typename Kind>
std::string_view name(Kind kind) {
    for (const auto& [known, text] : names(kind)) {
        if (known == kind) return text;
    }
    return "";
}

template <typename Kind>
std::optional<Kind> kind_of(std::string_view text) {
    for (const auto& [known, name] : names(Kind{})) {
        if (name == text) return known;
    }
    return std::nullopt;
}

}  // namespace entail::proof

#include "symbolic/proof/names.h"

namespace entail::proof {

Names<Step::Kind> names(Step::Kind) {
    static constexpr std::pair<Step::Kind, std::string_view> kNames[] = {
        {Step::Kind::given, "given"},   {Step::Kind::library, "library"},
        {Step::Kind::rule, "rule"},     {Step::Kind::aggregate, "aggregate"},
        {Step::Kind::absent, "absent"}, {Step::Kind::assumed, "assumed"},
    };
    return kNames;
}

Names<Failure::Kind> names(Failure::Kind) {
    static constexpr std::pair<Failure::Kind, std::string_view> kNames[] = {
        {Failure::Kind::choice, "choice"},
        {Failure::Kind::premise, "premise"},
        {Failure::Kind::circular, "circular"},
        {Failure::Kind::literal, "literal"},
    };
    return kNames;
}

Names<Member::Status> names(Member::Status) {
    static constexpr std::pair<Member::Status, std::string_view> kNames[] = {
        {Member::Status::counted, "counted"},
        {Member::Status::absent, "absent"},
        {Member::Status::open, "open"},
    };
    return kNames;
}

Names<Choice::Kind> names(Choice::Kind) {
    static constexpr std::pair<Choice::Kind, std::string_view> kNames[] = {
        {Choice::Kind::coin, "coin"},
        {Choice::Kind::disjunction, "disjunction"},
        {Choice::Kind::distribution, "distribution"},
        {Choice::Kind::free, "free"},
    };
    return kNames;
}

Names<Choice::Weights> names(Choice::Weights) {
    static constexpr std::pair<Choice::Weights, std::string_view> kNames[] = {
        {Choice::Weights::constant, "constant"},   {Choice::Weights::computed, "computed"},
        {Choice::Weights::parameter, "parameter"}, {Choice::Weights::perceived, "perceived"},
        {Choice::Weights::free, "free"},
    };
    return kNames;
}

Names<Proof::Search> names(Proof::Search) {
    static constexpr std::pair<Proof::Search, std::string_view> kNames[] = {
        {Proof::Search::best, "best"},
        {Proof::Search::cut_off, "cut_off"},
        {Proof::Search::failed, "failed"},
    };
    return kNames;
}

}  // namespace entail::proof

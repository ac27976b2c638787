#include "symbolic/proof/proof.h"

#include <algorithm>
#include <limits>
#include <set>

#include <fmt/format.h>

namespace entail::proof {
namespace {

/// What a step and those below it need of choices: by choice, ascending, what they allow.
using Needs = std::vector<ChoiceUse>;

/// Both: the intersection, choice by choice.
Needs both(const Needs& a, const Needs& b) {
    Needs result;
    result.reserve(a.size() + b.size());
    auto i = a.begin(), j = b.begin();
    while (i != a.end() || j != b.end()) {
        if (j == b.end() || (i != a.end() && i->choice < j->choice)) {
            result.push_back(*i++);
        } else if (i == a.end() || j->choice < i->choice) {
            result.push_back(*j++);
        } else {
            ChoiceUse use{i->choice, {}};
            std::ranges::set_intersection(i->alternatives, j->alternatives,
                                          std::back_inserter(use.alternatives));
            result.push_back(std::move(use));
            ++i;
            ++j;
        }
    }
    return result;
}

Needs own_needs(const Step& step) {
    Needs needs;
    for (const ChoiceUse& use : step.uses) needs = both(needs, {use});
    for (const Failure& failure : step.failures) {
        if (failure.kind == Failure::Kind::choice) needs = both(needs, {failure.use});
    }
    return needs;
}

/// The ids of the steps that a step refers to; circular failures too.
std::vector<StepId> children(const Step& step) {
    std::vector<StepId> result;
    for (const Premise& premise : step.premises) result.push_back(premise.step);
    for (const Member& member : step.members) result.push_back(member.step);
    for (const Failure& failure : step.failures) result.push_back(failure.step);
    std::erase(result, kNone);
    std::ranges::sort(result);
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
}

double weight(const Proof& proof, const ChoiceUse& use) {
    double sum = 0;
    for (std::uint32_t k : use.alternatives)
        sum += proof.choices[use.choice].alternatives[k].weight;
    return sum;
}

std::optional<double> product(const Proof& proof, const Needs& needs) {
    std::optional<double> result;
    for (const ChoiceUse& use : needs) {
        bool is_free = proof.choices[use.choice].kind == Choice::Kind::free;
        if (!is_free) result = result.value_or(1) * weight(proof, use);
        // Below the normal numbers a product stops falling: it is as good as 0.
        if (result && *result < std::numeric_limits<double>::min()) result = 0;
    }
    return result;
}

/// All that is needed by the steps from `root` down, circular ones included.
Needs all_needs(const Proof& proof, StepId root) {
    Needs needs;
    std::vector<bool> seen(proof.steps.size(), false);
    std::vector<StepId> pending{root};
    seen[root] = true;
    // One choice after another would be quadratic: intersect in place, by choice.
    std::vector<std::optional<ChoiceUse>> by_choice(proof.choices.size());
    while (!pending.empty()) {
        const Step& step = proof.steps[pending.back()];
        pending.pop_back();
        for (const ChoiceUse& use : own_needs(step)) {
            auto& known = by_choice[use.choice];
            known = known ? both({*known}, {use}).front() : use;
        }
        for (StepId child : children(step)) {
            if (seen[child]) continue;
            seen[child] = true;
            pending.push_back(child);
        }
    }
    for (auto& use : by_choice) {
        if (use) needs.push_back(std::move(*use));
    }
    return needs;
}

}  // namespace

std::string print(const Place& place) {
    return place.file.empty() ? "" : fmt::format("{}:{}", place.file, place.line);
}

void set_probabilities(Proof& proof, std::size_t effort) {
    if (proof.root == kNone) return;
    for (Choice& choice : proof.choices) choice.allowed.clear();
    Needs root = all_needs(proof, proof.root);
    for (const ChoiceUse& use : root) proof.choices[use.choice].allowed = use.alternatives;

    std::vector<Needs> needs(proof.steps.size());
    std::size_t work = 0;
    for (StepId id = 0; id < proof.steps.size(); ++id) {
        Step& step = proof.steps[id];
        step.probability.reset();
        if (work > effort) continue;
        bool is_circular = std::ranges::any_of(
            step.failures, [](const Failure& f) { return f.kind == Failure::Kind::circular; });
        if (is_circular) {
            needs[id] = all_needs(proof, id);
            work += proof.steps.size();
        } else {
            needs[id] = own_needs(step);
            for (StepId child : children(step)) {
                needs[id] = both(needs[id], needs[child]);
                work += needs[id].size() + 1;
            }
        }
        step.probability = product(proof, needs[id]);
    }
    proof.steps[proof.root].probability = product(proof, root);
}

std::string malformed(const Proof& proof) {
    auto bad_use = [&](const ChoiceUse& use) {
        return use.choice >= proof.choices.size() ||
               !std::ranges::is_sorted(use.alternatives, std::ranges::less_equal{}) ||
               std::ranges::any_of(use.alternatives, [&](std::uint32_t k) {
                   return k >= proof.choices[use.choice].alternatives.size();
               });
    };
    bool is_empty = proof.search == Proof::Search::failed && proof.root == kNone;
    if (!is_empty && proof.root >= proof.steps.size()) return "'root' names no step";
    for (std::size_t c = 0; c < proof.choices.size(); ++c) {
        const Choice& choice = proof.choices[c];
        if (bad_use({static_cast<std::uint32_t>(c), choice.allowed})) {
            return fmt::format("choice {}: 'allowed' is not an ascending list of alternatives", c);
        }
        for (const Alternative& alternative : choice.alternatives) {
            if (alternative.weight >= 0 && alternative.weight <= 1 + 1e-6) continue;
            return fmt::format("choice {}: the weight {} is not between 0 and 1", c,
                               alternative.weight);
        }
    }
    for (StepId id = 0; id < proof.steps.size(); ++id) {
        const Step& step = proof.steps[id];
        auto late = [&](StepId child) { return child != kNone && child >= id; };
        for (const ChoiceUse& use : step.uses) {
            if (bad_use(use)) return fmt::format("step {}: a use names no alternative", id);
        }
        for (const Premise& premise : step.premises) {
            if (late(premise.step)) return fmt::format("step {}: a premise comes after it", id);
        }
        for (const Member& member : step.members) {
            if (late(member.step)) return fmt::format("step {}: a member comes after it", id);
            if (member.status != Member::Status::open && member.step == kNone) {
                return fmt::format("step {}: the member '{}' has no step", id, member.tuple);
            }
        }
        for (const Failure& failure : step.failures) {
            bool is_circular = failure.kind == Failure::Kind::circular;
            if (is_circular ? failure.step >= proof.steps.size() : late(failure.step)) {
                return fmt::format("step {}: what a failure rests on comes after it", id);
            }
            if (is_circular && proof.steps[failure.step].kind != Step::Kind::absent) {
                return fmt::format("step {}: a circular failure rests on a step that holds", id);
            }
            if (failure.kind == Failure::Kind::premise && failure.step == kNone) {
                return fmt::format("step {}: a failing premise has no step", id);
            }
            if (failure.kind == Failure::Kind::choice && bad_use(failure.use)) {
                return fmt::format("step {}: a failure names no alternative", id);
            }
        }
    }
    return "";
}

}  // namespace entail::proof

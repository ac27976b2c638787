#pragma once
// Claims about a knowledge base: each is entailed, contradicted or unknown, with its reasons.
//
//     auto base = entail::KnowledgeBase::from_file("animals.ent");
//     base.add_claims_file("claims.ent");
//     for (const auto& judgement : base.judge().judgements) use(judgement);
//
// Knowledge is `fol` sentences, of which nothing more is assumed than what they say (open world),
// beside rules, facts and choices, of which nothing holds but what they derive (closed world). A
// predicate that a rule, a fact or a choice defines is closed; any other is open. A *world* is a
// value of every choice, whatever its weight, that the constraints and the evidence allow; closed
// predicates hold what is derived in it, and the sentences hold in it too. A claim is entailed when
// it holds in every world and in everything that the sentences allow.
//
// A wrong program throws ProgramError. An object is used by one thread at a time.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "programs/engine.h"

namespace entail {

/// Something that is known, as a reason.
struct Knowledge {
    std::string place;  ///< `animals.ent:3`; empty for what has no line of its own
    std::string text;
    /// Of a derived fact: the statements that it follows from.
    std::vector<Knowledge> follows_from;
};

enum class ClaimVerdict : std::uint8_t {
    entailed,
    contradicted,
    unknown,    ///< neither: both the claim and its opposite are possible
    undecided,  ///< a limit, or what Z3 can do, ended the search: nothing is said
};
std::string_view name_of(ClaimVerdict verdict);

struct Judgement {
    std::string claim;
    std::string place;
    ClaimVerdict verdict = ClaimVerdict::undecided;
    /// What the claim follows from, or contradicts. Empty: it does so by itself.
    std::vector<Knowledge> reasons;
    bool is_minimal = true;  ///< none of the reasons can be left out
    std::string why;         ///< of undecided: "time", "memory", "interrupted", or Z3's words
};

struct Judgements {
    /// Sets of knowledge that contradict, each minimal. All of them is set aside before claims are
    /// judged.
    std::vector<std::vector<Knowledge>> contradictions;
    /// Why it is not known whether the knowledge contradicts itself; empty if it is.
    std::string consistency_unknown;
    std::vector<Judgement> judgements;  ///< in the order of the claims
    /// Claims that are possible one by one and not together, and the knowledge that says so.
    std::vector<std::string> at_odds;
    std::vector<Knowledge> at_odds_with;
    std::vector<std::string> limits;  ///< those that were reached

    /// Everything that was asked has an answer.
    bool is_complete() const;
};

class KnowledgeBase {
public:
    static KnowledgeBase from_file(const std::filesystem::path& path, const Options& options = {});
    /// `name` stands for the file in messages.
    static KnowledgeBase from_text(std::string_view text, const Options& options = {},
                                   std::string name = "knowledge.ent",
                                   const std::filesystem::path& folder = ".");
    KnowledgeBase(KnowledgeBase&&) noexcept;
    KnowledgeBase& operator=(KnowledgeBase&&) noexcept;
    ~KnowledgeBase();

    /// Adds the claims of a file, in which nothing else stands. Claims may stand in the knowledge
    /// base as well.
    void add_claims_file(const std::filesystem::path& path);
    void add_claims(std::string_view text, std::string name = "claims.ent");

    /// Adds evidence: "calls(john)" or "\\+ calls(mary)".
    void give(std::string_view literal);

    /// Without a time limit every claim gets 10 seconds of search each way.
    Judgements judge();
    /// Warnings, after judge() also of names in claims that nothing known mentions.
    std::string warnings() const;

private:
    struct State;
    explicit KnowledgeBase(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// What `entail claims` prints: a line a contradiction and a claim, reasons indented.
std::string to_text(const Judgements& judgements);
std::string to_json(const Judgements& judgements);

}  // namespace entail

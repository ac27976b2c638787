#pragma once
// A knowledge base taken apart into items, each of which can be blamed, and put into Z3.
//
// Sentences are items as they are. Of a closed predicate (claims.h) every row is an item, "it holds
// where its derivations say so", and one more says that nothing else holds. That numbers, strings
// and what rules and facts name differ from each other is an item, and so is each constraint and
// each piece of evidence. Choices are no item: that each takes one value cannot be wrong.

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "programs/claims/claims.h"
#include "programs/claims/theory.h"
#include "programs/loader.h"
#include "symbolic/decide/encoding.h"
#include "symbolic/eval/database.h"
#include "symbolic/eval/evaluator.h"

namespace entail::claims {

struct Item {
    enum class Kind : std::uint8_t { distinct, closed, condition, fact, sentence };
    Kind kind = Kind::sentence;
    SourceSpan span;
    const ast::Formula* formula = nullptr;   ///< of a sentence
    ir::PredicateId predicate = ir::kNone;   ///< of a fact and of what is closed
    eval::Row row = eval::kNoRow;            ///< of a fact
    std::optional<provenance::NodeId> node;  ///< of an uncertain fact and of a condition
    bool value = true;                       ///< of a condition: what the node must be, or is
};

struct Evaluated {
    eval::Database database;
    std::vector<Item> items;          ///< sentences last: of several reasons they are shown
    std::set<std::string> constants;  ///< names that the program's rules and facts mention
    std::vector<std::string> limits;  ///< those that evaluation reached; there are no items then
};

/// Evaluates what `sentences` and `claims`, of `loaded`, mention of closed predicates. The result
/// refers to the sentences. Errors go into `diagnostics`.
Evaluated evaluate(const LoadedProgram& loaded, std::span<const ast::Statement> claims,
                   const eval::Limits& limits, Diagnostics& diagnostics);

/// `item` as a reason.
Knowledge describe(const Item& item, const Evaluated& evaluated, const LoadedProgram& loaded);

/// Items in one context of Z3.
class Instance {
public:
    Instance(const Evaluated& evaluated, smt::Context& context);
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    smt::Term term(const Item& item);
    /// Values of facts, constants of the program, numbers and strings, as far as they were met:
    /// things that differ.
    std::vector<smt::Term> values();
    Theory& theory() { return theory_; }
    /// What holds in every model, as far as the terms that were asked for need it. To be asked for
    /// after them.
    const std::vector<smt::Term>& definitions() const { return definitions_; }

private:
    std::vector<smt::Term> arguments(const Item& fact);

    const Evaluated& evaluated_;
    Theory theory_;
    std::vector<smt::Term> definitions_;
    decide::Encoding encoding_;
};

}  // namespace entail::claims

#pragma once
// Bodies of the syntax to flat conjunctions of ir::Literals.
//
// A disjunction is multiplied out: each way through it is a rule of its own. What is negated or
// aggregated and is more than one plain atom becomes the body of an auxiliary predicate over the
// variables that it shares with the rest of its clause.

#include <set>

#include "programs/lower/terms.h"

namespace entail::lowering {

/// Ways through the disjunctions of one body.
inline constexpr std::size_t kMaxWays = 256;
inline constexpr std::size_t kMaxBody = 1000;

class BodyLowering {
public:
    BodyLowering(Scope& scope, Variables& variables) : scope_(scope), variables_(variables) {}

    /// Every way through `body`. `outside`: variables that occur in the rest of the clause.
    std::vector<std::vector<ir::Literal>> lower(const ast::Body& body,
                                                const std::set<std::string>& outside);
    /// A call of an auxiliary predicate that holds the tuples of `over`, their first component
    /// computed.
    ir::Atom tuples(const std::string& name, const ast::Elements& over);

private:
    using Ways = std::vector<std::vector<ir::Literal>>;
    void append(Ways& ways, const ast::Literal& literal, const std::set<std::string>& shared);
    void append_all(Ways& ways, const std::vector<ir::Literal>& literals);
    std::vector<ir::Literal> plain(const ast::Literal& literal,
                                   const std::set<std::string>& shared);
    std::vector<ir::Literal> comparison(const ast::Comparison& comparison, bool negated,
                                        SourceSpan span);
    ir::Literal builtin(const ir::Builtin& builtin, const ast::Term& atom, SourceSpan span);
    ir::Literal term_comparison(ast::ComparisonOp op, ir::Term left, ir::Term right,
                                SourceSpan span);
    std::vector<ir::Literal> membership(const ast::Membership& membership, SourceSpan span);
    std::vector<ir::Literal> aggregate(const ast::Aggregate& aggregate, SourceSpan span,
                                       const std::set<std::string>& shared);
    void bind_missing(ir::PredicateId collected, std::size_t first);
    void add_solution(ast::Elements& over, const std::set<std::string>& shared);
    ir::Literal negation(const ast::Body& body, SourceSpan span,
                         const std::set<std::string>& shared);
    /// An auxiliary predicate over `shared` variables, then `tuple`, defined by `body`.
    ir::Atom auxiliary(const std::string& name, const std::vector<std::string>& shared,
                       const std::vector<ast::Term>& tuple, bool compute_first,
                       const ast::Body& body, SourceSpan span);

    Scope& scope_;
    Variables& variables_;
};

/// The names of all variables, `_` excluded.
void collect_variables(const ast::Body& body, std::set<std::string>& names);
void collect_variables(const ast::Term& term, std::set<std::string>& names);
/// The variables that a conjunct shares with its clause: not those local to a negation or an
/// aggregate.
void open_variables(const ast::Literal& literal, std::set<std::string>& names);

}  // namespace entail::lowering

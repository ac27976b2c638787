#pragma once
// Sentences and ground facts in Z3: names become constants, functions and relations of one sort.

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "programs/syntax/ast.h"
#include "symbolic/base/value.h"
#include "symbolic/smt/context.h"

namespace entail::claims {

/// A predicate, a function or a constant; of constants, `kind` tells `1` from `'1'` and `"1"`.
struct Symbol {
    enum class Kind : std::uint8_t { predicate, function, atom, number, string, opaque };
    Kind kind = Kind::atom;
    std::string name;
    std::size_t arity = 0;
    auto operator<=>(const Symbol&) const = default;
};

class Theory {
public:
    explicit Theory(smt::Context& context) : context_(context) {}

    smt::Term formula(const ast::Formula& formula);
    /// A predicate of ground values, or of variables.
    smt::Term atom(std::string_view predicate, std::span<const smt::Term> arguments);
    smt::Term value(Value value, const ValueStore& values);
    /// Constants and propositions that were met.
    const std::map<Symbol, smt::Term>& constants() const { return terms_; }
    /// A quantifier was met.
    bool has_quantifiers() const { return has_quantifiers_; }
    smt::Context& context() { return context_; }

private:
    smt::Term term(const ast::Term& term);
    smt::Term constant(const Symbol& symbol);
    smt::Function function(const Symbol& symbol);
    smt::Term value(Value value, const ValueStore& values, int depth);
    smt::Term quantified(const ast::Formula& formula);

    smt::Context& context_;
    std::map<Symbol, smt::Term> terms_;                        // of no arguments
    std::map<Symbol, smt::Function> functions_;                // and relations
    std::map<std::string, std::vector<smt::Term>> variables_;  // by name, innermost last
    bool has_quantifiers_ = false;
};

/// Calls `visit` for every symbol of `formula`, with its place.
void for_each_symbol(const ast::Formula& formula,
                     const std::function<void(const Symbol&, SourceSpan)>& visit);

}  // namespace entail::claims

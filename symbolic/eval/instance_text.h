#pragma once
// Rule instances as a person would write them: `79 is 31+48`, `\+ edge(a,_)`, `3 < 5`.

#include <span>
#include <string>
#include <vector>

#include "symbolic/base/source.h"
#include "symbolic/ir/program.h"
#include "symbolic/proof/proof.h"

namespace entail::eval {

/// Values of a rule's variables; those that are not bound are printed by name.
struct Instance {
    std::span<const Value> bindings;
    const std::vector<bool>& bound;
    const std::vector<std::string>& names;
};

class InstanceText {
public:
    InstanceText(const ir::Program& program, const ValueStore& values, const SourceSet* sources)
        : program_(program), values_(values), sources_(sources) {}

    std::string value(Value value) const { return values_.print(value); }
    std::string term(const ir::Term& term, const Instance& instance) const;
    std::string expression(const ir::Term& term, const Instance& instance) const;
    std::string atom(const ir::Atom& atom, const Instance& instance) const;
    /// `result`: the value of an aggregate, as text.
    std::string literal(const ir::Literal& literal, const Instance& instance,
                        const std::string& result = "") const;
    std::string conjunction(const std::vector<ir::Literal>& body, const Instance& instance) const;
    /// `p(a,b)`; of an auxiliary predicate the bodies that it stands for.
    std::string tuple(ir::PredicateId predicate, std::span<const Value> tuple) const;
    /// `#sum{ F, D : face(D, F) }`
    std::string aggregate(const ir::Literal& literal, const Instance& instance) const;

    /// The text of a span in one line, empty without sources.
    std::string source(SourceSpan span) const;
    proof::Place place(SourceSpan span) const;
    /// The text of a rule: as written, or as it can be printed.
    std::string rule(const ir::Rule& rule) const;
    std::vector<proof::Binding> bindings(const Instance& instance) const;

private:
    std::string builtin(const ir::Literal& literal, const Instance& instance) const;
    std::string functor_term(const std::string& name, const std::vector<ir::Term>& args,
                             const Instance& instance) const;

    const ir::Program& program_;
    const ValueStore& values_;
    const SourceSet* sources_;
};

}  // namespace entail::eval

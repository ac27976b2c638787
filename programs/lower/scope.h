#pragma once
// What the statements of a program declare: predicates, types, signatures, modules. One Scope is
// shared by all passes of lowering.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "programs/functional/compose.h"
#include "programs/lower/lower.h"
#include "symbolic/ir/builtin.h"

namespace entail::lowering {

/// The values of a finite domain, in order, or why it cannot be enumerated.
struct Domain {
    std::vector<Value> values;
    bool is_open = false;                ///< int, real, or more values than are ever enumerated
    ir::Type type;                       ///< the same as a test
    std::optional<ir::Numbers> numbers;  ///< of int, real and ranges
};

/// Domains with more values are numbers that are not enumerated.
inline constexpr std::int64_t kMaxEnumerated = 1000;

class Scope {
public:
    Scope(ir::Program& for_program, Diagnostics& into) : program(for_program), diagnostics(into) {}

    ir::Program& program;
    Diagnostics& diagnostics;

    /// The predicate, added when it is new. `span`: where it is mentioned.
    ir::PredicateId predicate(const std::string& name, std::size_t arity, SourceSpan span);
    ir::PredicateId internal_predicate(const std::string& name, std::size_t arity, SourceSpan span);
    /// The predicate if it has been mentioned.
    std::optional<ir::PredicateId> known(const std::string& name, std::size_t arity) const;

    bool is_defined(const std::string& name, std::size_t arity) const;
    /// The built-in that an atom calls, unless the program defines that predicate itself.
    const ir::Builtin* builtin(const ast::Term& atom) const;
    /// A built-in, between/3, true, fail, false, unless the program defines them itself.
    bool is_builtin(const ast::Term& atom) const;

    void declare_type(const ast::TypeDeclaration& type, SourceSpan span);
    void declare_module(const ast::ModuleDeclaration& module, SourceSpan span);
    void declare_signature(const ast::Signature& signature, SourceSpan span);
    void declare_input(const ast::Input& input, SourceSpan span);
    void declare_function(const ast::Function& function, SourceSpan span);

    /// The domain that a term in domain position names; reports what is wrong with it.
    std::optional<Domain> domain(const ast::Term& term);
    std::optional<std::uint32_t> module(const ast::Name& name);
    /// Checks a constant argument against the signature of its predicate.
    void check_argument(ir::PredicateId predicate, std::size_t position, Value value,
                        SourceSpan span);

    bool is_input_type(const std::string& name) const { return input_types_.contains(name); }

    /// Predicates that have clauses, facts, files or signatures: those that may be called.
    std::set<ir::PredicateId> defined;
    /// Functional programs, the spans of their statements, and those that are only stages of
    /// others.
    functional::Functions functions;
    std::map<std::string, SourceSpan, std::less<>> function_spans;
    std::set<std::string, std::less<>> open_functions;

    /// "not supported yet", once for each kind of statement.
    void not_supported(SourceSpan span, const std::string& what);

    /// The closest of `names` to `name`, if it is close enough to be meant.
    static std::string closest(const std::string& name, const std::set<std::string>& names);

private:
    ir::Type signature_type(const ast::Term& term);
    void report_unknown_type(const std::string& name, SourceSpan span, bool builtin_too);

    std::unordered_map<std::string, ir::PredicateId> predicates_;  // by name/arity
    struct Type {
        Domain domain;
        SourceSpan span;
    };
    std::map<std::string, Type> types_;
    std::map<std::string, std::uint32_t> modules_;
    std::map<std::string, SourceSpan> input_types_;
    std::set<Value, bool (*)(Value, Value)> inputs_{
        [](Value a, Value b) { return a.bits() < b.bits(); }};
};

}  // namespace entail::lowering

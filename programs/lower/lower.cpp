#include "programs/lower/lower.h"

#include <algorithm>
#include <map>

#include "programs/lower/checks.h"
#include "programs/lower/clauses.h"
#include "programs/lower/functions.h"
#include "programs/lower/tasks.h"
#include "programs/syntax/words.h"

namespace entail {
namespace lowering {
namespace {

template <typename... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;  // clang 14 does not deduce aggregates

class Lowering {
public:
    Lowering(Lowered& result, Diagnostics& diagnostics)
        : result_(result), scope_(result.program, diagnostics) {}

    void run(const std::vector<Unit>& units) {
        bool was_read = !scope_.diagnostics.has_errors();
        for (const Unit& unit : units) {
            if (unit.is_library) index_library(*unit.file);
        }
        // Names first, so that the order of statements does not matter: types are used by modules
        // and signatures, modules by inputs.
        each(units, [&](const ast::Statement& s) {
            if (auto* type = std::get_if<ast::TypeDeclaration>(&s.form)) {
                scope_.declare_type(*type, s.span);
            }
        });
        each(units, [&](const ast::Statement& s) {
            if (auto* module = std::get_if<ast::ModuleDeclaration>(&s.form)) {
                scope_.declare_module(*module, s.span);
            }
        });
        each(units, [&](const ast::Statement& s) { declare(s); });
        lower_functions(scope_, was_read);
        each(units, [&](const ast::Statement& s) { lower(s); });
        // Once all choices are known.
        each(units, [&](const ast::Statement& s) {
            if (auto* invariant = std::get_if<ast::Invariant>(&s.form)) {
                lower_invariant(*invariant, s.span, scope_);
            }
        });
        add_library();
        check_program(scope_, was_read);
    }

private:
    template <typename Visit>
    void each(const std::vector<Unit>& units, const Visit& visit) {
        for (const Unit& unit : units) {
            if (unit.is_library) continue;
            for (const ast::Statement& statement : unit.file->statements) visit(statement);
        }
    }

    void define(const ast::Term& head) {
        if (ast::is_goal_form(head.text, head.args.size())) {
            scope_.diagnostics
                .report(DiagnosticCode::redeclared, head.name_span(), "predicate", head.text)
                .hint = "its arguments are goals; choose another name";
        }
        scope_.defined.insert(scope_.predicate(head.text, head.args.size(), head.name_span()));
    }

    void declare(const ast::Statement& statement) {
        std::visit(
            Overloaded{
                [&](const ast::Clause& c) {
                    for (const ast::Head& head : c.heads) define(head.atom);
                },
                [&](const ast::Draw& d) { define(d.head); },
                [&](const ast::Choose& c) { define(c.head); },
                [&](const ast::Signature& s) { scope_.declare_signature(s, statement.span); },
                [&](const ast::Input& i) { scope_.declare_input(i, statement.span); },
                [&](const ast::FactsFile& f) {
                    scope_.defined.insert(scope_.predicate(f.name.text, f.arity, f.name.span));
                },
                [&](const ast::Function& f) { scope_.declare_function(f, statement.span); },
                [](const auto&) {},
            },
            statement.form);
    }

    void lower(const ast::Statement& statement) {
        SourceSpan span = statement.span;
        std::visit(Overloaded{
                       [&](const ast::Clause& c) {
                           lower_clause(c, span, ir::RuleOrigin::program, scope_);
                           warn_singletons(c, scope_);
                       },
                       [&](const ast::Draw& d) { lower_draw(d, span, scope_); },
                       [&](const ast::Choose& c) { lower_choose(c, span, scope_); },
                       [&](const ast::Constraint& c) { lower_constraint(c, span, scope_); },
                       [&](const ast::Query& q) { lower_query(q); },
                       [&](const ast::Evidence& e) { lower_evidence(e); },
                       [&](const ast::FactsFile& f) { lower_facts_file(f); },
                       [&](const ast::Objective& o) { lower_objective(o, span, scope_); },
                       [&](const ast::Never& n) { lower_never(n, span, scope_); },
                       [&](const ast::Always& a) { lower_always(a, span, scope_); },
                       [](const auto&) {},
                   },
                   statement.form);
    }

    void lower_query(const ast::Query& query) {
        ir::Query lowered;
        Variables variables;
        lowered.atom = lower_atom(query.atom, variables, scope_);
        lowered.negated = query.negated;
        lowered.variables = variables.names();
        lowered.span = query.atom.span;
        if (query.negated && !variables.names().empty()) {
            scope_.diagnostics.report(DiagnosticCode::open_negated_query, query.atom.span);
            return;
        }
        result_.program.queries.push_back(std::move(lowered));
    }

    void lower_evidence(const ast::Evidence& evidence) {
        Variables variables;
        ir::Atom atom = lower_atom(evidence.atom, variables, scope_);
        if (!variables.names().empty()) {
            scope_.diagnostics.report(DiagnosticCode::open_evidence, evidence.atom.span,
                                      variables.names()[0]);
            return;
        }
        result_.program.evidence.push_back(
            {std::move(atom), !evidence.negated, evidence.atom.span});
    }

    void lower_facts_file(const ast::FactsFile& file) {
        auto id = scope_.predicate(file.name.text, file.arity, file.name.span);
        result_.facts_files.push_back({id, file.path.text, file.path.span});
    }

    void index_library(const ast::File& file) {
        for (const ast::Statement& statement : file.statements) {
            if (const auto* clause = std::get_if<ast::Clause>(&statement.form)) {
                const ast::Term& head = clause->heads[0].atom;
                library_[{head.text, head.args.size()}].push_back(&statement);
            }
        }
    }

    /// Adds the library's clauses for what is called and not defined, until nothing new is called.
    void add_library() {
        for (ir::PredicateId id = 0; id < result_.program.predicates.size(); ++id) {
            const ir::Predicate& predicate = result_.program.predicates[id];
            if (predicate.internal || scope_.defined.contains(id)) continue;
            if (const ir::Builtin* builtin = ir::find_builtin(predicate.name, predicate.arity)) {
                add_builtin(id, *builtin);
                continue;
            }
            auto place = library_.find({predicate.name, predicate.arity});
            if (place == library_.end()) continue;
            for (const ast::Statement* statement : place->second) {
                lower_clause(std::get<ast::Clause>(statement->form), statement->span,
                             ir::RuleOrigin::library, scope_);
            }
        }
    }

    /// A built-in as a predicate that can be asked for, by a rule with nothing else in its body.
    void add_builtin(ir::PredicateId id, const ir::Builtin& builtin) {
        scope_.defined.insert(id);
        ir::Rule rule;
        rule.origin = ir::RuleOrigin::library;
        ir::Literal literal;
        literal.kind = ir::Literal::Kind::builtin;
        literal.builtin = &builtin;
        Variables variables;
        ir::Atom head;
        head.predicate = id;
        for (std::uint32_t i = 0; i < builtin.arity; ++i) {
            auto variable = ir::Term::make_variable(variables.fresh(Variables::kInternal, {}));
            head.args.push_back(variable);
            literal.atom.args.push_back(variable);
        }
        rule.heads = {{std::move(head), 0}};
        rule.body = {std::move(literal)};
        rule.variables = variables.names();
        rule.variable_spans = variables.spans();
        result_.program.rules.push_back(std::move(rule));
    }

    Lowered& result_;
    Scope scope_;
    std::map<std::pair<std::string, std::size_t>, std::vector<const ast::Statement*>> library_;
};

}  // namespace
}  // namespace lowering

Lowered lower(const std::vector<Unit>& units, Diagnostics& diagnostics) {
    Lowered result;
    lowering::Lowering(result, diagnostics).run(units);
    return result;
}

std::optional<LoweredAtom> lower_atom(const ast::Term& term, ir::Program& program,
                                      Diagnostics& diagnostics) {
    std::size_t errors = diagnostics.error_count();
    ir::Program scratch;
    std::swap(scratch.values, program.values);
    lowering::Scope scope(scratch, diagnostics);
    lowering::Variables variables;
    LoweredAtom result;
    result.atom = lowering::lower_atom(term, variables, scope);
    std::swap(scratch.values, program.values);
    result.variables = variables.names();
    auto known = program.find(term.text, term.args.size());
    if (!known) {
        std::set<std::string> names;
        for (const ir::Predicate& p : program.predicates) {
            if (!p.internal) names.insert(fmt::format("{}/{}", p.name, p.arity));
        }
        std::string name = fmt::format("{}/{}", term.text, term.args.size());
        lowering::report_undefined(name, term.name_span(), names, diagnostics);
        return std::nullopt;
    }
    result.atom.predicate = *known;
    if (diagnostics.error_count() > errors) return std::nullopt;
    return result;
}

}  // namespace entail

#include "programs/lower/scope.h"

#include <algorithm>
#include <cassert>

#include "programs/lower/terms.h"

namespace entail::lowering {
namespace {

std::size_t edit_distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

ir::PredicateId Scope::predicate(const std::string& name, std::size_t arity, SourceSpan span) {
    auto [place, added] = predicates_.try_emplace(fmt::format("{}/{}", name, arity), 0);
    if (added) {
        place->second =
            program.add_predicate({name, static_cast<std::uint32_t>(arity), span, false, false});
    }
    return place->second;
}

ir::PredicateId Scope::internal_predicate(const std::string& name, std::size_t arity,
                                          SourceSpan span) {
    auto id = program.add_predicate({name, static_cast<std::uint32_t>(arity), span, true, false});
    defined.insert(id);
    return id;
}

std::optional<ir::PredicateId> Scope::known(const std::string& name, std::size_t arity) const {
    auto place = predicates_.find(fmt::format("{}/{}", name, arity));
    if (place == predicates_.end()) return std::nullopt;
    return place->second;
}

bool Scope::is_defined(const std::string& name, std::size_t arity) const {
    auto id = known(name, arity);
    return id && defined.contains(*id);
}

const ir::Builtin* Scope::builtin(const ast::Term& atom) const {
    if (is_defined(atom.text, atom.args.size())) return nullptr;
    return ir::find_builtin(atom.text, atom.args.size());
}

bool Scope::is_builtin(const ast::Term& atom) const {
    if (builtin(atom) != nullptr) return true;
    bool is_one =
        (atom.text == "between" && atom.args.size() == 3) ||
        (atom.args.empty() && (atom.text == "true" || atom.text == "fail" || atom.text == "false"));
    return is_one && !is_defined(atom.text, atom.args.size());
}

std::string Scope::closest(const std::string& name, const std::set<std::string>& names) {
    std::string best;
    std::size_t best_distance = std::max<std::size_t>(1, name.size() / 3) + 1;
    if (name.size() > 100) return best;
    for (const std::string& candidate : names) {
        if (candidate.size() > 100) continue;
        std::size_t distance = edit_distance(name, candidate);
        if (distance < best_distance && distance > 0) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

void Scope::not_supported(SourceSpan span, const std::string& what) {
    diagnostics.report(DiagnosticCode::not_supported, span, what);
}

void Scope::declare_type(const ast::TypeDeclaration& type, SourceSpan span) {
    if (ir::builtin_type(type.name.text) != nullptr) {
        diagnostics.report(DiagnosticCode::redeclared, type.name.span, "type", type.name.text)
            .hint = "this type is built in";
        return;
    }
    auto found = domain(type.domain);
    if (!found) return;
    found->type.name = type.name.text;
    auto [place, added] = types_.try_emplace(type.name.text, Type{*found, span});
    if (!added) {
        diagnostics.report(DiagnosticCode::redeclared, type.name.span, "type", type.name.text)
            .notes.push_back({place->second.span, "first declared here"});
    }
}

std::optional<Domain> Scope::domain(const ast::Term& term) {
    Domain result;
    switch (term.kind) {
        case ast::TermKind::range: {
            auto low = constant_integer(term.args[0], *this),
                 high = constant_integer(term.args[1], *this);
            if (!low || !high) {
                const ast::Term& bad = low ? term.args[1] : term.args[0];
                diagnostics.report(DiagnosticCode::range_not_constant, bad.span);
                return std::nullopt;
            }
            if (*low > *high) {
                diagnostics.report(DiagnosticCode::empty_domain, term.span, *low, *high);
                return std::nullopt;
            }
            result.type = {
                ir::Type::Kind::range, fmt::format("{}..{}", *low, *high), *low, *high, {}};
            result.numbers = {true, *low, *high, {}};
            auto size = static_cast<std::uint64_t>(*high) - static_cast<std::uint64_t>(*low);
            result.is_open = size >= static_cast<std::uint64_t>(kMaxEnumerated);
            if (result.is_open) return result;
            for (std::int64_t i = *low;; ++i) {
                result.values.push_back(program.values.integer(i));
                if (i == *high) break;
            }
            return result;
        }
        case ast::TermKind::set:
            for (const ast::Term& element : term.args) {
                auto value = lower_ground(element, *this);
                if (!value) return std::nullopt;
                if (std::ranges::find(result.values, *value) != result.values.end()) {
                    diagnostics.report(DiagnosticCode::repeated_value, element.span,
                                       program.values.print(*value));
                    continue;
                }
                result.values.push_back(*value);
            }
            result.type = {ir::Type::Kind::values, "{…}", 0, 0, result.values};
            return result;
        case ast::TermKind::atom: {
            if (term.text == "int" || term.text == "real") {
                result.is_open = true;
                result.type = *ir::builtin_type(term.text);
                result.numbers = {term.text == "int", {}, {}, {}};
                return result;
            }
            auto place = types_.find(term.text);
            if (place != types_.end()) return place->second.domain;
            report_unknown_type(term.text, term.span, false);
            return std::nullopt;
        }
        default:
            break;
    }
    assert(false && "the parser lets nothing else stand in a domain");
    return std::nullopt;
}

void Scope::declare_module(const ast::ModuleDeclaration& module, SourceSpan span) {
    ir::ModuleDeclaration declared;
    declared.name = module.name.text;
    declared.input_type = module.input.text;
    declared.architecture = module.architecture.name.text;
    declared.span = span;
    const auto& arguments = module.architecture.args;
    if (arguments.size() > 1 ||
        (arguments.size() == 1 && arguments[0].kind != ast::TermKind::string)) {
        diagnostics.report(DiagnosticCode::architecture_arguments, module.architecture.span,
                           declared.architecture);
    }
    for (const ast::Term& argument : arguments) declared.arguments.push_back(argument.text);
    input_types_.try_emplace(module.input.text, module.input.span);
    predicate(module.input.text, 1, module.input.span);
    auto add = [&](const std::string& name, const ast::Term& term) {
        auto found = domain(term);
        if (!found) return;
        if (found->is_open) {
            diagnostics.report(DiagnosticCode::domain_too_large, term.span, kMaxEnumerated);
            return;
        }
        declared.concepts.push_back({name, found->values});
    };
    if (module.output) add("", *module.output);
    for (const ast::Concept& part : module.concepts) add(part.name.text, part.domain);
    auto [place, added] =
        modules_.try_emplace(declared.name, static_cast<std::uint32_t>(program.modules.size()));
    if (!added) {
        diagnostics.report(DiagnosticCode::redeclared, module.name.span, "module", declared.name)
            .notes.push_back({program.modules[place->second].span, "first declared here"});
        return;
    }
    defined.insert(predicate(module.input.text, 1, module.input.span));
    program.modules.push_back(std::move(declared));
}

std::optional<std::uint32_t> Scope::module(const ast::Name& name) {
    auto place = modules_.find(name.text);
    if (place != modules_.end()) return place->second;
    std::set<std::string> names;
    for (const auto& [known, index] : modules_) names.insert(known);
    std::string meant = closest(name.text, names);
    auto& report = diagnostics.report(DiagnosticCode::unknown_module, name.span, name.text);
    report.hint = meant.empty() ? "declare it: 'module " + name.text + " : image -> digit = lenet.'"
                                : "did you mean '" + meant + "'?";
    return std::nullopt;
}

void Scope::report_unknown_type(const std::string& name, SourceSpan span, bool builtin_too) {
    std::set<std::string> names;
    for (const auto& [known, type] : types_) names.insert(known);
    for (const ir::Type& type : ir::builtin_types()) {
        if (builtin_too) names.insert(type.name);
    }
    std::string meant = closest(name, names);
    diagnostics.report(DiagnosticCode::unknown_type, span, name).hint =
        meant.empty() ? "declare it: 'type " + name + " = {…}.'" : "did you mean '" + meant + "'?";
}

ir::Type Scope::signature_type(const ast::Term& term) {
    if (term.kind != ast::TermKind::atom) {
        auto found = domain(term);
        return found ? found->type : ir::Type{};
    }
    if (const ir::Type* type = ir::builtin_type(term.text)) return *type;
    if (auto place = types_.find(term.text); place != types_.end())
        return place->second.domain.type;
    // The inputs of a module are any constants.
    if (!input_types_.contains(term.text)) report_unknown_type(term.text, term.span, true);
    return ir::Type{};
}

void Scope::declare_signature(const ast::Signature& signature, SourceSpan span) {
    auto id = predicate(signature.name.text, signature.types.size(), signature.name.span);
    ir::Signature declared{id, {}, span};
    for (const ast::Term& type : signature.types) declared.types.push_back(signature_type(type));
    defined.insert(id);
    if (program.signature(id) == nullptr) {
        program.signatures.push_back(std::move(declared));
        return;
    }
    diagnostics.report(DiagnosticCode::redeclared, span, "signature",
                       fmt::format("{}/{}", signature.name.text, signature.types.size()));
}

void Scope::check_argument(ir::PredicateId id, std::size_t position, Value value, SourceSpan span) {
    const ir::Signature* signature = program.signature(id);
    if (signature == nullptr) return;
    const ir::Type& type = signature->types[position];
    if (ir::has_type(value, type, program.values)) return;
    diagnostics.report(
        DiagnosticCode::type_mismatch, span, program.values.print(value), type.name, position + 1,
        fmt::format("{}/{}", program.predicates[id].name, program.predicates[id].arity));
}

void Scope::declare_function(const ast::Function& function, SourceSpan span) {
    const std::string& name = function.name.text;
    if (auto [place, added] = functions.try_emplace(name, &function); added) {
        function_spans.emplace(name, span);
    } else {
        diagnostics
            .report(DiagnosticCode::redeclared, function.name.span, "functional program", name)
            .notes.push_back({place->second->name.span, "first declared here"});
    }
}

void Scope::declare_input(const ast::Input& input, SourceSpan span) {
    auto entity = lower_ground(input.entity, *this);
    if (!entity) return;
    if (!input_types_.contains(input.type.text)) {
        diagnostics.report(DiagnosticCode::unknown_input_type, input.type.span, input.type.text)
            .hint =
            "no module reads it; the type after '->' is what a module gives, before it what it "
            "reads";
        input_types_.try_emplace(input.type.text, input.type.span);
    }
    if (!inputs_.insert(*entity).second) {
        diagnostics.report(DiagnosticCode::redeclared, input.entity.span, "input",
                           program.values.print(*entity));
        return;
    }
    program.inputs.push_back({*entity, input.type.text, input.path.text, input.path.span});
    auto type = predicate(input.type.text, 1, input.type.span);
    defined.insert(type);
    program.add_fact(type, {&*entity, 1}, span);
}

}  // namespace entail::lowering

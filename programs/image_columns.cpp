#include "programs/image_columns.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

// Idea: a place is an argument of a predicate, or something within it: a step leads from a compound
// term to one of its arguments. All elements of a list are one place, so that a list of pictures
// stays one place however long it is. A place holds pictures if a variable that stands there in the
// head of a rule is the network's input, or stands at such a place in the body. That is a fixpoint
// over the rules, from callees up to callers. Where it says nothing about the query (the pictures
// pass through a predicate that does not look at them, as in `member(I, Pictures), digit(I, D)`),
// it is taken once more, also from callers down: too generous for a predicate that serves pictures
// and other things, so it comes second.
// Cost: rules * places found, per module.

namespace entail {
namespace {

using Step = std::pair<std::uint32_t, std::uint32_t>;  // functor, argument
using Path = std::vector<Step>;
using Places = std::map<std::pair<ir::PredicateId, std::uint32_t>, std::set<Path>>;
using Variables = std::set<std::pair<ir::VariableId, Path>>;

/// Terms that nest pictures deeper are beyond what anyone writes; growth ends here.
constexpr std::size_t kMaxDepth = 6;

class Analysis {
public:
    Analysis(const ir::Program& program, std::uint32_t module, bool downwards)
        : program_(program), module_(module), downwards_(downwards) {
        do {
            changed_ = false;
            for (const ir::Rule& rule : program.rules) pass(rule);
        } while (changed_);
    }

    bool holds(ir::PredicateId predicate, std::uint32_t argument, const Path& path) const {
        const auto found = places_.find({predicate, argument});
        return found != places_.end() && found->second.contains(path);
    }

    /// Calls visit(variable, path) for every variable of `term`, in order.
    template <class Visit>
    static void for_variables(const ir::Program& program, const ir::Term& term,
                              const Visit& visit) {
        std::vector<std::pair<const ir::Term*, Path>> open{{&term, {}}};
        while (!open.empty()) {
            const auto [at, path] = std::move(open.back());
            open.pop_back();
            if (at->is_variable()) visit(at->variable, path);
            for (auto i = static_cast<std::uint32_t>(at->args.size()); i-- > 0;) {
                open.emplace_back(&at->args[i], path);
                if (!is_tail(program, *at, i)) {
                    open.back().second.emplace_back(at->value.bits(), i);
                }
            }
        }
    }

private:
    static bool is_tail(const ir::Program& program, const ir::Term& term, std::uint32_t i) {
        return i == 1 && term.args.size() == 2 && term.value == program.values.cons();
    }

    /// `path` leads from `term` to pictures: notes which variables hold them.
    void follow(const ir::Term& term, const Path& path, Variables& pictures) const {
        std::vector<std::pair<const ir::Term*, std::size_t>> open{{&term, 0}};
        while (!open.empty()) {
            const auto [at, taken] = open.back();
            open.pop_back();
            if (at->is_variable()) {
                pictures.emplace(
                    at->variable,
                    Path(path.begin() + static_cast<std::ptrdiff_t>(taken), path.end()));
            }
            if (taken == path.size()) continue;
            for (std::uint32_t i = 0; i < at->args.size(); ++i) {
                if (is_tail(program_, *at, i)) {
                    open.emplace_back(&at->args[i], taken);
                } else if (path[taken] == Step(at->value.bits(), i)) {
                    open.emplace_back(&at->args[i], taken + 1);
                }
            }
        }
    }

    void follow(const ir::Atom& atom, Variables& pictures) const {
        for (std::uint32_t i = 0; i < atom.args.size(); ++i) {
            const auto found = places_.find({atom.predicate, i});
            if (found == places_.end()) continue;
            for (const Path& path : found->second) follow(atom.args[i], path, pictures);
        }
    }

    /// The variables of `from` that hold pictures say that `to`, which is equal, has some.
    void unify(const ir::Term& from, const ir::Term& to, Variables& pictures) const {
        std::vector<Path> paths;
        for_variables(program_, from, [&](ir::VariableId variable, const Path& path) {
            for (const auto& [picture, rest] : pictures) {
                if (picture == variable) paths.push_back(join(path, rest));
            }
        });
        for (const Path& path : paths) follow(to, path, pictures);
    }

    void note(const ir::Atom& atom, const Variables& pictures) {
        for (std::uint32_t i = 0; i < atom.args.size(); ++i) {
            for_variables(program_, atom.args[i], [&](ir::VariableId variable, const Path& path) {
                for (const auto& [picture, rest] : pictures) {
                    if (picture != variable || path.size() + rest.size() > kMaxDepth) continue;
                    if (places_[{atom.predicate, i}].insert(join(path, rest)).second) {
                        changed_ = true;
                    }
                }
            });
        }
    }

    static Path join(Path path, const Path& rest) {
        path.insert(path.end(), rest.begin(), rest.end());
        return path;
    }

    static bool has_atom(const ir::Literal& literal) {
        return literal.kind == ir::Literal::Kind::atom ||
               literal.kind == ir::Literal::Kind::negated ||
               literal.kind == ir::Literal::Kind::aggregate;
    }

    void pass(const ir::Rule& rule) {
        Variables pictures;
        if (rule.choice != ir::kNone && program_.choices[rule.choice].module == module_) {
            follow(program_.choices[rule.choice].input, {}, pictures);
        }
        if (downwards_) {
            for (const ir::Head& head : rule.heads) follow(head.atom, pictures);
        }
        for (const ir::Literal& literal : rule.body) {
            if (has_atom(literal)) follow(literal.atom, pictures);
        }
        for (std::size_t before = pictures.size() + 1; before != pictures.size();) {
            before = pictures.size();
            for (const ir::Literal& literal : rule.body) {
                if (literal.kind != ir::Literal::Kind::unify) continue;
                unify(literal.left, literal.right, pictures);
                unify(literal.right, literal.left, pictures);
            }
        }
        for (const ir::Head& head : rule.heads) note(head.atom, pictures);
        if (!downwards_) return;
        for (const ir::Literal& literal : rule.body) {
            if (has_atom(literal)) note(literal.atom, pictures);
        }
    }

    const ir::Program& program_;
    std::uint32_t module_;
    bool downwards_;
    bool changed_ = false;
    Places places_;
};

/// Where in its argument a variable stands, argument by argument.
std::vector<std::uint32_t> exact_path(const ir::Term& term, ir::VariableId variable) {
    std::vector<std::pair<const ir::Term*, std::vector<std::uint32_t>>> open{{&term, {}}};
    while (!open.empty()) {
        auto [at, path] = std::move(open.back());
        open.pop_back();
        if (at->is_variable() && at->variable == variable) return path;
        for (auto i = static_cast<std::uint32_t>(at->args.size()); i-- > 0;) {
            open.emplace_back(&at->args[i], path);
            open.back().second.push_back(i);
        }
    }
    return {};
}

}  // namespace

std::vector<QueryColumn> query_columns(const ir::Program& program, const ir::Query& query) {
    std::vector<QueryColumn> columns;
    std::vector<Path> paths;
    for (std::uint32_t i = 0; i < query.atom.args.size(); ++i) {
        const ir::Term& term = query.atom.args[i];
        Analysis::for_variables(program, term, [&](ir::VariableId variable, const Path& path) {
            if (std::ranges::find(columns, variable, &QueryColumn::variable) != columns.end()) {
                return;
            }
            columns.push_back(
                {variable, query.variables[variable], i, exact_path(term, variable), {}});
            paths.push_back(path);
        });
    }
    for (std::uint32_t module = 0; module < program.modules.size(); ++module) {
        for (const bool downwards : {false, true}) {
            const Analysis analysis(program, module, downwards);
            bool found = false;
            for (std::size_t c = 0; c < columns.size(); ++c) {
                if (!analysis.holds(query.atom.predicate, columns[c].argument, paths[c])) continue;
                columns[c].modules.push_back(module);
                found = true;
            }
            if (found) break;
        }
    }
    return columns;
}

}  // namespace entail

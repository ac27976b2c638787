#include "programs/syntax/same.h"

#include <algorithm>
#include <bit>

namespace entail::ast {
namespace {

/// A class, so that every comparison sees every other one.
struct Compare {
    static bool same(const Name& a, const Name& b) { return a.text == b.text; }

    template <typename T>
    static bool same(const std::vector<T>& a, const std::vector<T>& b) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                          [](const T& x, const T& y) { return same(x, y); });
    }

    template <typename T>
    static bool same(const std::optional<T>& a, const std::optional<T>& b) {
        return a.has_value() == b.has_value() && (!a || same(*a, *b));
    }

    static bool same(const Network& a, const Network& b) {
        return same(a.module, b.module) && same(a.inputs, b.inputs) && same(a.output, b.output) &&
               same(a.labels, b.labels);
    }

    static bool same(const Comparison& a, const Comparison& b) {
        return a.op == b.op && same(a.sides, b.sides);
    }

    static bool same(const Membership& a, const Membership& b) { return same(a.sides, b.sides); }

    static bool same(const Elements& a, const Elements& b) {
        return same(a.tuple, b.tuple) && same(a.body, b.body);
    }

    static bool same(const Aggregate& a, const Aggregate& b) {
        return a.op == b.op && a.function == b.function && same(a.result, b.result) &&
               same(a.over, b.over);
    }

    static bool same(const Disjunction& a, const Disjunction& b) {
        return same(a.alternatives, b.alternatives);
    }

    static bool same(const Head& a, const Head& b) {
        return same(a.weight, b.weight) && same(a.atom, b.atom);
    }

    static bool same(const CategoricalValue& a, const CategoricalValue& b) {
        return same(a.value, b.value) && same(a.weight, b.weight);
    }

    static bool same(const Distribution& a, const Distribution& b) {
        return a.kind == b.kind && same(a.module, b.module) && same(a.part, b.part) &&
               same(a.args, b.args) && same(a.choices, b.choices);
    }

    static bool same(const Concept& a, const Concept& b) {
        return same(a.name, b.name) && same(a.domain, b.domain);
    }

    static bool same(const Stage& a, const Stage& b) {
        return a.kind == b.kind && a.name.text == b.name.text && same(a.args, b.args) &&
               same(a.pipelines, b.pipelines);
    }

    static bool same(const Clause& a, const Clause& b) {
        return same(a.heads, b.heads) && same(a.body, b.body);
    }

    static bool same(const Draw& a, const Draw& b) {
        return same(a.head, b.head) && same(a.distribution, b.distribution) && same(a.body, b.body);
    }

    static bool same(const Choose& a, const Choose& b) {
        return same(a.head, b.head) && same(a.domain, b.domain) && same(a.body, b.body);
    }

    static bool same(const Constraint& a, const Constraint& b) { return same(a.body, b.body); }

    static bool same(const Directive& a, const Directive& b) { return same(a.goal, b.goal); }

    static bool same(const Objective& a, const Objective& b) {
        return a.direction == b.direction && same(a.over, b.over);
    }

    static bool same(const TypeDeclaration& a, const TypeDeclaration& b) {
        return same(a.name, b.name) && same(a.domain, b.domain);
    }

    static bool same(const Signature& a, const Signature& b) {
        return same(a.name, b.name) && same(a.types, b.types);
    }

    static bool same(const ModuleDeclaration& a, const ModuleDeclaration& b) {
        return same(a.name, b.name) && same(a.input, b.input) && same(a.output, b.output) &&
               same(a.concepts, b.concepts) && same(a.architecture.name, b.architecture.name) &&
               same(a.architecture.args, b.architecture.args);
    }

    static bool same(const Input& a, const Input& b) {
        return same(a.entity, b.entity) && same(a.type, b.type) && same(a.path, b.path);
    }

    static bool same(const FactsFile& a, const FactsFile& b) {
        return same(a.name, b.name) && a.arity == b.arity && same(a.path, b.path);
    }

    static bool same(const Function& a, const Function& b) {
        return same(a.name, b.name) && same(a.parameters, b.parameters) &&
               same(a.pipeline, b.pipeline);
    }

    static bool same(const Query& a, const Query& b) {
        return a.negated == b.negated && same(a.atom, b.atom);
    }

    static bool same(const Evidence& a, const Evidence& b) {
        return a.negated == b.negated && same(a.atom, b.atom);
    }

    static bool same(const Never& a, const Never& b) { return same(a.body, b.body); }

    static bool same(const Always& a, const Always& b) {
        return same(a.claim, b.claim) && same(a.body, b.body);
    }

    static bool same(const Invariant& a, const Invariant& b) {
        return same(a.atom, b.atom) && same(a.predicate, b.predicate) && a.arity == b.arity;
    }

    static bool same(const Import& a, const Import& b) {
        return same(a.name, b.name) && a.is_path == b.is_path;
    }

    static bool same(const Formula& a, const Formula& b) {
        return a.kind == b.kind && same(a.atom, b.atom) && same(a.sides, b.sides) &&
               same(a.variables, b.variables) && same(a.parts, b.parts);
    }

    static bool same(const Sentence& a, const Sentence& b) { return same(a.formula, b.formula); }

    static bool same(const Claim& a, const Claim& b) {
        return same(a.name, b.name) && same(a.formula, b.formula);
    }

    template <typename... Forms>
    static bool same_form(const std::variant<Forms...>& a, const std::variant<Forms...>& b) {
        if (a.index() != b.index()) return false;
        return std::visit(
            [&](const auto& x) { return same(x, std::get<std::decay_t<decltype(x)>>(b)); }, a);
    }

    static bool same(const Term& a, const Term& b) {
        if (a.kind != b.kind || a.has_tail != b.has_tail || a.text != b.text) return false;
        if (a.kind == TermKind::integer && a.integer != b.integer) return false;
        bool real = a.kind == TermKind::real;
        if (real && std::bit_cast<std::uint64_t>(a.real) != std::bit_cast<std::uint64_t>(b.real)) {
            return false;
        }
        return same(a.args, b.args);
    }

    static bool same(const Weight& a, const Weight& b) {
        bool numbers =
            std::bit_cast<std::uint64_t>(a.value) == std::bit_cast<std::uint64_t>(b.value) &&
            a.exact == b.exact && a.numerator == b.numerator && a.denominator == b.denominator;
        return a.kind == b.kind && a.text == b.text && numbers &&
               same(a.expression, b.expression) && same(a.network, b.network);
    }

    static bool same(const Literal& a, const Literal& b) {
        return a.negated == b.negated && same_form(a.form, b.form);
    }

    static bool same(const Pipeline& a, const Pipeline& b) { return same(a.stages, b.stages); }
};

}  // namespace

bool same(const Term& a, const Term& b) {
    return Compare::same(a, b);
}

bool same(const Weight& a, const Weight& b) {
    return Compare::same(a, b);
}

bool same(const Literal& a, const Literal& b) {
    return Compare::same(a, b);
}

bool same(const Body& a, const Body& b) {
    return Compare::same(a, b);
}

bool same(const Pipeline& a, const Pipeline& b) {
    return Compare::same(a, b);
}

bool same(const Statement& a, const Statement& b) {
    return Compare::same_form(a.form, b.form);
}

bool same(const File& a, const File& b) {
    return std::equal(a.statements.begin(), a.statements.end(), b.statements.begin(),
                      b.statements.end(),
                      [](const Statement& x, const Statement& y) { return same(x, y); });
}

}  // namespace entail::ast

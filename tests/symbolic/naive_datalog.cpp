#include "tests/symbolic/naive_datalog.h"

#include <algorithm>
#include <map>
#include <optional>

namespace entail::tests {
namespace {

using ir::Literal;
using ir::Term;

class Generator {
public:
    explicit Generator(std::mt19937_64& random) : random_(random) {}

    RandomDatalog run() {
        constants_ = 3 + below(6);
        std::uint32_t strata = 1 + below(3);
        for (std::uint32_t p = 0; p < 3 + below(4); ++p) {
            made_.program.add_predicate(
                {"p" + std::to_string(p), below(10) == 0 ? 0 : 1 + below(3), {}, false, false});
            made_.stratum.push_back(p < 2 ? 0 : below(strata));
        }
        auto predicates = static_cast<std::uint32_t>(made_.stratum.size());
        for (std::uint32_t i = below(30); i > 0; --i) {
            ir::PredicateId p = below(predicates);
            std::vector<Value> row;
            while (row.size() < arity(p)) row.push_back(constant());
            made_.program.add_fact(p, row, {});
        }
        for (std::uint32_t i = 1 + below(6); i > 0; --i) add_rule(below(predicates));
        return std::move(made_);
    }

private:
    std::uint32_t below(std::size_t n) { return static_cast<std::uint32_t>(random_() % n); }
    std::uint32_t arity(ir::PredicateId p) const { return made_.program.predicates[p].arity; }
    Value constant() { return made_.program.values.integer(below(constants_)); }
    Term argument(std::uint32_t variables) {
        if (variables == 0 || below(8) == 0) return Term::make_constant(constant());
        return Term::make_variable(below(variables));
    }
    ir::PredicateId predicate_below(std::uint32_t stratum) {
        ir::PredicateId p;
        do p = below(made_.stratum.size());
        while (made_.stratum[p] > stratum);
        return p;
    }

    void add_rule(ir::PredicateId head) {
        ir::Rule rule;
        std::uint32_t variables = 1 + below(5);
        std::vector<bool> bound(variables, false);
        for (std::uint32_t i = 1 + below(4); i > 0; --i) {
            Literal literal;
            literal.atom.predicate = predicate_below(made_.stratum[head]);
            while (literal.atom.args.size() < arity(literal.atom.predicate)) {
                literal.atom.args.push_back(argument(variables));
                const Term& last = literal.atom.args.back();
                if (last.is_variable()) bound[last.variable] = true;
            }
            rule.body.push_back(std::move(literal));
        }
        auto bound_argument = [&] {
            Term term = argument(variables);
            while (term.is_variable() && !bound[term.variable]) {
                term = argument(below(4) == 0 ? 0 : variables);
            }
            return term;
        };
        if (below(3) == 0) {
            Literal test;
            test.kind = below(2) == 0 ? Literal::Kind::compare : Literal::Kind::not_unify;
            test.op = ir::CompareOp::less;
            test.left = bound_argument();
            test.right = bound_argument();
            rule.body.push_back(test);
        }
        if (made_.stratum[head] > 0 && below(3) == 0) {
            Literal negated;
            negated.kind = Literal::Kind::negated;
            negated.atom.predicate = predicate_below(made_.stratum[head] - 1);
            while (negated.atom.args.size() < arity(negated.atom.predicate)) {
                negated.atom.args.push_back(bound_argument());
            }
            rule.body.push_back(std::move(negated));
        }
        std::shuffle(rule.body.begin(), rule.body.end(), random_);
        rule.heads.emplace_back();
        rule.heads[0].atom.predicate = head;
        while (rule.heads[0].atom.args.size() < arity(head)) {
            rule.heads[0].atom.args.push_back(bound_argument());
        }
        for (std::uint32_t v = 0; v < variables; ++v) {
            rule.variables.push_back("V" + std::to_string(v));
            rule.variable_spans.emplace_back();
        }
        made_.program.rules.push_back(std::move(rule));
    }

    std::mt19937_64& random_;
    std::uint32_t constants_ = 0;
    RandomDatalog made_;
};

using Bindings = std::map<ir::VariableId, std::uint32_t>;

std::uint32_t value(const Term& term, const Bindings& bindings) {
    return term.is_variable() ? bindings.at(term.variable) : term.value.bits();
}

std::vector<std::uint32_t> tuple(const ir::Atom& atom, const Bindings& bindings) {
    std::vector<std::uint32_t> result;
    for (const Term& term : atom.args) result.push_back(value(term, bindings));
    return result;
}

/// The literals in which bindings are tested, after all positive ones.
bool passes(const ir::Rule& rule, const Bindings& bindings, const std::vector<Tuples>& model,
            const ValueStore& values) {
    return std::ranges::all_of(rule.body, [&](const Literal& literal) {
        switch (literal.kind) {
            case Literal::Kind::negated:
                return !model[literal.atom.predicate].contains(tuple(literal.atom, bindings));
            case Literal::Kind::compare:
                return values.as_integer(Value::from_bits(value(literal.left, bindings))) <
                       values.as_integer(Value::from_bits(value(literal.right, bindings)));
            case Literal::Kind::not_unify:
                return value(literal.left, bindings) != value(literal.right, bindings);
            default:
                return true;
        }
    });
}

void find_heads(const ir::Rule& rule, std::size_t literal, const Bindings& bindings,
                const std::vector<Tuples>& model, const ValueStore& values, Tuples& heads) {
    if (literal == rule.body.size()) {
        if (passes(rule, bindings, model, values)) {
            heads.insert(tuple(rule.heads[0].atom, bindings));
        }
        return;
    }
    const Literal& here = rule.body[literal];
    if (here.kind != Literal::Kind::atom) {
        find_heads(rule, literal + 1, bindings, model, values, heads);
        return;
    }
    for (const auto& row : model[here.atom.predicate]) {
        Bindings extended = bindings;
        bool fits = true;
        for (std::size_t c = 0; fits && c < row.size(); ++c) {
            const Term& term = here.atom.args[c];
            fits = term.is_variable()
                       ? extended.try_emplace(term.variable, row[c]).first->second == row[c]
                       : term.value.bits() == row[c];
        }
        if (fits) find_heads(rule, literal + 1, extended, model, values, heads);
    }
}

}  // namespace

RandomDatalog random_datalog(std::mt19937_64& random) {
    return Generator(random).run();
}

std::vector<Tuples> naive_model(const RandomDatalog& datalog) {
    const ir::Program& program = datalog.program;
    std::vector<Tuples> model(program.predicates.size());
    for (const ir::Fact& fact : program.facts) {
        std::vector<std::uint32_t> row;
        for (std::uint32_t c = 0; c < program.predicates[fact.predicate].arity; ++c) {
            row.push_back(program.fact_values[fact.row + c].bits());
        }
        model[fact.predicate].insert(row);
    }
    for (std::uint32_t stratum = 0; stratum < 3; ++stratum) {
        for (bool changed = true; changed;) {
            changed = false;
            for (const ir::Rule& rule : program.rules) {
                ir::PredicateId head = rule.heads[0].atom.predicate;
                if (datalog.stratum[head] != stratum) continue;
                Tuples heads;
                find_heads(rule, 0, {}, model, program.values, heads);
                for (const auto& row : heads) {
                    changed = model[head].insert(row).second || changed;
                }
            }
        }
    }
    return model;
}

}  // namespace entail::tests

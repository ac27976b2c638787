#include "symbolic/ir/unknowns.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "symbolic/ir/builtin.h"

namespace entail::ir {
namespace {

using Kind = Literal::Kind;

bool mentions(const Term& term, const std::vector<bool>& set) {
    bool found = false;
    for_each_variable(term, [&](VariableId v) { found = found || set[v]; });
    return found;
}

/// The sides of a `=`: which is built, and which is matched with it. None if it only tests.
struct Sides {
    const Term* source = nullptr;
    const Term* target = nullptr;
};
Sides sides(const Literal& unify, const Bound& bound) {
    bool left = is_bound(unify.left, bound), right = is_bound(unify.right, bound);
    if (left && right) return {};
    if (left) return {&unify.left, &unify.right};
    return {&unify.right, &unify.left};
}

/// Which variables of one rule may be bound to something unknown.
class Analysis {
public:
    Analysis(const Rule& rule, const std::vector<Positions>& open) : rule_(rule), open_(open) {
        unknown_.assign(rule.variables.size(), false);
        for (bool changed = true; changed;) {
            look();
            changed = false;
            for (std::size_t v = 0; v < unknown_.size(); ++v) {
                if (unknown_[v] || !by_unknown_[v] || by_known_[v]) continue;
                unknown_[v] = changed = true;
            }
        }
    }

    const std::vector<bool>& unknown() const { return unknown_; }

    bool is_open(const Atom& atom, std::size_t column) const {
        return (open_[atom.predicate] >> column & 1U) != 0;
    }
    bool gives_unknown(const Literal& literal) const {
        switch (literal.kind) {
            case Kind::is:
                return mentions(literal.right, unknown_);
            case Kind::aggregate:
                return literal.function != AggregateOp::count &&
                       is_open(literal.atom, literal.grouped);
            case Kind::builtin:
                return std::ranges::any_of(literal.atom.args, [&](const Term& argument) {
                    return mentions(argument, unknown_);
                });
            case Kind::unknown:
                return true;
            default:
                return false;
        }
    }
    /// A range is enumerated for a variable that no atom binds, nor anything before.
    bool enumerates(const Literal& range) const {
        bool bound_by_atom = false;
        for (const Literal& other : rule_.body) {
            if (other.kind != Kind::atom) continue;
            for (const Term& argument : other.atom.args) {
                for_each_variable(argument, [&](VariableId v) {
                    for_each_variable(
                        range.left, [&](VariableId w) { bound_by_atom = bound_by_atom || v == w; });
                });
            }
        }
        return !bound_by_atom;
    }

private:
    void place(const Term& term, bool is_unknown) {
        for_each_variable(term,
                          [&](VariableId v) { (is_unknown ? by_unknown_ : by_known_)[v] = true; });
    }

    void look() {
        by_unknown_.assign(unknown_.size(), false);
        by_known_.assign(unknown_.size(), false);
        Bound bound(unknown_.size(), false);
        for (const Literal& literal : rule_.body) {
            switch (literal.kind) {
                case Kind::atom:
                    for (std::size_t c = 0; c < literal.atom.args.size(); ++c) {
                        place(literal.atom.args[c], is_open(literal.atom, c));
                    }
                    break;
                case Kind::is:
                case Kind::aggregate:
                case Kind::unknown:
                    place(literal.left, gives_unknown(literal));
                    break;
                case Kind::builtin:
                    for (const Term& argument : literal.atom.args) {
                        if (!is_bound(argument, bound)) place(argument, gives_unknown(literal));
                    }
                    break;
                case Kind::unify: {
                    Sides s = sides(literal, bound);
                    if (s.source != nullptr) place(*s.target, mentions(*s.source, unknown_));
                    break;
                }
                case Kind::in_range:
                    if (!is_bound(literal.left, bound) && enumerates(literal)) {
                        place(literal.left, false);
                    }
                    break;
                case Kind::in_values:
                    place(literal.left, false);
                    break;
                default:
                    break;
            }
            ir::bind(literal, bound);
        }
    }

    const Rule& rule_;
    const std::vector<Positions>& open_;
    std::vector<bool> unknown_, by_unknown_, by_known_;
};

/// One rule, its places over open columns separated.
class Separation {
public:
    Separation(Rule& rule, const Analysis& analysis, const ValueStore& values)
        : rule_(rule),
          analysis_(analysis),
          values_(values),
          bound_here_(rule.variables.size(), false) {}

    void run() {
        std::vector<Literal> body = std::move(rule_.body);
        rule_.body.clear();
        Bound bound(bound_here_.size(), false);
        const std::vector<bool>& unknown = analysis_.unknown();
        for (Literal& literal : body) {
            const Literal before = literal;
            equalities_.clear();
            span_ = literal.span.end > literal.span.begin ? literal.span : literal.atom.span;
            const bool gives_unknown = analysis_.gives_unknown(literal);
            switch (literal.kind) {
                case Kind::atom:
                    for (std::size_t c = 0; c < literal.atom.args.size(); ++c) {
                        if (analysis_.is_open(literal.atom, c)) separate(literal.atom.args[c]);
                    }
                    break;
                case Kind::is:
                case Kind::aggregate:
                case Kind::unknown:
                    if (gives_unknown) separate(literal.left);
                    break;
                case Kind::builtin: {
                    Positions needed = literal.builtin->needed(bound_positions(before.atom, bound));
                    for (std::size_t i = 0; gives_unknown && i < literal.atom.args.size(); ++i) {
                        if ((needed >> i & 1U) == 0) separate(literal.atom.args[i]);
                    }
                    break;
                }
                case Kind::unify: {
                    Sides s = sides(before, bound);
                    if (s.source == nullptr) {
                        literal.only_tests =
                            mentions(literal.left, unknown) || mentions(literal.right, unknown);
                    } else if (mentions(*s.source, unknown)) {
                        separate(s.target == &before.left ? literal.left : literal.right);
                    }
                    break;
                }
                case Kind::in_range:
                    literal.only_tests = mentions(literal.left, unknown);
                    break;
                default:
                    break;
            }
            ir::bind(before, bound);
            rule_.body.push_back(std::move(literal));
            for (Literal& equality : equalities_) rule_.body.push_back(std::move(equality));
        }
    }

private:
    /// Leaves to `term`, which meets something unknown, what it binds; the rest becomes equalities.
    void separate(Term& term) {
        if (term.is_variable()) {
            VariableId v = term.variable;
            if (analysis_.unknown()[v] && !bound_here_[v]) {
                bound_here_[v] = true;
                return;
            }
            replace(term);
        } else if (term.is_constant()) {
            ValueKind kind = values_.kind(term.value);
            // No number is an atom or a string.
            if (kind != ValueKind::atom && kind != ValueKind::string) replace(term);
        } else {
            for (Term& argument : term.args) separate(argument);
        }
    }

    void replace(Term& term) {
        Literal equality;
        equality.kind = Kind::unify;
        equality.only_tests = true;
        equality.span = span_;
        equality.left = Term::make_variable(static_cast<VariableId>(rule_.variables.size()));
        rule_.variables.emplace_back();
        rule_.variable_spans.push_back(span_);
        equality.right = std::exchange(term, equality.left);
        equalities_.push_back(std::move(equality));
    }

    Rule& rule_;
    const Analysis& analysis_;
    const ValueStore& values_;
    std::vector<bool> bound_here_;  // unknown variables that have their binding place
    std::vector<Literal> equalities_;
    SourceSpan span_;
};

bool meets_unknowns(const Rule& rule, const Analysis& analysis,
                    const std::vector<Positions>& open) {
    return std::ranges::any_of(analysis.unknown(), [](bool unknown) { return unknown; }) ||
           std::ranges::any_of(rule.body, [&](const Literal& literal) {
               return literal.kind == Kind::unknown ||
                      (literal.atom.predicate != kNone && open[literal.atom.predicate] != 0);
           });
}

}  // namespace

Literal unknown_literal(const ChoiceRule& choice, const Term& variable) {
    Literal literal;
    literal.kind = Kind::unknown;
    literal.span = choice.numbers->span;
    for (VariableId v : choice.key) literal.atom.args.push_back(Term::make_variable(v));
    literal.left = variable;
    return literal;
}

void make_unknown(Program& program, std::uint32_t id) {
    if (id >= program.choices.size() || !program.choices[id].numbers ||
        program.choices[id].is_unknown) {
        throw std::invalid_argument("make_unknown: choice has no numbers, or is unknown already");
    }
    ChoiceRule& choice = program.choices[id];
    choice.is_unknown = true;
    choice.weights.clear();
    auto variable = static_cast<VariableId>(choice.variables.size());
    // The rules of a choice share their variables, what lowering added included.
    for (const Rule& rule : program.rules) {
        if (rule.choice != id) continue;
        variable = std::max(variable, static_cast<VariableId>(rule.variables.size()));
    }
    choice.heads.resize(1);
    choice.heads[0].args.back() = Term::make_variable(variable);
    choice.variables.resize(variable + 1);
    Literal unknown = unknown_literal(choice, choice.heads[0].args.back());
    unknown.choice = id;
    for (Rule& rule : program.rules) {
        if (rule.choice != id) continue;
        rule.choice = kNone;
        rule.heads = {{choice.heads[0], 0}};
        rule.body.push_back(unknown);
        rule.variables.resize(variable + 1);
        rule.variable_spans.resize(variable + 1);
    }
}

bool has_unknowns(const Program& program) {
    return std::ranges::any_of(program.choices, &ChoiceRule::is_unknown);
}

namespace {

/// Is it linear in what is unknown, and divides by known numbers alone?
bool is_linear(const Term& expression, const std::vector<bool>& unknown, const ValueStore& values) {
    if (expression.kind != Term::Kind::compound || !mentions(expression, unknown)) return true;
    static constexpr std::string_view kLinear[] = {"+", "-", "abs", "min", "max", "float"};
    static constexpr std::string_view kByKnown[] = {"/", "//", "div", "mod"};
    std::string_view name = values.text(expression.value);
    const bool right_is_known =
        expression.args.size() == 2 && !mentions(expression.args[1], unknown);
    bool is_possible = std::ranges::find(kLinear, name) != std::end(kLinear);
    if (std::ranges::find(kByKnown, name) != std::end(kByKnown)) is_possible = right_is_known;
    if (name == "*") is_possible = right_is_known || !mentions(expression.args[0], unknown);
    return is_possible && std::ranges::all_of(expression.args, [&](const Term& argument) {
               return is_linear(argument, unknown, values);
           });
}

/// Does the literal only compare and compute what is unknown in it?
bool only_compares(const Literal& literal, const std::vector<bool>& unknown,
                   const std::vector<Positions>& open, const ValueStore& values) {
    auto is_open = [&](std::size_t column) {
        return (open[literal.atom.predicate] >> column & 1U) != 0;
    };
    auto is_known = [&](const Term& term) { return !mentions(term, unknown); };
    switch (literal.kind) {
        case Kind::atom:
        case Kind::unknown:
            return true;
        case Kind::compare:
        case Kind::is:
            return is_linear(literal.left, unknown, values) &&
                   is_linear(literal.right, unknown, values);
        case Kind::in_range:
            return is_known(literal.right) && is_known(literal.upper);
        case Kind::aggregate:
            // The tuples of a sum must differ in what is known.
            for (std::size_t c = 0; c < literal.atom.args.size(); ++c) {
                bool is_value = c == literal.grouped && literal.function != AggregateOp::count &&
                                literal.function != AggregateOp::list;
                bool differs = literal.atom.args.size() > literal.grouped + 1 ||
                               literal.function != AggregateOp::sum;
                if (c < literal.grouped && !is_known(literal.atom.args[c])) return false;
                if (is_open(c) && !(is_value && differs)) return false;
            }
            return true;
        case Kind::negated:
            for (std::size_t c = 0; c < literal.atom.args.size(); ++c) {
                if (is_open(c)) return false;
            }
            [[fallthrough]];
        default:
            return is_known(literal.left) && is_known(literal.right) &&
                   std::ranges::all_of(literal.atom.args, is_known);
    }
}

}  // namespace

bool is_only_compared(const Program& program, std::uint32_t id, const std::vector<Call>& calls) {
    if (!program.choices[id].numbers || program.choices[id].is_unknown) return false;
    Program copy = program;
    make_unknown(copy, id);
    Diagnostics unused;  // what is wrong with the program is for others to say
    SeparatedRules separated = separate_unknowns(specialise(copy, calls, unused), copy.values);
    for (const Call& call : calls) {
        for (std::size_t c = 0; c < call.atom.args.size(); ++c) {
            bool is_open = (separated.open[call.atom.predicate] >> c & 1U) != 0;
            if (is_open && !call.atom.args[c].is_variable()) return false;
        }
    }
    for (const Improving& improving : copy.improving) {
        if (separated.open[improving.predicate] != 0) return false;
    }
    for (const SpecialisedRule& one : separated.rules.rules) {
        const Rule& rule = one.rule;
        if (!rule.meets_unknowns) continue;
        Analysis analysis(rule, separated.open);
        for (const Literal& literal : rule.body) {
            if (literal.only_tests && literal.kind == Kind::unify) return false;
            if (!only_compares(literal, analysis.unknown(), separated.open, copy.values)) {
                return false;
            }
        }
        if (rule.choice == kNone) continue;
        const ChoiceRule& choice = copy.choices[rule.choice];
        auto is_unknown = [&](VariableId v) { return analysis.unknown()[v]; };
        if (std::ranges::any_of(choice.key, is_unknown)) return false;
    }
    return !unused.has_errors();
}

SeparatedRules separate_unknowns(const Specialised& specialised, const ValueStore& values) {
    SeparatedRules result;
    result.open.assign(specialised.predicates.size(), 0);
    for (bool changed = true; changed;) {
        changed = false;
        for (const SpecialisedRule& one : specialised.rules) {
            Analysis analysis(one.rule, result.open);
            for (const Head& head : one.rule.heads) {
                Positions& open = result.open[head.atom.predicate];
                for (std::size_t c = 0; c < head.atom.args.size(); ++c) {
                    if ((open >> c & 1U) != 0) continue;
                    if (!mentions(head.atom.args[c], analysis.unknown())) continue;
                    open |= Positions{1} << c;
                    changed = true;
                }
            }
        }
    }
    result.rules = specialised;
    for (SpecialisedRule& one : result.rules.rules) {
        one.rule = separate_unknowns(one.rule, result.open, values);
    }
    return result;
}

Rule separate_unknowns(const Rule& rule, const std::vector<Positions>& open,
                       const ValueStore& values) {
    Rule result = rule;
    Analysis analysis(rule, open);
    if (!meets_unknowns(rule, analysis, open)) return result;
    result.meets_unknowns = true;
    Separation(result, analysis, values).run();
    return result;
}

}  // namespace entail::ir

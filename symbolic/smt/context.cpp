#include "symbolic/smt/context.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "symbolic/smt/z3_state.h"

namespace entail::smt {
namespace {

/// Up to here pairs say it; they propagate better than a chain and are not many.
constexpr std::size_t kMaxPairwise = 16;

void require(bool condition, const char* function, const char* what) {
    if (!condition)
        throw std::invalid_argument(std::string("smt::Context::") + function + ": " + what);
}

}  // namespace

Context::Context() : state_(std::make_unique<State>()) {
    state_->keep(state_->z3.bool_val(true));
}
Context::~Context() = default;

Term Context::truth(bool value) {
    return value ? Term() : state_->keep(state_->z3.bool_val(false));
}

Term Context::variable(Sort sort, std::string_view name) {
    z3::context& z3 = state_->z3;
    state_->is_finite = state_->is_finite && sort == Sort::boolean;
    Z3_ast fresh = Z3_mk_fresh_const(z3, std::string(name).c_str(), state_->sort(sort));
    z3.check_error();
    return state_->keep(z3::expr(z3, fresh));
}

Term Context::number(std::int64_t value) {
    return state_->keep(state_->z3.int_val(value));
}

Term Context::number(double value) {
    require(std::isfinite(value), "number", "not finite");
    // Decimal, not hexadecimal: Z3 reads `1.5e10` neither, so the exponent is written out.
    const std::string text = fmt::format("{}", value);
    const std::size_t e = text.find('e');
    if (e == std::string::npos) return state_->keep(state_->z3.real_val(text.c_str()));
    const int exponent = std::stoi(text.substr(e + 1));
    const std::string zeros(static_cast<std::size_t>(std::abs(exponent)), '0');
    const z3::expr mantissa = state_->z3.real_val(text.substr(0, e).c_str());
    const z3::expr power = state_->z3.real_val(("1" + zeros).c_str());
    return state_->keep((exponent > 0 ? mantissa * power : mantissa / power).simplify());
}

Term Context::negation(Term a) {
    if (a.id() >= state_->negations.size()) state_->negations.resize(state_->terms.size());
    Term& known = state_->negations[a.id()];
    // No term is its own negation, so the default, `true`, stands for none but that of false.
    if (known == Term()) known = state_->keep(!(*state_)[a]);
    return known;
}

namespace {

template <typename State>
z3::expr_vector collect(State& state, std::span<const Term> parts) {
    z3::expr_vector result(state.z3);
    for (Term part : parts) result.push_back(state[part]);
    return result;
}

}  // namespace

Term Context::conjunction(std::span<const Term> parts) {
    if (parts.empty()) return truth(true);
    if (parts.size() == 1) return parts[0];
    return state_->keep(z3::mk_and(collect(*state_, parts)));
}

Term Context::disjunction(std::span<const Term> parts) {
    if (parts.empty()) return truth(false);
    if (parts.size() == 1) return parts[0];
    return state_->keep(z3::mk_or(collect(*state_, parts)));
}

Term Context::implication(Term a, Term b) {
    return state_->keep(z3::implies((*state_)[a], (*state_)[b]));
}

Term Context::equivalence(Term a, Term b) {
    require(sort(a) == Sort::boolean && sort(b) == Sort::boolean, "equivalence", "not booleans");
    return state_->keep((*state_)[a] == (*state_)[b]);
}

Term Context::at_most_one(std::span<const Term> parts) {
    if (parts.size() < 2) return truth(true);
    if (parts.size() > kMaxPairwise) {
        // No part holds after an earlier one does. Z3's own cardinality constraints are far slower
        // beside numbers.
        z3::expr_vector never(state_->z3);
        z3::expr before = (*state_)[parts[0]];
        for (Term part : parts.subspan(1)) {
            never.push_back(!(before && (*state_)[part]));
            before = before || (*state_)[part];
        }
        return state_->keep(z3::mk_and(never));
    }
    z3::expr_vector pairs(state_->z3);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        for (std::size_t j = i + 1; j < parts.size(); ++j)
            pairs.push_back(!(*state_)[parts[i]] || !(*state_)[parts[j]]);
    }
    return state_->keep(z3::mk_and(pairs));
}

Term Context::at_most(std::span<const Term> parts, unsigned count) {
    if (parts.size() <= count) return truth(true);
    return state_->keep(z3::atmost(collect(*state_, parts), count));
}

Term Context::exactly_one(std::span<const Term> parts) {
    const Term both[] = {disjunction(parts), at_most_one(parts)};
    return conjunction(both);
}

Term Context::choice(Term condition, Term then, Term otherwise) {
    z3::expr a = (*state_)[then], b = (*state_)[otherwise];
    if (a.is_int() && b.is_real()) a = z3::to_real(a);
    if (a.is_real() && b.is_int()) b = z3::to_real(b);
    return state_->keep(z3::ite((*state_)[condition], a, b));
}

namespace {

/// The two as numbers of one sort.
std::pair<z3::expr, z3::expr> aligned(z3::expr a, z3::expr b, const char* function) {
    require(a.is_arith() && b.is_arith(), function, "not numbers");
    if (a.is_int() && b.is_real()) a = z3::to_real(a);
    if (a.is_real() && b.is_int()) b = z3::to_real(b);
    return {a, b};
}

z3::expr as_real(const z3::expr& a) {
    return a.is_int() ? z3::to_real(a) : a;
}

}  // namespace

Term Context::sum(std::span<const Term> parts) {
    require(!parts.empty(), "sum", "of nothing");
    if (parts.size() == 1) return parts[0];
    bool real = false;
    for (Term part : parts) real = real || (*state_)[part].is_real();
    z3::expr_vector aligned_parts(state_->z3);
    for (Term part : parts) {
        const z3::expr& one = (*state_)[part];
        require(one.is_arith(), "sum", "not numbers");
        aligned_parts.push_back(real ? as_real(one) : one);
    }
    return state_->keep(z3::sum(aligned_parts));
}

Term Context::difference(Term a, Term b) {
    auto [x, y] = aligned((*state_)[a], (*state_)[b], "difference");
    return state_->keep(x - y);
}

Term Context::product(Term a, Term b) {
    auto [x, y] = aligned((*state_)[a], (*state_)[b], "product");
    return state_->keep(x * y);
}

Term Context::quotient(Term a, Term b) {
    auto [x, y] = aligned((*state_)[a], (*state_)[b], "quotient");
    return state_->keep(as_real(x) / as_real(y));
}

Term Context::floor_quotient(Term a, Term b) {
    const z3::expr x = (*state_)[a], y = (*state_)[b];
    require(x.is_int() && y.is_int(), "floor_quotient", "not integers");
    // Z3 rounds so that the remainder is not negative; by a negative divisor that is upwards.
    return state_->keep(z3::ite(y > 0, x / y, (-x) / (-y)));
}

Term Context::remainder(Term a, Term b) {
    const z3::expr x = (*state_)[a], y = (*state_)[b];
    require(x.is_int() && y.is_int(), "remainder", "not integers");
    return state_->keep(z3::ite(y > 0, z3::mod(x, y), -z3::mod(-x, -y)));
}

Term Context::less(Term a, Term b) {
    auto [x, y] = aligned((*state_)[a], (*state_)[b], "less");
    return state_->keep(x < y);
}

Term Context::less_equal(Term a, Term b) {
    auto [x, y] = aligned((*state_)[a], (*state_)[b], "less_equal");
    return state_->keep(x <= y);
}

Term Context::equal(Term a, Term b) {
    if (sort(a) == Sort::individual && sort(b) == Sort::individual)
        return state_->keep((*state_)[a] == (*state_)[b]);
    auto [x, y] = aligned((*state_)[a], (*state_)[b], "equal");
    return state_->keep(x == y);
}

Function Context::function(std::string_view name, std::size_t arity, Sort result) {
    require(arity != 0, "function", "of no arguments");
    state_->is_finite = false;
    z3::context& z3 = state_->z3;
    const std::vector<Z3_sort> domain(arity, state_->sort(Sort::individual));
    Z3_func_decl fresh =
        Z3_mk_fresh_func_decl(z3, std::string(name).c_str(), static_cast<unsigned>(arity),
                              domain.data(), state_->sort(result));
    z3.check_error();
    state_->functions.emplace_back(z3, fresh);
    return Function(static_cast<std::uint32_t>(state_->functions.size() - 1));
}

Term Context::application(Function function, std::span<const Term> arguments) {
    const z3::func_decl& applied = state_->functions[function.id()];
    require(arguments.size() == applied.arity(), "application", "another number of arguments");
    for (Term argument : arguments)
        require(sort(argument) == Sort::individual, "application", "not individuals");
    return state_->keep(applied(collect(*state_, arguments)));
}

Term Context::distinct(std::span<const Term> parts) {
    if (parts.size() < 2) return truth(true);
    return state_->keep(z3::distinct(collect(*state_, parts)));
}

Term Context::for_all(std::span<const Term> variables, Term body) {
    if (variables.empty()) return body;
    return state_->keep(z3::forall(collect(*state_, variables), (*state_)[body]));
}

Term Context::exists(std::span<const Term> variables, Term body) {
    if (variables.empty()) return body;
    return state_->keep(z3::exists(collect(*state_, variables), (*state_)[body]));
}

Sort Context::sort(Term a) const {
    const z3::expr& term = (*state_)[a];
    return term.is_bool()   ? Sort::boolean
           : term.is_int()  ? Sort::integer
           : term.is_real() ? Sort::real
                            : Sort::individual;
}

std::string Context::print(Term a) const {
    return (*state_)[a].to_string();
}

}  // namespace entail::smt

#include "tests/programs/oracle/terms.h"

#include <charconv>
#include <cmath>

namespace entail::tests {

namespace {

Number of_integer(std::int64_t value) {
    return {false, value, 0.0};
}
Number of_real(double value) {
    if (!std::isfinite(value)) throw OracleProgramError("a real overflows");
    return {true, 0, value};
}

[[noreturn]] void overflow() {
    throw OracleProgramError("integer overflow");
}

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
    if (b == 0) throw OracleProgramError("division by zero");
    if (b == -1) {
        std::int64_t negated = 0;
        if (__builtin_sub_overflow(std::int64_t{0}, a, &negated)) overflow();
        return negated;
    }
    const std::int64_t quotient = a / b;
    return a % b != 0 && ((a < 0) != (b < 0)) ? quotient - 1 : quotient;
}

std::int64_t floor_mod(std::int64_t a, std::int64_t b) {
    if (b == 0) throw OracleProgramError("division by zero");
    if (b == -1) return 0;
    const std::int64_t rest = a % b;
    return rest != 0 && ((rest < 0) != (b < 0)) ? rest + b : rest;
}

Number power(const Number& a, const Number& b) {
    if (a.is_real || b.is_real || b.integer < 0) return of_real(std::pow(a.value(), b.value()));
    std::int64_t result = 1;
    for (std::int64_t i = 0; i < b.integer; ++i) {
        if (__builtin_mul_overflow(result, a.integer, &result)) overflow();
        if (result == 0 || result == 1) break;
    }
    return of_integer(result);
}

Number unary(const std::string& functor, const Number& a) {
    if (functor == "+") return a;
    if (functor != "-" && functor != "abs") throw OracleProgramError("not arithmetic: " + functor);
    if (functor == "abs" && a.value() >= 0) return a;
    if (a.is_real) return of_real(-a.real);
    std::int64_t result = 0;
    if (__builtin_sub_overflow(std::int64_t{0}, a.integer, &result)) overflow();
    return of_integer(result);
}

}  // namespace

int compare(const Number& a, const Number& b) {
    if (!a.is_real && !b.is_real) {
        return a.integer < b.integer ? -1 : (a.integer > b.integer ? 1 : 0);
    }
    return a.value() < b.value() ? -1 : (a.value() > b.value() ? 1 : 0);
}

Number arithmetic(const std::string& functor, const std::vector<Number>& args) {
    if (args.size() == 1) return unary(functor, args[0]);
    if (args.size() != 2) throw OracleProgramError("not arithmetic: " + functor);
    const Number& a = args[0];
    const Number& b = args[1];
    const bool reals = a.is_real || b.is_real;
    std::int64_t result = 0;
    if (functor == "+") {
        if (reals) return of_real(a.value() + b.value());
        if (__builtin_add_overflow(a.integer, b.integer, &result)) overflow();
        return of_integer(result);
    }
    if (functor == "-") {
        if (reals) return of_real(a.value() - b.value());
        if (__builtin_sub_overflow(a.integer, b.integer, &result)) overflow();
        return of_integer(result);
    }
    if (functor == "*") {
        if (reals) return of_real(a.value() * b.value());
        if (__builtin_mul_overflow(a.integer, b.integer, &result)) overflow();
        return of_integer(result);
    }
    if (functor == "/") {
        if (b.value() == 0) throw OracleProgramError("division by zero");
        return of_real(a.value() / b.value());
    }
    if (functor == "//" || functor == "mod") {
        if (reals) throw OracleRefusal("integer division of reals");
        return of_integer(functor == "//" ? floor_divide(a.integer, b.integer)
                                          : floor_mod(a.integer, b.integer));
    }
    if (functor == "rem" || functor == "xor") {
        if (reals) throw OracleRefusal("integer functions of reals");
        if (functor == "xor") return of_integer(a.integer ^ b.integer);
        if (b.integer == 0) throw OracleProgramError("division by zero");
        return of_integer(b.integer == -1 ? 0 : a.integer % b.integer);
    }
    if (functor == "**" || functor == "^") return power(a, b);
    if (functor == "min") return compare(a, b) <= 0 ? a : b;
    if (functor == "max") return compare(a, b) >= 0 ? a : b;
    throw OracleProgramError("not arithmetic: " + functor);
}

Id Terms::intern(Node node) {
    const auto [at, fresh] = index_.try_emplace(node, static_cast<Id>(nodes_.size()));
    if (fresh) nodes_.push_back(std::move(node));
    return at->second;
}

Id Terms::list(const std::vector<Id>& elements) {
    Id result = atom("[]");
    for (auto at = elements.rbegin(); at != elements.rend(); ++at)
        result = compound(".", {*at, result});
    return result;
}

std::optional<std::vector<Id>> Terms::elements(Id list) const {
    std::vector<Id> result;
    while ((*this)[list].shape == Shape::compound && (*this)[list].text == "." &&
           (*this)[list].args.size() == 2) {
        result.push_back((*this)[list].args[0]);
        list = (*this)[list].args[1];
    }
    if ((*this)[list].shape != Shape::atom || (*this)[list].text != "[]") return std::nullopt;
    return result;
}

int Terms::compare(Id a, Id b) const {
    if (a == b) return 0;
    const Node& x = (*this)[a];
    const Node& y = (*this)[b];
    const auto rank = [](const Node& node) {
        switch (node.shape) {
            case Shape::integer:
            case Shape::real:
                return 0;
            case Shape::atom:
                return 1;
            case Shape::string:
                return 2;
            case Shape::compound:
                break;
        }
        return 3;
    };
    if (rank(x) != rank(y)) return rank(x) - rank(y);
    if (rank(x) == 0) {
        const int order = tests::compare(Number{x.shape == Shape::real, x.integer, x.real},
                                         Number{y.shape == Shape::real, y.integer, y.real});
        return order != 0 ? order : (x.shape == Shape::integer ? -1 : 1);
    }
    if (x.args.size() != y.args.size()) return x.args.size() < y.args.size() ? -1 : 1;
    if (x.text != y.text) return x.text < y.text ? -1 : 1;
    for (std::size_t i = 0; i < x.args.size(); ++i) {
        if (const int order = compare(x.args[i], y.args[i]); order != 0) return order;
    }
    return 0;
}

std::string print_name(const std::string& name) {
    bool plain = !name.empty() && name[0] >= 'a' && name[0] <= 'z';
    for (const char c : name) {
        plain = plain && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '_');
    }
    return plain || name == "[]" ? name : "'" + name + "'";
}

std::string Terms::print(Id id) const {
    const Node& node = (*this)[id];
    switch (node.shape) {
        case Shape::integer:
            return std::to_string(node.integer);
        case Shape::real: {
            char buffer[64];
            const auto end = std::to_chars(buffer, buffer + sizeof buffer, node.real).ptr;
            std::string text(buffer, end);
            if (text.find_first_of(".e") == std::string::npos) text += ".0";
            return text;
        }
        case Shape::atom:
            return print_name(node.text);
        case Shape::string:
            return "\"" + node.text + "\"";
        case Shape::compound:
            break;
    }
    std::string text;
    if (node.text == "." && node.args.size() == 2) {
        text = "[" + print(node.args[0]);
        Id rest = node.args[1];
        while ((*this)[rest].shape == Shape::compound && (*this)[rest].text == ".") {
            text += "," + print((*this)[rest].args[0]);
            rest = (*this)[rest].args[1];
        }
        const Node& last = (*this)[rest];
        if (last.shape != Shape::atom || last.text != "[]") text += "|" + print(rest);
        return text + "]";
    }
    text = print_name(node.text) + "(";
    for (std::size_t i = 0; i < node.args.size(); ++i) {
        text += (i == 0 ? "" : ",") + print(node.args[i]);
    }
    return text + ")";
}

}  // namespace entail::tests

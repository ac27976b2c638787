#include <cstdlib>

#include "symbolic/smt/z3_state.h"

namespace entail::smt {

Model::Model() = default;
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

bool Model::truth(Term boolean) const {
    return state_->model.eval((*state_->context)[boolean], true).is_true();
}

Number Model::number(Term number) const {
    const z3::expr value = state_->model.eval((*state_->context)[number], true);
    Number result;
    if (value.is_numeral()) {
        constexpr unsigned kDigits = 20;  // more than a double holds
        result.nearest = std::strtod(value.get_decimal_string(kDigits).c_str(), nullptr);
        const z3::expr top = value.is_real() ? value.numerator() : value;
        result.text = Z3_get_numeral_string(value.ctx(), top);
        if (value.is_real()) {
            const std::string bottom = Z3_get_numeral_string(value.ctx(), value.denominator());
            if (bottom != "1") result.text += "/" + bottom;
        }
        return result;
    }
    result.is_exact = false;
    if (value.is_algebraic()) {
        constexpr unsigned kDigits = 12;
        result.text = value.get_decimal_string(kDigits);
        result.nearest = std::strtod(result.text.c_str(), nullptr);
        return result;
    }
    result.text = value.to_string() + "?";  // a division by zero: any number
    return result;
}

}  // namespace entail::smt

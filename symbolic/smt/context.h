#pragma once
// Terms of Z3, behind handles: the one door to the solver.
//
// A Context owns everything that is built in it and is used by one thread at a time; solvers and
// optimisers of the same context share its terms. Nothing of Z3 shows outside this folder.
//
// Misuse (a term of another sort, an empty sum) throws std::invalid_argument naming the function.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace entail::smt {

/// `individual`: of one set that nothing is known about, not even its size.
enum class Sort : std::uint8_t { boolean, integer, real, individual };

/// A handle, meaningful in its context only.
class Term {
public:
    Term() = default;
    bool operator==(const Term&) const = default;
    auto operator<=>(const Term&) const = default;

    explicit Term(std::uint32_t id) : id_(id) {}  ///< for contexts
    std::uint32_t id() const { return id_; }

private:
    std::uint32_t id_ = 0;  // `true`
};

/// A function or relation of individuals; a handle, like a term.
class Function {
public:
    explicit Function(std::uint32_t id) : id_(id) {}  ///< for contexts
    std::uint32_t id() const { return id_; }

private:
    std::uint32_t id_;
};

class Context {
public:
    Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context();

    Term truth(bool value);
    /// A fresh unknown; `name` helps whoever reads a dump and need not be unique.
    Term variable(Sort sort, std::string_view name);
    Term number(std::int64_t value);  ///< an integer
    /// The real that the shortest decimal text of `value` denotes: 0.1 is a tenth. Must be finite.
    Term number(double value);

    Term negation(Term a);
    Term conjunction(std::span<const Term> parts);  ///< of none: true
    Term disjunction(std::span<const Term> parts);  ///< of none: false
    Term implication(Term a, Term b);
    Term equivalence(Term a, Term b);
    Term at_most(std::span<const Term> parts, unsigned count);
    Term at_most_one(std::span<const Term> parts);
    Term exactly_one(std::span<const Term> parts);
    Term choice(Term condition, Term then, Term otherwise);  ///< if-then-else

    // Arithmetic; a mixture of integers and reals is one of reals.
    Term sum(std::span<const Term> parts);  ///< at least one
    Term difference(Term a, Term b);
    Term product(Term a, Term b);
    Term quotient(Term a, Term b);        ///< of reals; of nothing is said about division by zero
    Term floor_quotient(Term a, Term b);  ///< of integers, rounded down; as above
    Term remainder(Term a, Term b);       ///< of integers, with the divisor's sign; as above
    Term less(Term a, Term b);
    Term less_equal(Term a, Term b);
    Term equal(Term a, Term b);  ///< of numbers, or of individuals

    // First-order logic over individuals. Whether a sentence has a model may stay `unknown`.
    /// A fresh one from individuals to `result`; of no arguments, use `variable`.
    Function function(std::string_view name, std::size_t arity, Sort result);
    Term application(Function function, std::span<const Term> arguments);
    Term distinct(std::span<const Term> parts);  ///< no two are equal
    /// Binds `variables`, made by `variable`, in `body`; of none: the body.
    Term for_all(std::span<const Term> variables, Term body);
    Term exists(std::span<const Term> variables, Term body);

    Sort sort(Term a) const;
    /// As Z3 writes it, for messages and dumps.
    std::string print(Term a) const;

    struct State;  ///< for this folder

private:
    friend class Solver;
    friend class Optimiser;
    std::unique_ptr<State> state_;
};

}  // namespace entail::smt

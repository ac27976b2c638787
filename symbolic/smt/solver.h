#pragma once
// Satisfiability with models, minimal cores, optima and limits.
//
// What is required for good is added; what may be to blame is assumed, so that a core can name it.
// `unknown` is an answer of its own and says why. The same calls in the same order give the same
// answers, unless a limit ended one of them.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "symbolic/smt/context.h"

namespace entail::smt {

enum class Check : std::uint8_t { satisfiable, unsatisfiable, unknown };

struct Limits {
    std::optional<std::chrono::steady_clock::time_point> deadline;
    std::size_t max_memory = 0;  ///< bytes of all of Z3 in this process; 0: no limit
    const std::atomic<bool>* interrupt = nullptr;  ///< stop soon after it becomes true
};

/// A number of a model.
struct Number {
    std::string text;  ///< exact: `3`, `-7/2`; of an irrational one its first digits and a `?`
    double nearest = 0;
    bool is_exact = true;
};

/// What a satisfiable check has found; what it does not mention takes a value that fits.
class Model {
public:
    Model();
    Model(Model&&) noexcept;
    Model& operator=(Model&&) noexcept;
    ~Model();
    bool truth(Term boolean) const;
    Number number(Term number) const;

private:
    friend class Solver;
    friend class Optimiser;
    struct State;
    std::unique_ptr<State> state_;
};

class Solver {
public:
    /// `context` outlives it.
    explicit Solver(Context& context);
    Solver(const Solver&) = delete;
    Solver& operator=(const Solver&) = delete;
    ~Solver();

    void add(Term boolean);
    /// Whether what was added has a model in which the assumptions, variables or their negations,
    /// hold.
    Check check(std::span<const Term> assumptions, const Limits& limits = {});
    Check check(const Limits& limits = {}) { return check({}, limits); }
    /// After `satisfiable`.
    const Model& model() const;
    /// After `unsatisfiable`: assumptions that cannot hold together, not necessarily few.
    std::vector<Term> core() const;
    /// The same with none too many: without any one of them the rest has a model. Of the given
    /// order the last are kept where there is a choice. `complete` is false when a limit ended the
    /// work: some may then be too many. Source: deletion with refinement by the cores of the
    /// checks (Marques-Silva, ISMVL 2010); as many checks as the core has members.
    struct MinimalCore {
        std::vector<Term> terms;
        bool complete = true;
    };
    MinimalCore minimal_core(std::span<const Term> core, const Limits& limits = {});
    /// After `unknown`: "time", "memory", "interrupted", or what the solver could not do.
    const std::string& reason() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The best model by objectives in order: a later one counts where the earlier ones agree.
class Optimiser {
public:
    /// `context` outlives it.
    explicit Optimiser(Context& context);
    Optimiser(const Optimiser&) = delete;
    Optimiser& operator=(const Optimiser&) = delete;
    ~Optimiser();

    void add(Term boolean);
    void minimise(Term number);
    void maximise(Term number);
    /// One objective: the least total of `weight` over the parts that do not hold. Weights are at
    /// least 0.
    struct Soft {
        Term boolean;
        std::int64_t weight;
    };
    void satisfy_most(std::span<const Soft> parts);

    /// `satisfiable`: the model is the best one, proved. `unknown`: a limit ended the search.
    Check check(const Limits& limits = {});
    /// The best model found, after `unknown` too; null if there is none.
    const Model* model() const;
    /// By objective in the order given, as far as the search came: false where the values go on for
    /// ever, or approach a limit that no model reaches.
    const std::vector<bool>& attained() const;
    const std::string& reason() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace entail::smt

#include "symbolic/smt/solver.h"

#include <algorithm>
#include <cassert>
#include <set>

#include "symbolic/smt/z3_state.h"

namespace entail::smt {

struct Solver::State {
    explicit State(Context::State& of) : context(of), added(of.z3) {}

    Context::State& context;
    z3::expr_vector added;             // everything
    unsigned handed_over = 0;          // of it, to `solver`
    std::optional<z3::solver> solver;  // made when first asked: only then its logic is known
    bool is_finite = false;            // it knows booleans alone
    std::optional<Model> model;
    std::vector<Term> core;
    std::string reason;

    z3::solver& ready() {
        if (!solver || (is_finite && !context.is_finite)) {
            is_finite = context.is_finite;
            // The solver of finite domains is a SAT solver, many times faster where it is enough.
            solver.emplace(is_finite ? z3::solver(context.z3, "QF_FD") : z3::solver(context.z3));
            handed_over = 0;
        }
        for (; handed_over < added.size(); ++handed_over)
            solver->add(added[static_cast<int>(handed_over)]);
        return *solver;
    }
};

Solver::Solver(Context& context) : state_(std::make_unique<State>(*context.state_)) {}
Solver::~Solver() = default;

void Solver::add(Term boolean) {
    state_->added.push_back(state_->context[boolean]);
}

Check Solver::check(std::span<const Term> assumptions, const Limits& limits) {
    State& state = *state_;
    state.model.reset();
    state.core.clear();
    z3::expr_vector assumed(state.context.z3);
    for (Term term : assumptions) assumed.push_back(state.context[term]);
    z3::solver* solver = nullptr;
    Guarded found = guarded(
        state.context.z3, limits,
        [&] {
            solver = &state.ready();
            return assumptions.empty() ? solver->check() : solver->check(assumed);
        },
        [&] { return solver->reason_unknown(); });
    state.reason = std::move(found.reason);
    if (found.check == Check::satisfiable) {
        state.model.emplace();
        state.model->state_ =
            std::make_unique<Model::State>(Model::State{&state.context, solver->get_model()});
    } else if (found.check == Check::unknown) {
        // A solver that was interrupted may have lost what was added: all of it is added anew.
        state.solver.reset();
    } else if (!assumptions.empty()) {
        const z3::expr_vector blamed = solver->unsat_core();
        std::set<unsigned> ids;
        for (const z3::expr& one : blamed) ids.insert(one.id());
        for (Term term : assumptions) {
            if (ids.erase(state.context[term].id()) != 0) state.core.push_back(term);
        }
        assert(ids.empty());
    }
    return found.check;
}

const Model& Solver::model() const {
    assert(state_->model);
    return *state_->model;
}

std::vector<Term> Solver::core() const {
    return state_->core;
}

Solver::MinimalCore Solver::minimal_core(std::span<const Term> core, const Limits& limits) {
    MinimalCore result;
    std::vector<Term> open(core.begin(), core.end());
    while (!open.empty()) {
        const Term candidate = open.front();
        open.erase(open.begin());
        std::vector<Term> rest = result.terms;
        rest.insert(rest.end(), open.begin(), open.end());
        const Check without = check(rest, limits);
        if (without == Check::unsatisfiable) {
            const std::set<Term> blamed(state_->core.begin(), state_->core.end());
            std::erase_if(open, [&](Term term) { return !blamed.contains(term); });
            continue;
        }
        result.complete = result.complete && without == Check::satisfiable;
        result.terms.push_back(candidate);
    }
    const std::set<Term> kept(result.terms.begin(), result.terms.end());
    result.terms.clear();
    for (Term term : core) {
        if (kept.contains(term)) result.terms.push_back(term);
    }
    return result;
}

const std::string& Solver::reason() const {
    return state_->reason;
}

}  // namespace entail::smt

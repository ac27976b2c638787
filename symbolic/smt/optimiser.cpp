#include <cassert>

#include "symbolic/smt/z3_state.h"

// Idea: one objective after another; each is optimised alone, its value is proved by a check that
// nothing better exists, and it is fixed for those that follow. The proof is needed: Z3's optimiser
// calls 2 the least real above 1 (4.8.12). Where something better exists it is looked for from
// there; values of reals that go on improving approach a limit that no model reaches.
// Cost: two searches an objective, rarely more.

namespace entail::smt {
namespace {

/// So often a better real is looked for before the search is called endless.
constexpr int kMaxImprovements = 20;

}  // namespace

struct Optimiser::State {
    explicit State(Context::State& of) : context(of), hard(of.z3) {}

    struct Objective {
        std::optional<z3::expr> cost;  // a number to be minimised
        std::vector<Soft> soft;        // without a cost
    };
    enum class Value { unknown, impossible, attained, not_attained };

    Guarded run(z3::optimize& optimiser, const Limits& limits) {
        return guarded(
            context.z3, limits, [&] { return optimiser.check(); },
            [&] { return std::string(Z3_optimize_get_reason_unknown(context.z3, optimiser)); });
    }
    void keep(const z3::model& found) {
        model.emplace();
        model->state_ = std::make_unique<Model::State>(Model::State{&context, found});
    }

    /// The best model by one objective alone; fixes its value in `hard`.
    Value minimise(const z3::expr& cost, const Limits& limits) {
        z3::expr_vector bounds(context.z3);
        for (int improvements = 0;; ++improvements) {
            z3::optimize optimiser(context.z3);
            for (const z3::expr& one : hard) optimiser.add(one);
            for (const z3::expr& one : bounds) optimiser.add(one);
            const z3::optimize::handle handle = optimiser.minimize(cost);
            Guarded found = run(optimiser, limits);
            reason = found.reason;
            if (found.check == Check::unknown) return Value::unknown;
            if (found.check == Check::unsatisfiable && improvements == 0) return Value::impossible;
            // Nothing better than the last model: its value is the least.
            if (found.check == Check::unsatisfiable) return Value::attained;
            const z3::model best = optimiser.get_model();
            keep(best);
            const z3::expr value = best.eval(cost, true);
            const z3::expr_vector least(
                context.z3, Z3_optimize_get_lower_as_vector(context.z3, optimiser, handle.h()));
            context.z3.check_error();
            const z3::expr infinite = least[0];  // its share: the bound is a sum of three
            const bool is_endless = !infinite.is_numeral() ||
                                    infinite.get_decimal_string(1) != "0" ||
                                    (cost.is_real() && improvements == kMaxImprovements);
            if (is_endless) {
                hard.push_back(cost == value);
                return Value::not_attained;
            }
            z3::solver solver(context.z3);
            for (const z3::expr& one : hard) solver.add(one);
            solver.add(cost < value);
            Guarded proof = guarded(
                context.z3, limits, [&] { return solver.check(); },
                [&] { return solver.reason_unknown(); });
            reason = proof.reason;
            if (proof.check == Check::unknown) return Value::unknown;
            if (proof.check == Check::unsatisfiable) {
                hard.push_back(cost == value);
                return Value::attained;
            }
            bounds = z3::expr_vector(context.z3);
            bounds.push_back(cost < value);
        }
    }

    Value satisfy_most(const std::vector<Soft>& parts, const Limits& limits) {
        z3::optimize optimiser(context.z3);
        for (const z3::expr& one : hard) optimiser.add(one);
        const z3::symbol group = context.z3.str_symbol("soft");
        for (const Soft& soft : parts) {
            if (soft.weight == 0) continue;
            Z3_optimize_assert_soft(context.z3, optimiser, context[soft.boolean],
                                    std::to_string(soft.weight).c_str(), group);
            context.z3.check_error();
        }
        Guarded found = run(optimiser, limits);
        reason = found.reason;
        if (found.check == Check::unknown) return Value::unknown;
        if (found.check == Check::unsatisfiable) return Value::impossible;
        const z3::model best = optimiser.get_model();
        keep(best);
        z3::expr_vector costs(context.z3);
        z3::expr zero = context.z3.int_val(0);
        costs.push_back(zero);
        for (const Soft& soft : parts)
            costs.push_back(z3::ite(context[soft.boolean], zero, context.z3.int_val(soft.weight)));
        const z3::expr cost = z3::sum(costs);
        if (&parts != &objectives.back().soft) hard.push_back(cost == best.eval(cost, true));
        return Value::attained;
    }

    Context::State& context;
    z3::expr_vector hard;
    std::vector<Objective> objectives;
    std::optional<Model> model;
    std::vector<bool> attained;
    std::string reason;
};

Optimiser::Optimiser(Context& context) : state_(std::make_unique<State>(*context.state_)) {}
Optimiser::~Optimiser() = default;

void Optimiser::add(Term boolean) {
    state_->hard.push_back(state_->context[boolean]);
}
void Optimiser::minimise(Term number) {
    state_->objectives.push_back({state_->context[number], {}});
}
void Optimiser::maximise(Term number) {
    state_->objectives.push_back({-state_->context[number], {}});
}
void Optimiser::satisfy_most(std::span<const Soft> parts) {
    state_->objectives.push_back({std::nullopt, {parts.begin(), parts.end()}});
}

Check Optimiser::check(const Limits& limits) {
    State& state = *state_;
    state.model.reset();
    state.attained.clear();
    if (state.objectives.empty()) satisfy_most({});
    const unsigned required = state.hard.size();
    Check result = Check::satisfiable;
    for (const State::Objective& objective : state.objectives) {
        const State::Value value = objective.cost ? state.minimise(*objective.cost, limits)
                                                  : state.satisfy_most(objective.soft, limits);
        if (value == State::Value::unknown) result = Check::unknown;
        if (value == State::Value::impossible) result = Check::unsatisfiable;
        if (result != Check::satisfiable) break;
        state.attained.push_back(value == State::Value::attained);
    }
    state.hard.resize(required);
    return result;
}

const Model* Optimiser::model() const {
    return state_->model ? &*state_->model : nullptr;
}
const std::vector<bool>& Optimiser::attained() const {
    return state_->attained;
}
const std::string& Optimiser::reason() const {
    return state_->reason;
}

}  // namespace entail::smt

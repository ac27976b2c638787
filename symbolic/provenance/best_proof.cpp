#include "symbolic/provenance/best_proof.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <stdexcept>

#include "symbolic/provenance/proof_problem.h"

// Idea: depth-first branch and bound over *tasks*: pick a derivation of a positive node, or what
// fails in a derivation of a negated one. Tasks with one way left are done at once, then the one
// with the fewest ways is branched on, ways of the greatest bound first. A branch ends when what
// its choices weigh, times the bounds of open tasks that share no choice with them or with each
// other, is no more than the best proof found. The first proof found is that of a greedy walk along
// the bounds, which is best already where no choice is used twice.
// Rivals: best-first search needs memory for its frontier; k-best proofs bottom-up (Huang and
// Chiang, IWPT 2005) know no choice that is used twice.
// Cost: exponential at worst (it contains satisfiability); `effort` ends it.

namespace entail::provenance {
namespace {

/// Products in another order may differ in the last digits: no reason to go on searching.
constexpr double kRelativeGain = 1e-12;

class Search {
public:
    Search(const ProofProblem& problem, const ProofBounds& bounds, std::size_t effort)
        : problem_(problem),
          bounds_(bounds),
          effort_(effort),
          truth_(problem.nodes.size(), Truth::open),
          picked_(problem.nodes.size(), kNone),
          failing_(problem.options.size(), kNone),
          allowed_(problem.weights.size(), true),
          factor_(problem.choices.size(), 1),
          is_used_(problem.choices.size(), false),
          packed_(bounds.node_support.words()),
          reached_(problem.nodes.size(), 0) {
        tasks_.push_back({});  // the head of the list of open tasks
    }

    BestProof run() {
        bool possible = std::ranges::all_of(problem_.goals, [&](Premise g) { return require(g); });
        if (possible) descend();
        best_.is_best = !is_exhausted_;
        best_.is_refuted = !best_.found && !is_exhausted_;
        return std::move(best_);
    }

private:
    enum class Truth : std::uint8_t { open, positive, negated };

    /// Pick an option of node `id`, or what fails in option `id`. Open tasks are a list.
    struct Task {
        bool refutes = false;
        std::uint32_t id = 0;
        std::uint32_t next = 0, previous = 0;
    };
    /// A way to do a task: an option, or (of a refutation) a premise's index; kNone: the choice.
    struct Way {
        std::uint32_t index;
        double value;
    };
    struct Branch {
        std::uint32_t task;
        std::vector<Way> ways;
        std::size_t next;
        std::size_t trail;
    };
    struct Change {
        enum class Kind : std::uint8_t {
            truth,
            added,
            closed,
            picked,
            failing,
            disallowed,
            factor
        };
        Kind kind;
        std::uint32_t id;
        double factor = 1, product = 1;
        bool was_used = false;
    };

    // --- the state, and how to take changes back ---

    bool require(Premise premise) {
        Truth wanted = premise.negated() ? Truth::negated : Truth::positive;
        std::uint32_t node = premise.node();
        if (truth_[node] == wanted) return true;
        if (truth_[node] != Truth::open) return false;
        truth_[node] = wanted;
        trail_.push_back({Change::Kind::truth, node});
        if (!premise.negated()) {
            add_task({false, node});
            return true;
        }
        for (std::uint32_t o = problem_.option_begin[node]; o < problem_.option_begin[node + 1];
             ++o) {
            add_task({true, o});
        }
        return true;
    }

    bool restrict_choice(const ProofProblem::Option& option, bool complement) {
        std::uint32_t c = option.choice;
        auto set = problem_.alternatives_of(option);
        std::uint32_t begin = problem_.weight_begin[c], end = problem_.weight_begin[c + 1];
        double sum = 0;
        for (std::uint32_t w = begin; w < end; ++w) {
            if (!allowed_[w]) continue;
            if (std::ranges::binary_search(set, w - begin) != complement) {
                sum += problem_.weights[w];
                continue;
            }
            allowed_[w] = false;
            trail_.push_back({Change::Kind::disallowed, w});
        }
        if (problem_.is_free[c] && sum > 0) sum = 1;
        trail_.push_back({Change::Kind::factor, c, factor_[c], product_, is_used_[c]});
        product_ = product_ / factor_[c] * sum;
        factor_[c] = sum;
        is_used_[c] = true;
        return sum > 0;
    }

    void add_task(Task task) {
        auto id = static_cast<std::uint32_t>(tasks_.size());
        task.previous = tasks_[0].previous;
        tasks_[task.previous].next = id;
        tasks_[0].previous = id;
        tasks_.push_back(task);
        trail_.push_back({Change::Kind::added, id});
    }

    void close(std::uint32_t id) {
        tasks_[tasks_[id].previous].next = tasks_[id].next;
        tasks_[tasks_[id].next].previous = tasks_[id].previous;
        trail_.push_back({Change::Kind::closed, id});
    }

    void undo(std::size_t mark) {
        while (trail_.size() > mark) {
            const Change& change = trail_.back();
            switch (change.kind) {
                case Change::Kind::truth:
                    truth_[change.id] = Truth::open;
                    break;
                case Change::Kind::added:
                    tasks_[tasks_.back().previous].next = 0;
                    tasks_[0].previous = tasks_.back().previous;
                    tasks_.pop_back();
                    break;
                case Change::Kind::closed:
                    tasks_[tasks_[change.id].previous].next = change.id;
                    tasks_[tasks_[change.id].next].previous = change.id;
                    break;
                case Change::Kind::picked:
                    picked_[change.id] = kNone;
                    break;
                case Change::Kind::failing:
                    failing_[change.id] = kNone;
                    break;
                case Change::Kind::disallowed:
                    allowed_[change.id] = true;
                    break;
                case Change::Kind::factor:
                    factor_[change.id] = change.factor;
                    product_ = change.product;
                    is_used_[change.id] = change.was_used;
                    break;
            }
            trail_.pop_back();
        }
    }

    // --- ways to do a task ---

    /// What remains allowed of the option's choice, as a share of what is allowed now.
    double share(const ProofProblem::Option& option, bool complement) const {
        std::uint32_t begin = problem_.weight_begin[option.choice];
        std::uint32_t end = problem_.weight_begin[option.choice + 1];
        auto set = problem_.alternatives_of(option);
        double kept = 0, dropped = 0;
        for (std::uint32_t w = begin; w < end; ++w) {
            if (!allowed_[w]) continue;
            bool keeps = std::ranges::binary_search(set, w - begin) != complement;
            (keeps ? kept : dropped) += problem_.weights[w];
        }
        if (kept == 0) return 0;
        if (problem_.is_free[option.choice]) return 1;
        return is_used_[option.choice] ? kept / (kept + dropped) : kept;
    }

    /// 1 if it is required already, 0 if its contrary is.
    double value(Premise premise) const {
        switch (truth_[premise.node()]) {
            case Truth::positive:
                return premise.negated() ? 0 : 1;
            case Truth::negated:
                return premise.negated() ? 1 : 0;
            case Truth::open:
                break;
        }
        std::uint32_t name = problem_.choice_option[premise.node()];
        if (name != kNone) return share(problem_.options[name], premise.negated());
        return (premise.negated() ? bounds_.negative : bounds_.positive)[premise.node()];
    }

    bool is_required(Premise premise) const {
        return truth_[premise.node()] == (premise.negated() ? Truth::negated : Truth::positive);
    }
    bool is_decided(const ProofProblem::Option& option, bool complement) const {
        std::uint32_t begin = problem_.weight_begin[option.choice];
        std::uint32_t end = problem_.weight_begin[option.choice + 1];
        auto set = problem_.alternatives_of(option);
        if (!is_used_[option.choice]) return false;
        for (std::uint32_t w = begin; w < end; ++w) {
            if (allowed_[w] && std::ranges::binary_search(set, w - begin) == complement)
                return false;
        }
        return true;
    }

    /// Would picking `option` close a cycle of positive picks?
    bool is_circular(const ProofProblem::Option& option) {
        ++visit_;
        pending_.clear();
        auto push = [&](const ProofProblem::Option& from) {
            for (Premise p : problem_.premises_of(from)) {
                if (p.negated() ||
                    problem_.component[p.node()] != problem_.component[option.node] ||
                    reached_[p.node()] == visit_) {
                    continue;
                }
                reached_[p.node()] = visit_;
                pending_.push_back(p.node());
            }
        };
        push(option);
        while (!pending_.empty()) {
            std::uint32_t node = pending_.back();
            pending_.pop_back();
            if (node == option.node) return true;
            if (picked_[node] != kNone) push(problem_.options[picked_[node]]);
        }
        return false;
    }

    /// Fills `ways_`; true if one of them, the only one listed then, costs nothing.
    bool find_ways(const Task& task) {
        ways_.clear();
        if (task.refutes) return find_failures(problem_.options[task.id]);
        for (std::uint32_t o = problem_.option_begin[task.id];
             o < problem_.option_begin[task.id + 1]; ++o) {
            ++work_;
            const ProofProblem::Option& option = problem_.options[o];
            double worth = option.choice == kNone ? 1 : share(option, false);
            bool is_free = option.choice == kNone || is_decided(option, false);
            for (Premise p : problem_.premises_of(option)) {
                if (worth == 0) break;
                worth *= value(p);
                bool may_return =
                    !p.negated() && problem_.component[p.node()] == problem_.component[task.id];
                is_free = is_free && is_required(p) && !may_return;
            }
            if (worth == 0 || is_circular(option)) continue;
            if (is_free) {
                ways_ = {{o, 1}};
                return true;
            }
            ways_.push_back({o, worth});
        }
        return false;
    }

    bool find_failures(const ProofProblem::Option& option) {
        ++work_;
        if (option.choice != kNone) {
            if (is_decided(option, true)) {
                ways_ = {{kNone, 1}};
                return true;
            }
            if (double worth = share(option, true); worth > 0) ways_.push_back({kNone, worth});
        }
        auto premises = problem_.premises_of(option);
        for (std::uint32_t i = 0; i < premises.size(); ++i) {
            Premise contrary(premises[i].node(), !premises[i].negated());
            std::uint32_t name = problem_.choice_option[contrary.node()];
            if (is_required(contrary) ||
                (name != kNone && is_decided(problem_.options[name], contrary.negated()))) {
                ways_ = {{i, 1}};
                return true;
            }
            if (double worth = value(contrary); worth > 0) ways_.push_back({i, worth});
        }
        return false;
    }

    bool take(std::uint32_t id, const Way& way) {
        const Task task = tasks_[id];
        close(id);
        if (!task.refutes) {
            const ProofProblem::Option& option = problem_.options[way.index];
            picked_[task.id] = way.index;
            trail_.push_back({Change::Kind::picked, task.id});
            if (option.choice != kNone && !restrict_choice(option, false)) return false;
            auto premises = problem_.premises_of(option);
            return std::ranges::all_of(premises, [&](Premise p) { return require(p); });
        }
        const ProofProblem::Option& option = problem_.options[task.id];
        failing_[task.id] = way.index == kNone ? kByChoice : way.index;
        trail_.push_back({Change::Kind::failing, task.id});
        if (way.index == kNone) return restrict_choice(option, true);
        Premise premise = problem_.premises_of(option)[way.index];
        return require({premise.node(), !premise.negated()});
    }

    // --- the search ---

    bool is_worth_it(double bound) const {
        return !best_.found || bound > best_.probability * (1 + kRelativeGain);
    }

    /// What no proof from here on can exceed.
    double bound() {
        std::ranges::fill(packed_, 0);
        for (std::uint32_t c = 0; c < is_used_.size(); ++c) {
            if (is_used_[c]) add_choice(packed_, c);
        }
        double result = product_;
        for (std::uint32_t id = tasks_[0].next; id != 0; id = tasks_[id].next) {
            const Task& task = tasks_[id];
            ++work_;
            auto support =
                task.refutes ? bounds_.option_support[task.id] : bounds_.node_support[task.id];
            if (overlap(packed_, support)) continue;
            result *= task.refutes ? bounds_.refutation[task.id] : bounds_.positive[task.id];
            unite(packed_, support);
        }
        return result;
    }

    /// Does what leaves no choice. False: no proof from here. Otherwise `best_task_` is the open
    /// task with the fewest ways (they are in `best_ways_`), or 0 when nothing is open.
    bool propagate() {
        for (bool changed = true; changed;) {
            changed = false;
            best_task_ = 0;
            for (std::uint32_t id = tasks_[0].next; id != 0;) {
                std::uint32_t next = tasks_[id].next;
                bool costs_nothing = find_ways(tasks_[id]);
                if (ways_.empty()) return false;
                if (costs_nothing || ways_.size() == 1) {
                    Way way = ways_[0];
                    if (!take(id, way)) return false;
                    changed = true;
                } else if (best_task_ == 0 || ways_.size() < best_ways_.size()) {
                    best_task_ = id;
                    best_ways_ = ways_;
                }
                id = next;
                if (work_ > effort_) {
                    is_exhausted_ = true;
                    return false;
                }
            }
            if (!is_worth_it(product_)) return false;
        }
        return is_worth_it(bound());
    }

    void descend() {
        std::vector<Branch> branches;
        bool goes_on = propagate();
        for (;;) {
            if (is_exhausted_) return;
            if (goes_on && best_task_ == 0) {
                record();
                goes_on = false;
            }
            if (goes_on) {
                std::ranges::stable_sort(best_ways_, std::ranges::greater{}, &Way::value);
                branches.push_back({best_task_, best_ways_, 0, trail_.size()});
            }
            goes_on = false;
            while (!goes_on) {
                if (branches.empty()) return;
                Branch& branch = branches.back();
                undo(branch.trail);
                if (branch.next == branch.ways.size()) {
                    branches.pop_back();
                    continue;
                }
                goes_on = take(branch.task, branch.ways[branch.next++]);
            }
            goes_on = propagate();
        }
    }

    /// Keeps the proof that the state holds, if it is better.
    void record() {
        double probability = 1;
        for (std::uint32_t c = 0; c < factor_.size(); ++c) probability *= factor_[c];
        if (!is_worth_it(probability)) return;
        best_ = {};
        best_.found = true;
        best_.probability = probability;
        for (std::uint32_t n = 0; n < truth_.size(); ++n) {
            if (truth_[n] == Truth::positive) record_support(n);
            if (truth_[n] == Truth::negated) record_refutations(n);
        }
        std::ranges::sort(best_.supports, {}, &BestProof::Support::node);
        std::ranges::sort(best_.refutations, {}, &BestProof::Refutation::derivation);
        std::ranges::sort(best_.refuted);
    }

    void record_support(std::uint32_t node) {
        const ProofProblem::Option& option = problem_.options[picked_[node]];
        BestProof::Support support{
            problem_.nodes[node], problem_.derivations[option.derivations_begin], {}};
        if (option.choice != kNone) {
            support.allowed.choice = problem_.choices[option.choice];
            auto set = problem_.alternatives_of(option);
            support.allowed.alternatives.assign(set.begin(), set.end());
        }
        best_.supports.push_back(std::move(support));
    }

    void record_refutations(std::uint32_t node) {
        best_.refuted.push_back(problem_.nodes[node]);
        for (std::uint32_t o = problem_.option_begin[node]; o < problem_.option_begin[node + 1];
             ++o) {
            const ProofProblem::Option& option = problem_.options[o];
            bool by_choice = failing_[o] == kByChoice;
            Premise premise(0, false);
            if (!by_choice) {
                Premise local = problem_.premises_of(option)[failing_[o]];
                premise = {problem_.nodes[local.node()], local.negated()};
            }
            for (std::uint32_t d = option.derivations_begin; d < option.derivations_end; ++d) {
                best_.refutations.push_back({problem_.derivations[d], by_choice, premise});
            }
        }
    }

    static constexpr std::uint32_t kByChoice = kNone - 1;

    const ProofProblem& problem_;
    const ProofBounds& bounds_;
    std::size_t effort_, work_ = 0;
    bool is_exhausted_ = false;

    std::vector<Truth> truth_;            // by node
    std::vector<std::uint32_t> picked_;   // by positive node: its option
    std::vector<std::uint32_t> failing_;  // by option of a negated node: a premise or kByChoice
    std::vector<bool> allowed_;           // by weight
    std::vector<double> factor_;          // by choice: the weight of what is allowed
    std::vector<bool> is_used_;           // by choice: the proof says something about it
    double product_ = 1;                  // of the factors
    std::vector<Task> tasks_;
    std::vector<Change> trail_;

    std::vector<std::uint64_t> packed_;
    std::vector<Way> ways_, best_ways_;
    std::uint32_t best_task_ = 0;
    std::vector<std::uint32_t> reached_, pending_;
    std::uint32_t visit_ = 0;
    BestProof best_;
};

}  // namespace

BestProof best_proof(const DerivationGraph& graph, std::span<const Premise> goals,
                     std::span<const double> weights, const BestProofOptions& options) {
    if (weights.size() != graph.weight_count()) {
        throw std::invalid_argument("best_proof: weights: not one for each alternative");
    }
    ProofProblem problem = make_proof_problem(graph, goals, weights, options.world);
    ProofBounds bounds = bound_proofs(problem);
    BestProof best = Search(problem, bounds, options.effort).run();
    if (options.world != nullptr) best.is_best = best.is_refuted = false;
    return best;
}

}  // namespace entail::provenance

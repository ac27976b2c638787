#include "symbolic/circuit/search.h"

#include <algorithm>
#include <cassert>
#include <map>

#include "symbolic/circuit/component_cache.h"
#include "symbolic/circuit/components.h"
#include "symbolic/circuit/residual.h"

// Idea: exhaustive search with component caching, as sharpSAT and d4 do for clauses, but on the
// derivations themselves. A sub-problem is a set of goals under a partial assignment; goals are
// simplified, fall apart into components without common choices (an And), and a component whose
// description was met before is that circuit. Otherwise one of its choices is decided, with one
// branch per alternative. No clauses means no auxiliary variables and no completion formula: a
// positive loop is settled by the least fixpoint in each residual, so cycles are never unfolded.
// The rivals are bottom-up SDDs (need a vtree, rebuild intermediate formulas) and clausal top-down
// compilers (need cycle breaking first).
//
// A query that is an alternative of a choice is not searched again with the conditions: its
// numerator is the circuit of the conditions, restricted to the alternative.
//
// Free choices are decided before weighted ones by the same search: it collects pairs (numerator,
// denominator) of circuits for the component of the query, and mere satisfiability elsewhere.
//
// Source: Huang and Darwiche, "The language of search" (2007), for the trace of a search as a
// decision-DNNF; Thurley, "sharpSAT" (2006), for caching components. The residual of a program in
// place of one of clauses is ours.
// Cost: circuit and time are bounded by the number of distinct residuals, exponential in general
// and linear where a narrow front separates decided from undecided choices. A step costs what the
// touched part of the goals' cone costs. The depth lives on an explicit stack.

namespace entail::circuit {

namespace {

enum class Mode : std::uint32_t {
    count,    // result: the circuit of the worlds that satisfy the goals
    satisfy,  // result: not 0 when some way to choose leaves a world that satisfies the goals
    ways,     // result: the set of (numerator, denominator) over all ways, of the watched node
};

using Pair = Searched::Pair;
using PairSet = std::uint32_t;

/// Sets of pairs as numbers; 0 is the empty set.
class PairSets {
public:
    PairSet intern(std::vector<Pair> pairs) {
        const auto [place, fresh] = index_.emplace(std::move(pairs), sets_.size());
        if (fresh) sets_.push_back(&place->first);
        return static_cast<PairSet>(place->second);
    }
    /// `exact`: both are known in full, so that equal ones cancel.
    PairSet single(CircuitNode numerator, CircuitNode denominator, bool exact = true) {
        if (denominator == kFalse) return 0;
        if (!exact) return intern({{numerator, denominator}});
        if (numerator == denominator) numerator = denominator = kTrue;  // x / x = 1
        if (numerator == kFalse) denominator = kTrue;                   // 0 / x = 0
        return intern({{numerator, denominator}});
    }
    PairSet unite(PairSet a, PairSet b) {
        if (a == 0 || a == b) return b;
        if (b == 0) return a;
        std::vector<Pair> all;
        std::ranges::set_union(*sets_[a], *sets_[b], std::back_inserter(all));
        return intern(std::move(all));
    }
    const std::vector<Pair>& operator[](PairSet set) const { return *sets_[set]; }
    /// Whether nothing could widen the range of ratios.
    bool spans_all(PairSet set) const {
        return std::ranges::binary_search(*sets_[set], Pair(kFalse, kTrue)) &&
               std::ranges::binary_search(*sets_[set], Pair(kTrue, kTrue));
    }

private:
    std::map<std::vector<Pair>, std::size_t> index_{{{}, 0}};
    std::vector<const std::vector<Pair>*> sets_{&index_.begin()->first};
};

}  // namespace

class Search::Implementation {
public:
    Implementation(const Problem& problem, std::span<const NodeId> queries,
                   std::span<const Condition> conditions, CircuitBuilder& builder,
                   const Limits& limits, std::uint64_t max_work)
        : limits_(limits),
          max_work_(max_work),
          queries_(queries.begin(), queries.end()),
          conditions_(conditions.begin(), conditions.end()),
          problem_(problem),
          residual_(problem_),
          components_(problem_, residual_),
          builder_(builder) {}
    Searched run(const Threshold* threshold);

private:
    // A frame's data lies in the arena from `begin`; frames above it lie above.
    struct Frame {
        enum class Kind : std::uint8_t { conjunction, decision, pair } kind;
        Mode mode;
        std::uint32_t count;     // components; alternatives to try; 2 for a pair
        std::uint32_t next = 0;  // of them
        std::size_t begin;       // of the frame in the arena
        std::size_t middle;      // see the three kinds
        std::size_t end;         // of the fixed part; results follow
        std::size_t mark = 0;    // of the trail, to undo one attempt
        std::size_t before = 0;  // of the trail, to undo all of a decision
        ChoiceId choice = kNone;
        std::uint64_t epoch = 0;
        double mass = 1;  // the weight of the branch, when there is a threshold
    };

    bool solve(Mode mode);  // goals_ → result_; false when a limit was reached
    void call(Mode mode, double mass);
    void start_component(Mode mode, std::span<const Goal> goals, bool fresh, double mass);
    double depth(double mass) const { return threshold_->least / mass; }
    bool is_exact(CircuitNode node);
    void remember(std::span<const std::uint32_t> key, Mode mode, double mass);
    void make_base();
    void finish_conjunction(const Frame& frame);
    void step_conjunction();
    void step_decision();
    void step_pair();
    void pop();
    bool within_limits();
    std::vector<Goal> load_goals(std::size_t begin, std::size_t end) const;
    void store_goals(std::span<const Goal> goals) {
        for (Goal goal : goals) arena_.push_back(goal.bits());
    }

    const Limits& limits_;
    std::uint64_t max_work_;
    std::vector<NodeId> queries_;
    std::vector<Condition> conditions_;
    std::uint64_t described_ = 0;  // words of descriptions made so far
    bool gave_up_ = false;
    const Problem& problem_;
    Residual residual_;
    Components components_;
    ComponentCache cache_;
    // With a threshold: results with gaps, and how deep they went (threshold / mass).
    struct Partial {
        std::uint32_t result;
        double depth;
    };
    const Threshold* threshold_ = nullptr;
    ComponentCache partial_cache_;
    std::vector<Partial> partial_;
    std::vector<char> has_gap_;  // by node of the builder
    CircuitBuilder& builder_;
    PairSets sets_;

    struct Part {  // conditions that hang together
        std::vector<Goal> goals;
        std::vector<std::uint64_t> support;
    };
    bool has_base_ = false, satisfiable_ = true;
    std::vector<std::uint32_t> fixed_;
    std::vector<Part> parts_;

    std::vector<std::uint32_t> arena_;
    std::vector<Frame> frames_;
    std::vector<Goal> goals_, part_;
    std::vector<std::uint32_t> forced_, ends_, key_, weights_, group_;
    std::vector<CircuitNode> factors_;
    std::vector<Edge> edges_;
    std::uint32_t result_ = 0;
    bool returning_ = false;  // result_ belongs to the frame on top
    std::uint64_t ticks_ = 0;
    LimitReached limit_ = LimitReached::none;
    CompileStatistics statistics_;
};

bool Search::Implementation::is_exact(CircuitNode node) {
    if (threshold_ == nullptr) return true;
    for (auto n = static_cast<CircuitNode>(has_gap_.size()); n < builder_.size(); ++n) {
        has_gap_.push_back(std::ranges::any_of(builder_.edges(n), [&](const Edge& edge) {
            return edge.weight == threshold_->unknown || has_gap_[edge.child] != 0;
        }));
    }
    return has_gap_[node] == 0;
}

void Search::Implementation::remember(std::span<const std::uint32_t> key, Mode mode, double mass) {
    bool exact = true;
    if (mode == Mode::count) {
        exact = is_exact(result_);
    } else if (mode == Mode::ways) {
        exact = std::ranges::all_of(sets_[result_], [&](const Pair& pair) {
            return is_exact(pair.first) && is_exact(pair.second);
        });
    }
    if (exact) {
        cache_.insert(key, result_);
        return;
    }
    const std::uint32_t place = partial_cache_.find(key);
    if (place != ComponentCache::kMissing) {
        partial_[place] = {result_, depth(mass)};
        return;
    }
    partial_cache_.insert(key, static_cast<std::uint32_t>(partial_.size()));
    partial_.push_back({result_, depth(mass)});
}

bool Search::Implementation::within_limits() {
    if (builder_.size() > limits_.max_nodes) limit_ = LimitReached::nodes;
    if (limits_.interrupt != nullptr && limits_.interrupt->load(std::memory_order_relaxed))
        limit_ = LimitReached::interrupted;
    if (++ticks_ % 32 == 0) {
        if (limits_.deadline && std::chrono::steady_clock::now() >= *limits_.deadline)
            limit_ = LimitReached::time;
        const std::size_t bytes = builder_.memory_bytes() + cache_.memory_bytes() +
                                  partial_cache_.memory_bytes() + residual_.memory_bytes() +
                                  arena_.capacity() * 4 + frames_.capacity() * sizeof(Frame);
        if (bytes > limits_.max_memory) limit_ = LimitReached::memory;
    }
    gave_up_ = residual_.work() + described_ > max_work_;
    return limit_ == LimitReached::none && !gave_up_;
}

std::vector<Goal> Search::Implementation::load_goals(std::size_t begin, std::size_t end) const {
    std::vector<Goal> goals;
    goals.reserve(end - begin);
    for (std::size_t i = begin; i < end; ++i) goals.push_back(Goal::from_bits(arena_[i]));
    return goals;
}

bool Search::Implementation::solve(Mode mode) {
    residual_.set_scope(goals_);
    call(mode, 1);
    while (!frames_.empty()) {
        if (!within_limits()) {
            frames_.clear();
            arena_.clear();
            returning_ = false;
            residual_.undo(0);
            return false;
        }
        switch (frames_.back().kind) {
            case Frame::Kind::conjunction:
                step_conjunction();
                break;
            case Frame::Kind::decision:
                step_decision();
                break;
            case Frame::Kind::pair:
                step_pair();
                break;
        }
    }
    returning_ = false;
    residual_.undo(0);
    return true;
}

void Search::Implementation::pop() {
    arena_.resize(frames_.back().begin);
    frames_.pop_back();
    returning_ = true;
}

// Solves goals_ in the present state: either result_ is there on return (returning_), or a frame
// was pushed that will give it. What it changed is for the caller to undo.
void Search::Implementation::call(Mode mode, double mass) {
    forced_.clear();
    returning_ = true;
    result_ = 0;
    if (!residual_.simplify(goals_, forced_)) return;

    // A watched node that is settled: its ratio is 1 or 0 if the rest can be satisfied at all.
    PairSet settled = 0;
    if (mode == Mode::ways) {
        const auto watched = std::ranges::find(goals_, GoalKind::watched, &Goal::kind);
        const Truth truth = residual_.value(watched->id());
        if (truth != Truth::unknown) {
            settled = sets_.single(truth == Truth::yes ? kTrue : kFalse, kTrue);
            goals_.erase(watched);
        }
    }
    if (threshold_ != nullptr) {
        for (std::uint32_t weight : forced_) mass *= threshold_->weights[weight];
        if (mass < threshold_->least && mode == Mode::count && !goals_.empty()) {
            result_ = builder_.literal(threshold_->unknown);
            return;
        }
    }
    components_.split(goals_, ends_);
    if (mode != Mode::count) forced_.clear();
    if (ends_.size() == 1 && forced_.empty() && settled == 0) {
        part_ = goals_;
        start_component(mode, part_, true, mass);
        return;
    }
    // Conjunction: [ends of components][goals] middle [forced weights] end [results].
    Frame frame{.kind = Frame::Kind::conjunction,
                .mode = mode,
                .count = static_cast<std::uint32_t>(ends_.size()),
                .begin = arena_.size(),
                .middle = 0,
                .end = 0};
    arena_.insert(arena_.end(), ends_.begin(), ends_.end());
    store_goals(goals_);
    frame.middle = arena_.size();
    if (mode == Mode::ways) {
        arena_.push_back(settled);
    } else {
        arena_.insert(arena_.end(), forced_.begin(), forced_.end());
    }
    frame.end = arena_.size();
    frame.epoch = residual_.epoch();
    frame.mass = mass;
    frames_.push_back(frame);
    returning_ = false;
}

void Search::Implementation::step_conjunction() {
    if (returning_) {
        returning_ = false;
        if (result_ == 0) {
            pop();
            return;
        }
        arena_.push_back(result_);
    }
    const Frame frame = frames_.back();
    if (frame.next == frame.count) {
        finish_conjunction(frame);
        return;
    }
    ++frames_.back().next;
    const std::size_t goals = frame.begin + frame.count;
    const std::uint32_t first = frame.next == 0 ? 0 : arena_[frame.begin + frame.next - 1];
    part_ = load_goals(goals + first, goals + arena_[frame.begin + frame.next]);
    Mode mode = frame.mode;
    if (mode == Mode::ways &&
        std::ranges::find(part_, GoalKind::watched, &Goal::kind) == part_.end())
        mode = Mode::satisfy;
    start_component(mode, part_, frame.epoch == residual_.epoch(), frame.mass);
}

void Search::Implementation::finish_conjunction(const Frame& frame) {
    if (frame.mode == Mode::satisfy) {
        result_ = 1;
    } else if (frame.mode == Mode::ways) {
        // All parts can be satisfied. The set is that of the watched node, wherever it was.
        result_ = arena_[frame.middle];
        for (std::uint32_t i = 0; result_ == 0 && i < frame.count; ++i) {
            const std::size_t goals = frame.begin + frame.count;
            const std::uint32_t first = i == 0 ? 0 : arena_[frame.begin + i - 1];
            const auto part = load_goals(goals + first, goals + arena_[frame.begin + i]);
            if (std::ranges::find(part, GoalKind::watched, &Goal::kind) != part.end())
                result_ = arena_[frame.end + i];
        }
    } else {
        factors_.assign(arena_.begin() + static_cast<std::ptrdiff_t>(frame.end), arena_.end());
        if (frame.end - frame.middle == 1) {
            // One literal and the rest: w ∧ x = d(w → x).
            const Edge edge{arena_[frame.middle], builder_.conjunction(factors_)};
            result_ = builder_.decision({&edge, 1});
        } else {
            for (std::size_t i = frame.middle; i < frame.end; ++i)
                factors_.push_back(builder_.literal(arena_[i]));
            result_ = builder_.conjunction(factors_);
        }
    }
    pop();
}

// One component whose goals are sorted. `fresh`: the residual's values are those of the goals.
void Search::Implementation::start_component(Mode mode, std::span<const Goal> goals, bool fresh,
                                             double mass) {
    if (!fresh) residual_.evaluate(goals);
    key_.assign(1, 0);
    const bool has_free = components_.describe(goals, key_);
    if (!has_free && mode == Mode::satisfy) mode = Mode::count;
    key_[0] = static_cast<std::uint32_t>(mode);
    described_ += key_.size();
    result_ = cache_.find(key_);
    if (result_ == ComponentCache::kMissing && threshold_ != nullptr) {
        // A result with gaps serves where no more was looked for than then.
        const std::uint32_t place = partial_cache_.find(key_);
        if (place != ComponentCache::kMissing && partial_[place].depth <= depth(mass))
            result_ = partial_[place].result;
    }
    if (result_ != ComponentCache::kMissing) {
        ++statistics_.cache_hits;
        returning_ = true;
        return;
    }
    returning_ = false;
    Frame frame{.kind = Frame::Kind::decision,
                .mode = mode,
                .count = 2,
                .begin = arena_.size(),
                .middle = 0,
                .end = 0};
    // Pair and decision: [goals] middle [key] … (a pair ends with the weight the watched node is)
    frame.mass = mass;
    store_goals(goals);
    frame.middle = arena_.size();
    arena_.insert(arena_.end(), key_.begin(), key_.end());
    if (mode == Mode::ways && !has_free) {
        frame.mark = residual_.mark();
        frame.kind = Frame::Kind::pair;
        const auto watched = std::ranges::find(goals, GoalKind::watched, &Goal::kind);
        arena_.push_back(components_.weight_of(watched->id()));
        if (arena_.back() != kNone) frame.next = 1;
        frame.end = arena_.size();
        frames_.push_back(frame);
        return;
    }
    // A decision goes on: [weights to try] [group of every alternative] end.
    ++statistics_.decisions;
    frame.choice =
        has_free ? components_.select_free(mode == Mode::ways) : components_.select_weighted(goals);
    assert(frame.choice != kNone);
    components_.alternatives(frame.choice, weights_, group_);
    frame.count = static_cast<std::uint32_t>(weights_.size());
    arena_.insert(arena_.end(), weights_.begin(), weights_.end());
    arena_.insert(arena_.end(), group_.begin(), group_.end());
    frame.end = arena_.size();
    frame.before = residual_.mark();
    residual_.touch_users_of_choice(frame.choice);
    frame.mark = residual_.mark();
    frames_.push_back(frame);
}

void Search::Implementation::step_decision() {
    Frame& frame = frames_.back();
    const std::uint32_t offset = problem_.weight_offsets[frame.choice];
    const std::uint32_t size = problem_.weight_offsets[frame.choice + 1] - offset;
    const std::size_t groups = frame.end - size;
    const std::size_t weights = groups - frame.count;
    if (returning_) {
        returning_ = false;
        residual_.undo(frame.mark);
        if (frame.mode == Mode::count || arena_.size() == frame.end) {
            arena_.push_back(result_);
        } else {
            std::uint32_t& sum = arena_.back();
            sum = frame.mode == Mode::ways ? sets_.unite(sum, result_) : (sum | result_);
        }
        const bool settled = frame.mode == Mode::satisfy
                                 ? arena_.back() != 0
                                 : frame.mode == Mode::ways && sets_.spans_all(arena_.back());
        if (settled) frame.next = frame.count;
    }
    if (frame.next < frame.count) {
        const std::uint32_t weight = arena_[weights + frame.next++];
        goals_ = load_goals(frame.begin, frame.middle);
        double mass = frame.mass;
        if (threshold_ != nullptr) {
            // The weight stands for its group.
            double share = 0;
            for (std::uint32_t k = 0; k < size; ++k) {
                if (arena_[groups + k] == frame.next - 1) share += threshold_->weights[offset + k];
            }
            mass *= share;
        }
        [[maybe_unused]] const bool possible = residual_.assign(weight);
        assert(possible);
        call(frame.mode, mass);
        return;
    }
    if (frame.mode == Mode::count) {
        edges_.clear();
        for (std::uint32_t k = 0; k < size; ++k) {
            const std::uint32_t group = arena_[groups + k];
            if (group != kNone) edges_.push_back({offset + k, arena_[frame.end + group]});
        }
        result_ = builder_.decision(edges_);
    } else {
        result_ = arena_.back();
    }
    remember(std::span(arena_).subspan(frame.middle, weights - frame.middle), frame.mode,
             frame.mass);
    residual_.undo(frame.before);
    pop();
}

void Search::Implementation::step_pair() {
    Frame& frame = frames_.back();
    if (returning_) {
        returning_ = false;
        residual_.undo(frame.mark);
        arena_.push_back(result_);
    }
    if (frame.next < frame.count) {
        goals_.clear();
        for (Goal goal : load_goals(frame.begin, frame.middle)) {
            if (goal.kind() != GoalKind::watched) {
                goals_.push_back(goal);
            } else if (frame.next == 0) {
                goals_.push_back({GoalKind::holds, goal.id()});
            }
        }
        ++frame.next;
        call(Mode::count, frame.mass);
        return;
    }
    const std::size_t key_end = frame.end - 1;
    const CircuitNode denominator = arena_.back();
    // With an alternative, the numerator is read off the denominator.
    const CircuitNode numerator = arena_[key_end] == kNone
                                      ? arena_[frame.end]
                                      : builder_.restricted(denominator, arena_[key_end]);
    result_ = sets_.single(numerator, denominator, is_exact(numerator) && is_exact(denominator));
    remember(std::span(arena_).subspan(frame.middle, key_end - frame.middle), Mode::ways,
             frame.mass);
    pop();
}

/// The base state: what the conditions force, once for all queries.
void Search::Implementation::make_base() {
    has_base_ = true;
    std::vector<Goal> demands;
    std::vector<NodeId> false_nodes;
    for (const Condition& condition : conditions_) {
        if (condition.value) {
            demands.push_back({GoalKind::holds, condition.node});
        } else {
            false_nodes.push_back(condition.node);
        }
    }
    satisfiable_ = residual_.simplify(demands, fixed_, false_nodes);
    if (!satisfiable_) return;
    std::vector<Goal> all = demands;
    for (NodeId query : queries_) all.push_back({GoalKind::watched, query});
    residual_.make_base(all);
    components_.index_supports();
    residual_.evaluate(demands);
    std::vector<std::uint32_t> ends;
    components_.split(demands, ends);
    std::uint32_t begin = 0;
    for (std::uint32_t end : ends) {
        parts_.push_back({{demands.begin() + begin, demands.begin() + end}, {}});
        parts_.back().support = components_.support(parts_.back().goals);
        begin = end;
    }
}

Searched Search::Implementation::run(const Threshold* threshold) {
    threshold_ = threshold;
    Searched found;
    found.queries.resize(queries_.size());
    if (!has_base_) make_base();
    found.satisfiable = satisfiable_;
    std::vector<CircuitNode> factors;
    for (std::uint32_t weight : fixed_) factors.push_back(builder_.literal(weight));
    for (const Part& part : parts_) {
        if (!found.satisfiable) break;
        goals_ = part.goals;
        residual_.evaluate(goals_);
        key_.clear();
        const bool has_free = components_.describe(goals_, key_);
        if (!solve(has_free ? Mode::satisfy : Mode::count)) break;
        found.satisfiable = result_ != 0;
        if (!has_free) factors.push_back(result_);
    }
    found.conditions = found.satisfiable ? builder_.conjunction(factors) : kFalse;

    for (std::size_t i = 0; i < queries_.size(); ++i) {
        if (limit_ != LimitReached::none || gave_up_) break;
        Searched::Query& query = found.queries[i];
        query.finished = true;
        if (!found.satisfiable) continue;
        const Goal watched{GoalKind::watched, queries_[i]};
        PairSet set;
        if (residual_.value(queries_[i]) != Truth::unknown) {
            set = sets_.single(residual_.value(queries_[i]) == Truth::yes ? kTrue : kFalse, kTrue);
        } else {
            const std::vector<std::uint64_t> support = components_.support({&watched, 1});
            goals_.assign(1, watched);
            for (const Part& part : parts_) {
                bool shared = false;
                for (std::size_t w = 0; w < support.size(); ++w)
                    shared = shared || (support[w] & part.support[w]) != 0;
                if (shared) goals_.insert(goals_.end(), part.goals.begin(), part.goals.end());
            }
            if (!solve(Mode::ways)) {
                query.finished = false;
                break;
            }
            set = result_;
        }
        query.pairs = sets_[set];
    }
    found.limit = limit_;
    found.gave_up = gave_up_ && limit_ == LimitReached::none;
    statistics_.cache_entries = cache_.size();
    found.statistics = statistics_;
    return found;
}

Search::Search(const Problem& problem, std::span<const NodeId> queries,
               std::span<const Condition> conditions, CircuitBuilder& builder, const Limits& limits,
               std::uint64_t max_work)
    : implementation_(std::make_unique<Implementation>(problem, queries, conditions, builder,
                                                       limits, max_work)) {}
Search::~Search() = default;

Searched Search::run() {
    return implementation_->run(nullptr);
}
Searched Search::run(const Threshold& threshold) {
    return implementation_->run(&threshold);
}

}  // namespace entail::circuit

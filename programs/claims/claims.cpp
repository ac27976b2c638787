#include "programs/claims/claims.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "neural/core/data_error.h"
#include "neural/data/file_bytes.h"
#include "programs/claims/knowledge.h"
#include "programs/lower/checks.h"
#include "programs/syntax/parser.h"
#include "symbolic/smt/solver.h"

// Idea: every item of knowledge stands behind a selector, a literal that is assumed. What follows
// is what cannot be denied: the knowledge and the claim's opposite have no model, and the core of
// that is the proof. Models are looked for among few things first: Z3 finds those, while without a
// bound its search often goes on for ever. A core that does not need the bound is a proof all the
// same. It is made minimal and checked once more in a context that holds nothing else.
// Cost: two searches a claim and bound, and one for each reason of the core.

namespace entail {
namespace {

using Clock = std::chrono::steady_clock;
using claims::Evaluated;
using claims::Instance;
using claims::Item;
using smt::Check;
using smt::Term;

/// Seconds of one search where the caller has set no limit: some satisfiable sentences have only
/// infinite models, and the search for one does not end.
constexpr std::chrono::seconds kSearch{10};

/// Of one search for a model of few things.
constexpr std::chrono::seconds kBounded{1};
/// Of the search that shows that a reason is needed.
constexpr std::chrono::seconds kDeletion{4};
/// Beyond so many different values, no bound is tried.
constexpr std::size_t kMaxBound = 30;

const ast::Formula& formula_of(const ast::Statement& claim) {
    return std::get<ast::Claim>(claim.form).formula;
}

class Judge {
public:
    Judge(const LoadedProgram& loaded, const std::vector<ast::Statement>& claims,
          const Evaluated& evaluated, const Options& options,
          std::optional<Clock::time_point> deadline)
        : loaded_(loaded),
          claims_(claims),
          evaluated_(evaluated),
          options_(options),
          deadline_(deadline),
          searches_left_(2 + 2 * claims.size()),
          instance_(evaluated, context_),
          solver_(context_) {
        const std::size_t count = evaluated.items.size();
        selectors_.reserve(count + 2 * claims.size());
        for (std::size_t i = 0; i < count + 2 * claims.size(); ++i)
            selectors_.push_back(context_.variable(smt::Sort::boolean, "item"));
        for (std::size_t i = 0; i < claims.size(); ++i) {
            const Term formula = instance_.theory().formula(formula_of(claims[i]));
            add(holds(i), formula);
            add(fails(i), context_.negation(formula));
        }
        // That things differ comes last: then it is known which there are.
        for (std::size_t i = count; i-- > 0;) add(i, instance_.term(evaluated.items[i]));
        for (const Term definition : instance_.definitions()) solver_.add(definition);
        if (instance_.theory().has_quantifiers()) add_bounds();
        for (std::size_t i = 0; i < count; ++i) active_.push_back(i);
    }

    Judgements run() {
        make_consistent();
        for (std::size_t i = 0; i < claims_.size(); ++i) judge(i);
        check_together();
        return std::move(result_);
    }

private:
    /// An assumption is an item, or that a claim holds, or that it does not; by number.
    std::size_t holds(std::size_t claim) const { return evaluated_.items.size() + 2 * claim; }
    std::size_t fails(std::size_t claim) const { return holds(claim) + 1; }
    bool is_item(std::size_t assumption) const { return assumption < evaluated_.items.size(); }

    void add(std::size_t assumption, Term formula) {
        solver_.add(context_.implication(selectors_[assumption], formula));
    }

    /// "There are at most so many things", behind selectors.
    void add_bounds() {
        const std::size_t least = std::max<std::size_t>(1, instance_.values().size());
        if (least > kMaxBound) return;
        const Term x = context_.variable(smt::Sort::individual, "x");
        std::vector<Term> ways;
        for (const std::size_t more : {0U, 1U, 3U}) {
            while (ways.size() < least + more)
                ways.push_back(
                    context_.equal(x, context_.variable(smt::Sort::individual, "thing")));
            bounds_.push_back(context_.variable(smt::Sort::boolean, "bound"));
            solver_.add(context_.implication(
                bounds_.back(), context_.for_all({&x, 1}, context_.disjunction(ways))));
        }
    }

    /// The first of the searches, with a bound and without, that decides.
    Check search(std::vector<Term>& terms, const smt::Limits& limits) {
        for (const Term bound : bounds_) {
            smt::Limits brief = limits;
            const Clock::time_point now = Clock::now();
            if (brief.deadline)
                brief.deadline =
                    now + std::min<Clock::duration>(kBounded, (*brief.deadline - now) / 4);
            terms.push_back(bound);
            const Check found = solver_.check(terms, brief);
            terms.pop_back();
            if (found == Check::satisfiable) return found;
            if (found != Check::unsatisfiable) continue;
            const std::vector<Term> core = solver_.core();
            if (std::ranges::find(core, bound) == core.end()) return found;
        }
        return solver_.check(terms, limits);
    }

    smt::Limits limits() const {
        smt::Limits limits;
        limits.max_memory = options_.memory_limit;
        limits.interrupt = options_.interrupt;
        const Clock::time_point now = Clock::now();
        limits.deadline = now + kSearch;
        if (deadline_) {
            const auto left = std::max(Clock::duration::zero(), *deadline_ - now);
            limits.deadline =
                now + left / static_cast<int>(std::max<std::size_t>(1, searches_left_));
        }
        return limits;
    }

    struct Refutation {
        Check check = Check::unknown;
        std::vector<std::size_t> core;  // of `unsatisfiable`
        bool is_minimal = true;
        std::string why;  // of `unknown`
    };
    /// Whether the active items and `extra` have a model; if not, what cannot hold together.
    Refutation refute(const std::vector<std::size_t>& extra) {
        std::vector<std::size_t> assumed = extra;
        assumed.insert(assumed.end(), active_.begin(), active_.end());
        std::vector<Term> terms;
        for (const std::size_t one : assumed) terms.push_back(selectors_[one]);
        Refutation result;
        result.check = search(terms, limits());
        if (searches_left_ > 1) --searches_left_;
        if (result.check == Check::unknown) {
            result.why = solver_.reason();
            note_limit(result.why);
            return result;
        }
        if (result.check == Check::satisfiable) return result;
        const std::vector<Term> core = shrink(solver_.core(), result.is_minimal);
        const std::set<Term> members(core.begin(), core.end());
        for (std::size_t i = 0; i < assumed.size(); ++i) {
            if (members.contains(terms[i])) result.core.push_back(assumed[i]);
        }
        std::ranges::sort(result.core);
        if (!is_refuted_again(result.core)) {
            result.check = Check::unknown;
            result.why = "the proof could not be checked again";
        }
        return result;
    }

    /// A core without what it does not need: deletion, refined by the cores that are met, as
    /// smt::Solver does it, but with bounds to find models. `is_minimal`: no limit ended a search.
    std::vector<Term> shrink(std::vector<Term> open, bool& is_minimal) {
        std::vector<Term> needed;
        const smt::Limits all = limits();
        while (!open.empty()) {
            const Term candidate = open.front();
            open.erase(open.begin());
            std::vector<Term> rest = needed;
            rest.insert(rest.end(), open.begin(), open.end());
            smt::Limits brief = all;
            if (brief.deadline)
                brief.deadline = std::min(*brief.deadline, Clock::now() + kDeletion);
            const Check without = search(rest, brief);
            if (without == Check::unsatisfiable) {
                const std::vector<Term> core = solver_.core();
                const std::set<Term> blamed(core.begin(), core.end());
                std::erase_if(open, [&](Term term) { return !blamed.contains(term); });
                continue;
            }
            is_minimal = is_minimal && without == Check::satisfiable;
            needed.push_back(candidate);
        }
        return needed;
    }

    /// The core in a context that has never seen anything else.
    bool is_refuted_again(const std::vector<std::size_t>& core) const {
        smt::Context context;
        Instance instance(evaluated_, context);
        smt::Solver solver(context);
        for (auto one = core.rbegin(); one != core.rend(); ++one) {
            if (is_item(*one)) {
                solver.add(instance.term(evaluated_.items[*one]));
                continue;
            }
            const std::size_t claim = (*one - evaluated_.items.size()) / 2;
            const Term formula = instance.theory().formula(formula_of(claims_[claim]));
            solver.add(*one == holds(claim) ? formula : context.negation(formula));
        }
        for (const Term definition : instance.definitions()) solver.add(definition);
        return solver.check(limits()) == Check::unsatisfiable;
    }

    void note_limit(const std::string& why) {
        // A search that ended by its own share of seconds is no limit of the caller's.
        const bool is_own = why == "time" && !deadline_;
        const bool is_limit = why == "time" || why == "memory" || why == "interrupted";
        if (is_limit && !is_own && std::ranges::find(result_.limits, why) == result_.limits.end())
            result_.limits.push_back(why);
    }

    std::vector<Knowledge> reasons(const std::vector<std::size_t>& core) const {
        std::vector<Knowledge> result;
        for (const std::size_t one : core) {
            if (is_item(one))
                result.push_back(claims::describe(evaluated_.items[one], evaluated_, loaded_));
        }
        return result;
    }

    /// Sets aside a set of items that contradict.
    void set_aside(const Refutation& contradiction) {
        result_.contradictions.push_back(reasons(contradiction.core));
        std::erase_if(active_, [&](std::size_t item) {
            return std::ranges::binary_search(contradiction.core, item);
        });
    }

    void make_consistent() {
        while (!active_.empty()) {
            const Refutation found = refute({});
            if (found.check == Check::satisfiable) return;
            if (found.check == Check::unknown) {
                result_.consistency_unknown = found.why;
                return;
            }
            set_aside(found);
        }
    }

    /// A refutation of the claim or its opposite that needs it.
    Refutation refute_claim(std::size_t assumption) {
        while (true) {
            Refutation found = refute({assumption});
            const bool is_about_it = found.check != Check::unsatisfiable ||
                                     std::ranges::binary_search(found.core, assumption);
            if (is_about_it) return found;
            set_aside(found);
        }
    }

    void judge(std::size_t claim) {
        Judgement judgement;
        judgement.claim = std::get<ast::Claim>(claims_[claim].form).name.text;
        judgement.place = loaded_.sources.place(claims_[claim].span);
        const Refutation opposite = refute_claim(fails(claim));
        if (opposite.check == Check::unsatisfiable) {
            conclude(judgement, ClaimVerdict::entailed, opposite);
            possible_.push_back(claim);
            return;
        }
        const Refutation itself = refute_claim(holds(claim));
        if (itself.check == Check::unsatisfiable) {
            conclude(judgement, ClaimVerdict::contradicted, itself);
            return;
        }
        possible_.push_back(claim);
        const bool is_undecided =
            opposite.check == Check::unknown || itself.check == Check::unknown;
        judgement.verdict = is_undecided ? ClaimVerdict::undecided : ClaimVerdict::unknown;
        judgement.why = opposite.check == Check::unknown ? opposite.why : itself.why;
        result_.judgements.push_back(std::move(judgement));
    }

    void conclude(Judgement& judgement, ClaimVerdict verdict, const Refutation& refutation) {
        judgement.verdict = verdict;
        judgement.reasons = reasons(refutation.core);
        judgement.is_minimal = refutation.is_minimal;
        result_.judgements.push_back(std::move(judgement));
    }

    /// Claims that are possible alone may contradict each other.
    void check_together() {
        if (possible_.size() < 2) return;
        std::vector<std::size_t> extra;
        for (const std::size_t claim : possible_) extra.push_back(holds(claim));
        const Refutation found = refute(extra);
        if (found.check != Check::unsatisfiable) return;
        for (const std::size_t claim : possible_) {
            if (std::ranges::binary_search(found.core, holds(claim)))
                result_.at_odds.push_back(std::get<ast::Claim>(claims_[claim].form).name.text);
        }
        result_.at_odds_with = reasons(found.core);
    }

    const LoadedProgram& loaded_;
    const std::vector<ast::Statement>& claims_;
    const Evaluated& evaluated_;
    const Options& options_;
    const std::optional<Clock::time_point> deadline_;
    std::size_t searches_left_;  // among which the time is shared out
    smt::Context context_;
    Instance instance_;
    smt::Solver solver_;
    std::vector<Term> bounds_;
    std::vector<Term> selectors_;        // by assumption
    std::vector<std::size_t> active_;    // items that are not set aside
    std::vector<std::size_t> possible_;  // claims that are not contradicted
    Judgements result_;
};

}  // namespace

bool Judgements::is_complete() const {
    return limits.empty() && consistency_unknown.empty() &&
           std::ranges::none_of(judgements, [](const Judgement& judgement) {
               return judgement.verdict == ClaimVerdict::undecided;
           });
}

struct KnowledgeBase::State {
    LoadedProgram loaded;
    Options options;
    Diagnostics warnings;  // of judging

    [[noreturn]] void fail(const Diagnostics& diagnostics) const {
        throw ProgramError(render(diagnostics, loaded.sources));
    }

    void add_claims(std::string name, std::string text) {
        Diagnostics diagnostics;
        const std::uint32_t source = loaded.sources.add(std::move(name), std::move(text));
        ast::File file = ast::parse(source, loaded.sources, diagnostics);
        for (ast::Statement& statement : file.statements) {
            if (std::holds_alternative<ast::Claim>(statement.form)) {
                loaded.claims.push_back(std::move(statement));
            } else {
                diagnostics.report(DiagnosticCode::not_a_claim, statement.span).hint =
                    "write 'claim name: sentence.'; what is known stands in the knowledge base";
            }
        }
        diagnostics.sort();
        if (diagnostics.has_errors()) fail(diagnostics);
        check_names();
    }

    void check_names() const {
        Diagnostics diagnostics;
        std::map<std::string, SourceSpan> seen;
        for (const ast::Statement& statement : loaded.claims) {
            const ast::Name& name = std::get<ast::Claim>(statement.form).name;
            const auto [place, is_new] = seen.emplace(name.text, name.span);
            if (is_new) continue;
            diagnostics.report(DiagnosticCode::redeclared, name.span, "claim", name.text)
                .notes.push_back({place->second, "first declared here"});
        }
        if (diagnostics.has_errors()) fail(diagnostics);
    }

    /// Names in claims that nothing known mentions: most are slips.
    void warn_unknown(const Evaluated& evaluated) {
        std::set<claims::Symbol> known;
        std::set<std::string> names;
        auto add = [&](const claims::Symbol& symbol) {
            known.insert(symbol);
            names.insert(shown(symbol));
        };
        for (const ir::Predicate& predicate : loaded.program.predicates) {
            if (!predicate.internal)
                add({claims::Symbol::Kind::predicate, predicate.name, predicate.arity});
        }
        for (const ast::Statement& sentence : loaded.sentences) {
            claims::for_each_symbol(std::get<ast::Sentence>(sentence.form).formula,
                                    [&](const claims::Symbol& symbol, SourceSpan) { add(symbol); });
        }
        for (const std::string& name : evaluated.constants)
            add({claims::Symbol::Kind::atom, name, 0});
        const ValueStore& values = evaluated.database.values;
        for (const Item& item : evaluated.items) {
            if (item.kind != Item::Kind::fact) continue;
            for (const Value value : evaluated.database.relations[item.predicate][item.row]) {
                if (values.kind(value) == ValueKind::atom)
                    add({claims::Symbol::Kind::atom, std::string(values.text(value)), 0});
            }
        }
        for (const ast::Statement& claim : loaded.claims) {
            claims::for_each_symbol(
                formula_of(claim), [&](const claims::Symbol& symbol, SourceSpan span) {
                    const bool is_literal = symbol.kind == claims::Symbol::Kind::number ||
                                            symbol.kind == claims::Symbol::Kind::string;
                    if (is_literal || known.contains(symbol)) return;
                    const std::string name = shown(symbol);
                    const std::string meant = name.find('/') == std::string::npos
                                                  ? lowering::Scope::closest(name, names)
                                                  : lowering::meant_by(name, names);
                    auto& report = warnings.report(DiagnosticCode::unknown_symbol, span, name);
                    if (!meant.empty()) report.hint = "did you mean '" + meant + "'?";
                });
        }
        warnings.sort();
    }

    static std::string shown(const claims::Symbol& symbol) {
        const bool is_predicate = symbol.kind == claims::Symbol::Kind::predicate;
        return is_predicate || symbol.arity != 0 ? fmt::format("{}/{}", symbol.name, symbol.arity)
                                                 : symbol.name;
    }
};

KnowledgeBase::KnowledgeBase(std::unique_ptr<State> state) : state_(std::move(state)) {}
KnowledgeBase::KnowledgeBase(KnowledgeBase&&) noexcept = default;
KnowledgeBase& KnowledgeBase::operator=(KnowledgeBase&&) noexcept = default;
KnowledgeBase::~KnowledgeBase() = default;

namespace {

template <typename State>
std::unique_ptr<State> checked(LoadedProgram loaded, const Options& options) {
    auto state = std::make_unique<State>();
    state->loaded = std::move(loaded);
    state->options = options;
    if (state->loaded.diagnostics.has_errors()) state->fail(state->loaded.diagnostics);
    state->check_names();
    return state;
}

}  // namespace

KnowledgeBase KnowledgeBase::from_file(const std::filesystem::path& path, const Options& options) {
    return KnowledgeBase(checked<State>(load_file(path, options.roots), options));
}

KnowledgeBase KnowledgeBase::from_text(std::string_view text, const Options& options,
                                       std::string name, const std::filesystem::path& folder) {
    return KnowledgeBase(checked<State>(
        load_text(std::move(name), std::string(text), FileAccess(folder, options.roots)), options));
}

void KnowledgeBase::add_claims_file(const std::filesystem::path& path) {
    try {
        state_->add_claims(path.string(), neural::read_file(path, kMaxProgramBytes));
    } catch (const neural::DataError& error) {
        Diagnostics diagnostics;
        const std::uint32_t source = state_->loaded.sources.add(path.string(), "");
        diagnostics
            .report(DiagnosticCode::cannot_read, {source, 0, 0}, path.string(), error.cause())
            .hint = error.way_out();
        state_->fail(diagnostics);
    }
}

void KnowledgeBase::add_claims(std::string_view text, std::string name) {
    state_->add_claims(std::move(name), std::string(text));
}

void KnowledgeBase::give(std::string_view literal) {
    State& state = *state_;
    Diagnostics diagnostics;
    const std::uint32_t source = state.loaded.sources.add("<evidence>", std::string(literal));
    const auto read = ast::parse_literal(source, state.loaded.sources, diagnostics);
    const ast::Term* atom = read ? std::get_if<ast::Term>(&read->form) : nullptr;
    if (read && atom == nullptr) diagnostics.report(DiagnosticCode::not_a_goal, read->span, "this");
    std::optional<LoweredAtom> lowered;
    if (atom != nullptr) lowered = lower_atom(*atom, state.loaded.program, diagnostics);
    if (lowered && !lowered->variables.empty())
        diagnostics.report(DiagnosticCode::open_evidence, atom->span, lowered->variables[0]);
    if (!lowered || diagnostics.has_errors()) state.fail(diagnostics);
    state.loaded.program.evidence.push_back({lowered->atom, !read->negated, atom->span});
}

std::string KnowledgeBase::warnings() const {
    return render(state_->loaded.diagnostics, state_->loaded.sources) +
           render(state_->warnings, state_->loaded.sources);
}

Judgements KnowledgeBase::judge() {
    State& state = *state_;
    const Options& options = state.options;
    eval::Limits limits;
    limits.max_derivations = options.max_derivations;
    limits.max_memory = options.memory_limit;
    limits.interrupt = options.interrupt;
    limits.threads = options.threads;
    if (options.time_limit) {
        limits.deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                             std::chrono::duration<double>(*options.time_limit));
    }
    Diagnostics diagnostics;
    const Evaluated evaluated =
        claims::evaluate(state.loaded, state.loaded.claims, limits, diagnostics);
    if (diagnostics.has_errors()) state.fail(diagnostics);
    state.warnings = {};
    if (!evaluated.limits.empty()) {
        Judgements nothing;
        nothing.limits = evaluated.limits;
        nothing.consistency_unknown = evaluated.limits[0];
        for (const ast::Statement& claim : state.loaded.claims) {
            Judgement judgement;
            judgement.claim = std::get<ast::Claim>(claim.form).name.text;
            judgement.place = state.loaded.sources.place(claim.span);
            judgement.why = evaluated.limits[0];
            nothing.judgements.push_back(std::move(judgement));
        }
        return nothing;
    }
    state.warn_unknown(evaluated);
    return Judge(state.loaded, state.loaded.claims, evaluated, options, limits.deadline).run();
}

}  // namespace entail

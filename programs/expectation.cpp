#include "programs/expectation.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bridge/weight_sources.h"
#include "neural/core/data_error.h"
#include "neural/core/hash.h"
#include "neural/core/random.h"
#include "neural/core/thread_pool.h"
#include "neural/data/file_bytes.h"
#include "programs/engine.h"
#include "programs/inference.h"
#include "programs/interpretations.h"
#include "programs/learned_program.h"
#include "symbolic/circuit/evaluate.h"

// Idea: the program is evaluated once with all atoms that are seen anywhere, and each different set
// of evidence is compiled once. The posterior of "choice c takes k" is weight * derivative of the
// logarithm of the probability, plus the weight times the mass of paths that leave c open. Adding
// these up over interpretations gives the expected counts; their shares are the new weights, and
// the likelihood never falls. Sources: Dempster, Laird and Rubin, "Maximum likelihood from
// incomplete data via the EM algorithm" (1977); Gutmann, Thon and De Raedt, "Learning the
// parameters of probabilistic logic programs from interpretations" (2011).

namespace entail {

namespace fs = std::filesystem;

namespace {

using bridge::WeightSource;

/// Parts into which patterns are split for threads: sums are over parts in order, so they do not
/// depend on the number of threads.
constexpr std::size_t kParts = 32;

struct Pattern {
    circuit::Circuit circuit;
    circuit::RootId root = 0;
    std::optional<circuit::Evaluator> evaluator;
    double count = 0;
    std::vector<provenance::ChoiceId> choices;  // that it mentions and that are learned
};

/// The alternatives of one clause whose weights are learned: consecutive shares.
struct Clause {
    std::uint32_t first, size;
};

class Learner {
public:
    Learner(LoadedProgram& loaded, const ExpectationOptions& options);

    std::size_t interpretations() const { return interpretations_; }
    std::size_t patterns() const { return patterns_.size(); }
    std::vector<double>& shares() { return shares_; }
    /// The log-likelihood of the shares as they are; keeps the expected counts.
    double expect();
    /// The shares that the expected counts ask for.
    void maximise();
    /// By parameter of the program.
    std::vector<double> values() const;

private:
    void require_learnable() const;
    void make_ready(const std::vector<Interpretation>& data);
    void compile(const Interpretation& one, const std::map<std::string, std::size_t>& query_of);
    void start(std::uint64_t seed);

    LoadedProgram& loaded_;
    const ExpectationOptions& options_;
    eval::Limits limits_;
    bridge::LearnableWeights learnable_;
    neural::ThreadPool pool_;
    Inference inference_;
    std::vector<WeightSource> sources_;
    std::vector<Clause> clauses_;
    std::vector<double> shares_, counts_;
    std::vector<Pattern> patterns_;
    std::size_t interpretations_ = 0;
};

[[noreturn]] void refuse(const LoadedProgram& loaded, SourceSpan span, std::string cause,
                         std::string hint) {
    Diagnostics diagnostics;
    diagnostics.report(DiagnosticCode::not_trainable, span, std::move(cause)).hint =
        std::move(hint);
    throw ProgramError(render(diagnostics, loaded.sources));
}

Learner::Learner(LoadedProgram& loaded, const ExpectationOptions& options)
    : loaded_(loaded), options_(options), learnable_(loaded.program), pool_(options.threads) {
    limits_.max_memory = static_cast<std::size_t>(options.memory_limit * (1U << 20U));
    limits_.interrupt = options.interrupt;
    require_learnable();
    for (std::uint32_t c = 0; c < loaded.program.choices.size(); ++c) {
        const ir::ChoiceRule& rule = loaded.program.choices[c];
        Clause clause{bridge::LearnableWeights::kNoShare, 0};
        const auto add = [&](std::uint32_t k) {
            const std::uint32_t share = learnable_.share_of(c, k);
            if (share == bridge::LearnableWeights::kNoShare) return;
            clause.first = std::min(clause.first, share);
            ++clause.size;
        };
        for (std::uint32_t k = 0; k < rule.weights.size(); ++k) add(k);
        add(ir::kNone);
        if (clause.size > 0) clauses_.push_back(clause);
    }
    start(options.seed);
    make_ready(read_interpretations(loaded, options.interpretations));
}

void Learner::require_learnable() const {
    const ir::Program& program = loaded_.program;
    if (learnable_.empty()) {
        refuse(loaded_, {}, "it has no learnable weight",
               "write t(_) or t(0.3) for a weight that is to be learned");
    }
    for (const ir::ChoiceRule& rule : program.choices) {
        if (rule.kind == ir::ChoiceRule::Kind::free) {
            refuse(loaded_, rule.span, "interpretations say nothing about free choices",
                   "give the alternatives weights, t(_) if they are to be learned");
        }
        if (rule.module != ir::kNone) {
            refuse(loaded_, rule.span, "interpretations have no pictures for a network",
                   "networks learn from --data");
        }
    }
}

/// As written; where nothing is, near equal shares, so that exchangeable causes can part.
void Learner::start(std::uint64_t seed) {
    shares_ = learnable_.shares();
    const ir::Program& program = loaded_.program;
    neural::Random random(seed);
    for (std::uint32_t c = 0; c < program.choices.size(); ++c) {
        const ir::ChoiceRule& rule = program.choices[c];
        for (std::uint32_t k = 0; k < rule.weights.size(); ++k) {
            const std::uint32_t share = learnable_.share_of(c, k);
            if (share == bridge::LearnableWeights::kNoShare) continue;
            const SourceSpan span = program.parameters[rule.weights[k].index].span;
            const double factor = random.uniform(0.9, 1.1);
            if (loaded_.sources.text(span).find('_') != std::string_view::npos)
                shares_[share] *= factor;
        }
    }
    for (const Clause& clause : clauses_) {
        double sum = 0;
        for (std::uint32_t i = 0; i < clause.size; ++i) sum += shares_[clause.first + i];
        for (std::uint32_t i = 0; i < clause.size; ++i) shares_[clause.first + i] /= sum;
    }
}

void Learner::make_ready(const std::vector<Interpretation>& data) {
    Questions questions;
    questions.evidence = loaded_.program.evidence;
    std::map<std::string, std::size_t> query_of;
    for (const Interpretation& one : data) {
        interpretations_ += one.count;
        for (const ir::Evidence& evidence : one.evidence) {
            const auto [place, fresh] = query_of.emplace(loaded_.program.print(evidence.atom, {}),
                                                         questions.queries.size());
            if (fresh) questions.queries.push_back({evidence.atom, false, {}, evidence.span});
        }
    }
    Diagnostics diagnostics;
    inference_ = infer(loaded_.program, questions, limits_, diagnostics, Purpose::worlds);
    if (diagnostics.has_errors()) {
        diagnostics.sort();
        throw ProgramError(render(diagnostics, loaded_.sources));
    }
    if (!inference_.limits.empty()) {
        if (inference_.limits.front() == "interrupted") return;
        throw std::runtime_error("the " + inference_.limits.front() +
                                 " limit was reached while the program was evaluated");
    }
    if (!inference_.compiled.satisfiable) {  // counting says why
        infer(loaded_.program, questions, limits_, diagnostics);
        diagnostics.sort();
        throw ProgramError(render(diagnostics, loaded_.sources));
    }
    sources_ = bridge::weight_sources(loaded_.program, inference_.database, learnable_,
                                      [](const ValueStore&, Value) { return 0U; });
    for (const Interpretation& one : data) compile(one, query_of);
}

void Learner::compile(const Interpretation& one,
                      const std::map<std::string, std::size_t>& query_of) {
    const eval::Database& database = inference_.database;
    const auto impossible = [&] {
        const std::string place = loaded_.sources.place(one.evidence.front().span);
        throw neural::DataError(options_.interpretations.string(),
                                "line " + place.substr(place.rfind(':') + 1) +
                                    ": no world of the program has all that was seen here",
                                "correct it, or let the program allow it");
    };
    std::vector<circuit::Condition> conditions;
    for (const ConditionSource& source : inference_.conditions) {
        if (source.node) conditions.push_back({*source.node, source.value});
    }
    for (const ir::Evidence& evidence : one.evidence) {
        const std::size_t query = query_of.at(loaded_.program.print(evidence.atom, {}));
        const Candidate& candidate = inference_.answers[query].front();
        if (candidate.compiled) {
            const eval::Relation& relation = database.relations[evidence.atom.predicate];
            conditions.push_back({relation.node(*candidate.row), evidence.value});
        } else if (candidate.row.has_value() != evidence.value) {
            impossible();
        }
    }
    circuit::Limits limits;
    limits.max_memory = limits_.max_memory;
    limits.interrupt = limits_.interrupt;
    circuit::Compiled compiled = circuit::compile(database.graph, {}, conditions, limits);
    if (compiled.limit == circuit::LimitReached::interrupted) return;
    if (compiled.limit != circuit::LimitReached::none) {
        throw std::runtime_error("the memory limit was reached while '" +
                                 loaded_.sources.place(one.evidence.front().span) +
                                 "' was compiled");
    }
    if (!compiled.satisfiable) impossible();
    Pattern& pattern = patterns_.emplace_back();
    pattern.circuit = std::move(compiled.circuit);
    pattern.root = compiled.conditions;
    pattern.count = static_cast<double>(one.count);
    std::vector<bool> mentioned(database.graph.choice_count(), false);
    for (circuit::CircuitNode node = 2; node < pattern.circuit.size(); ++node) {
        if (pattern.circuit.kind(node) != circuit::NodeKind::decision) continue;
        const std::uint32_t weight = pattern.circuit.edges(node).front().weight;
        const auto offsets = pattern.circuit.weight_offsets();
        mentioned[static_cast<std::size_t>(std::ranges::upper_bound(offsets, weight) -
                                           offsets.begin()) -
                  1] = true;
    }
    for (provenance::ChoiceId c = 0; c < database.graph.choice_count(); ++c) {
        const auto* first = sources_.data() + database.graph.weight_offset(c);
        const bool learned = std::any_of(
            first, first + database.graph.choice(c).size,
            [](const WeightSource& source) { return source.kind == WeightSource::Kind::share; });
        if (mentioned[c] && learned) pattern.choices.push_back(c);
    }
}

double Learner::expect() {
    const provenance::DerivationGraph& graph = inference_.database.graph;
    std::vector<double> weights;
    for (const WeightSource& source : sources_) {
        weights.push_back(source.kind == WeightSource::Kind::share
                              ? source.value * shares_[source.share]
                              : source.value);
    }
    for (Pattern& pattern : patterns_) {  // patterns have come to rest
        if (!pattern.evaluator) pattern.evaluator.emplace(pattern.circuit);
    }
    struct Part {
        double log_likelihood = 0;
        std::vector<double> counts;
    };
    const std::size_t part_count = std::min(kParts, patterns_.size());
    std::vector<Part> parts(part_count);
    pool_.run(static_cast<int>(part_count), [&](int number) {
        const auto p = static_cast<std::size_t>(number);
        Part& part = parts[p];
        part.counts.assign(shares_.size(), 0);
        circuit::Workspace workspace;
        std::vector<double> roots, gradients(weights.size());
        for (std::size_t i = p * patterns_.size() / part_count;
             i < (p + 1) * patterns_.size() / part_count; ++i) {
            const Pattern& pattern = patterns_[i];
            pattern.evaluator->forward(weights, 1, workspace);
            part.log_likelihood += pattern.count * workspace.log_value(pattern.root, 0);
            roots.assign(pattern.circuit.roots().size(), 0.0);
            roots[pattern.root] = 1;
            pattern.evaluator->backward_log(roots, workspace, gradients);
            for (const provenance::ChoiceId c : pattern.choices) {
                const std::size_t first = graph.weight_offset(c);
                double open = 1;
                for (std::size_t w = first; w < first + graph.choice(c).size; ++w)
                    open -= weights[w] * gradients[w];
                open = std::max(open, 0.0);  // but for rounding
                for (std::size_t w = first; w < first + graph.choice(c).size; ++w) {
                    if (sources_[w].kind != WeightSource::Kind::share) continue;
                    part.counts[sources_[w].share] +=
                        pattern.count * weights[w] * (gradients[w] + open);
                }
            }
        }
    });
    double log_likelihood = 0;
    counts_.assign(shares_.size(), 0);
    for (const Part& part : parts) {
        log_likelihood += part.log_likelihood;
        for (std::size_t s = 0; s < counts_.size(); ++s) counts_[s] += part.counts[s];
    }
    return log_likelihood;
}

void Learner::maximise() {
    for (const Clause& clause : clauses_) {
        double sum = 0;
        for (std::uint32_t i = 0; i < clause.size; ++i) sum += counts_[clause.first + i];
        if (sum <= 0) continue;  // nothing was seen of it
        for (std::uint32_t i = 0; i < clause.size; ++i)
            shares_[clause.first + i] = counts_[clause.first + i] / sum;
    }
}

std::vector<double> Learner::values() const {
    const ir::Program& program = loaded_.program;
    std::vector<double> result(program.parameters.size(), 0.0);
    for (std::uint32_t c = 0; c < program.choices.size(); ++c) {
        const auto& weights = program.choices[c].weights;
        double mass = 1;
        for (const ir::Weight& weight : weights) {
            if (weight.kind == ir::Weight::Kind::constant) mass -= weight.value;
        }
        for (std::uint32_t k = 0; k < weights.size(); ++k) {
            if (weights[k].kind == ir::Weight::Kind::parameter)
                result[weights[k].index] = std::max(mass, 0.0) * shares_[learnable_.share_of(c, k)];
        }
    }
    return result;
}

/// What a run depends on; a checkpoint of another one does not fit.
std::uint64_t hash_of(const LoadedProgram& loaded, const ExpectationOptions& options) {
    std::uint64_t hash = neural::kHashStart;
    for (std::uint32_t source = 0; source < loaded.sources.size(); ++source) {
        const std::string_view text = loaded.sources[source].text();
        hash = neural::hash_bytes(text.data(), text.size(), hash);
    }
    return neural::mix(hash, options.seed);
}

/// Where learning stands.
struct State {
    int iteration = 0;
    double log_likelihood =
        -std::numeric_limits<double>::infinity();  ///< before the last iteration
    std::vector<double> shares;
};

void save_checkpoint(const fs::path& file, std::uint64_t hash, const State& state) {
    const nlohmann::ordered_json json{{"entail-expectation", 1},
                                      {"run", fmt::format("{:016x}", hash)},
                                      {"iteration", state.iteration},
                                      {"log-likelihood", state.log_likelihood},
                                      {"shares", state.shares}};
    neural::write_file_atomically(file, json.dump() + "\n");
}

/// `shares`: how many there must be.
State load_checkpoint(const fs::path& file, std::uint64_t hash, std::size_t shares) {
    constexpr std::size_t kMostBytes = std::size_t{1} << 30U;
    const auto json = nlohmann::json::parse(neural::read_file(file, kMostBytes), nullptr, false);
    const char* start_anew = "train without --resume, or with another --checkpoint";
    try {
        if (json.at("run").get<std::string>() != fmt::format("{:016x}", hash)) {
            throw neural::DataError(
                file.string(), "it was written with another program, data or seed", start_anew);
        }
        State state{json.at("iteration").get<int>(), json.at("log-likelihood").get<double>(),
                    json.at("shares").get<std::vector<double>>()};
        const bool fits =
            json.at("entail-expectation").get<int>() == 1 && state.shares.size() == shares &&
            state.iteration > 0 &&
            std::ranges::all_of(state.shares, [](double s) { return s >= 0 && s <= 1; });
        if (!fits) throw neural::DataError(file.string(), "its content is damaged", start_anew);
        return state;
    } catch (const nlohmann::json::exception&) {
        throw neural::DataError(file.string(),
                                "it is no checkpoint of learning from interpretations", start_anew);
    }
}

}  // namespace

ExpectationReport learn_from_interpretations(const ExpectationOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    if (options.iterations < 0)
        throw std::invalid_argument("learn_from_interpretations: iterations is negative");
    if (options.resume && options.checkpoint.empty())
        throw std::invalid_argument("--resume: name the checkpoint, --checkpoint FILE");
    check_writable(options.save_program, "--save-program");
    check_writable(options.checkpoint, "--checkpoint");
    LoadedProgram loaded = load_file(options.program, options.roots);
    if (loaded.diagnostics.has_errors())
        throw ProgramError(render(loaded.diagnostics, loaded.sources));
    Learner learner(loaded, options);
    ExpectationReport report;
    report.interpretations = learner.interpretations();
    report.patterns = learner.patterns();
    if (!options.save_program.empty()) learned_program(loaded, learner.values());  // may throw
    const std::uint64_t hash = hash_of(loaded, options);
    State state;
    std::error_code ignored;
    if (options.resume && fs::exists(options.checkpoint, ignored)) {
        state = load_checkpoint(options.checkpoint, hash, learner.shares().size());
        learner.shares() = state.shares;
        report.resumed_iteration = state.iteration;
    }
    const auto stop = [&] {
        const std::chrono::duration<double> used = std::chrono::steady_clock::now() - start;
        return (options.interrupt != nullptr && options.interrupt->load()) ||
               (options.time_limit && used.count() >= *options.time_limit);
    };
    const double least_gain = options.tolerance * static_cast<double>(learner.interpretations());
    while (!(report.interrupted = stop())) {
        const double now = learner.expect();
        if (options.progress) options.progress(state.iteration, now);
        report.log_likelihoods.push_back(now);
        report.converged = now - state.log_likelihood < least_gain;
        if (report.converged || state.iteration >= options.iterations) break;
        learner.maximise();
        state = {state.iteration + 1, now, learner.shares()};
        if (!options.checkpoint.empty()) save_checkpoint(options.checkpoint, hash, state);
    }
    report.iterations = state.iteration;
    if (report.interrupted) return report;
    const std::vector<double> values = learner.values();
    for (std::size_t i = 0; i < values.size(); ++i) {
        const SourceSpan span = loaded.program.parameters[i].span;
        report.learned.push_back(
            {loaded.sources.place(span), std::string(loaded.sources.text(span)), values[i]});
    }
    if (!options.save_program.empty()) {
        neural::write_file_atomically(options.save_program, learned_program(loaded, values));
        report.saved.push_back(options.save_program);
    }
    return report;
}

std::string to_text(const ExpectationReport& report) {
    std::string text =
        fmt::format("interpretations: {}, {} different\n", report.interpretations, report.patterns);
    if (report.interrupted)
        return text + fmt::format("interrupted after iteration {}\n", report.iterations);
    text += fmt::format("log-likelihood: {} after {} iterations{}\n",
                        format_number(report.log_likelihoods.back()), report.iterations,
                        report.converged ? "" : ", still rising");
    return text + results_text(report.learned, report.saved);
}

}  // namespace entail

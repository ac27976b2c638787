#include "programs/engine.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "neural/core/random.h"
#include "programs/abduce.h"
#include "programs/inference.h"
#include "programs/loader.h"
#include "programs/perceive.h"
#include "programs/plan_text.h"
#include "programs/solve.h"
#include "programs/syntax/parser.h"
#include "programs/verify.h"
#include "programs/worlds.h"
#include "symbolic/circuit/bounds.h"
#include "symbolic/circuit/evaluate.h"
#include "symbolic/circuit/sum_law.h"
#include "symbolic/eval/explain.h"
#include "symbolic/ir/twin.h"

namespace entail {
namespace {

/// Every question asked through the API is a source of its own, so that messages can point at it.
constexpr const char* kQuestionName = "<question>";

/// Questions that are kept ready at a time.
constexpr std::size_t kMaxPrepared = 64;

std::size_t bytes_of(const std::vector<std::string>& atoms) {
    std::size_t bytes = sizeof(atoms);
    for (const std::string& atom : atoms) bytes += sizeof(atom) + atom.capacity();
    return bytes;
}

}  // namespace

struct Engine::State {
    State(LoadedProgram program, const Options& given_options)
        : loaded(std::move(program)), options(given_options), perceiver(options.threads) {
        if (loaded.diagnostics.has_errors()) fail(loaded.diagnostics);
        if (!loaded.sentences.empty() || !loaded.claims.empty()) {
            const auto& first = loaded.sentences.empty() ? loaded.claims : loaded.sentences;
            loaded.diagnostics.report(DiagnosticCode::unused_sentence, first[0].span).hint =
                "'entail claims' does";
        }
        for (const auto& [module, file] : options.weights) set_weights(module, file);
    }

    LoadedProgram loaded;
    Options options;
    Perceiver perceiver;
    std::vector<eval::ExtraFact> facts;
    std::vector<ir::Evidence> given;
    /// What callers have changed since the first question, in order.
    struct FactChange {
        bool is_added;
        eval::ExtraFact fact;
    };
    std::vector<FactChange> changes;

    ir::Program& program() { return loaded.program; }

    [[noreturn]] void fail(const Diagnostics& diagnostics) const {
        throw ProgramError(render(diagnostics, loaded.sources));
    }

    eval::Limits limits() const {
        eval::Limits limits;
        limits.max_derivations = options.max_derivations;
        limits.max_memory = options.memory_limit;
        limits.interrupt = options.interrupt;
        limits.threads = options.threads;
        limits.law_from = options.law_from;
        if (options.time_limit) {
            limits.deadline = std::chrono::steady_clock::now() +
                              std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                  std::chrono::duration<double>(*options.time_limit));
        }
        return limits;
    }

    /// Parses and lowers an atom that the caller wrote.
    std::pair<LoweredAtom, bool> question(std::string_view text) {
        Diagnostics diagnostics;
        std::uint32_t source = loaded.sources.add(kQuestionName, std::string(text));
        auto literal = ast::parse_literal(source, loaded.sources, diagnostics);
        const ast::Term* atom = literal ? std::get_if<ast::Term>(&literal->form) : nullptr;
        if (literal && atom == nullptr) {
            diagnostics.report(DiagnosticCode::not_a_goal, literal->span, "this");
        }
        std::optional<LoweredAtom> lowered;
        if (atom != nullptr) lowered = lower_atom(*atom, program(), diagnostics);
        if (!lowered || diagnostics.has_errors()) fail(diagnostics);
        return {std::move(*lowered), literal->negated};
    }

    void require_ground(const LoweredAtom& asked) {
        if (asked.variables.empty()) return;
        Diagnostics diagnostics;
        diagnostics.report(DiagnosticCode::not_ground, asked.atom.span).hint =
            "give every variable a value: one of the answers to a query";
        fail(diagnostics);
    }

    LoweredAtom ground_question(std::string_view text, bool* negated = nullptr) {
        auto [lowered, is_negated] = question(text);
        require_ground(lowered);
        if (is_negated && negated == nullptr) {
            throw std::invalid_argument("Engine: '" + std::string(text) +
                                        "' is negated where an atom is expected");
        }
        if (negated != nullptr) *negated = is_negated;
        return lowered;
    }

    eval::ExtraFact ground_fact(std::string_view text) {
        LoweredAtom lowered = ground_question(text);
        eval::ExtraFact fact{lowered.atom.predicate, {}};
        for (const ir::Term& term : lowered.atom.args) fact.row.push_back(term.value);
        return fact;
    }

    Questions questions(std::vector<ir::Query> queries) {
        Questions all;
        all.queries = std::move(queries);
        all.evidence = program().evidence;
        all.evidence.insert(all.evidence.end(), given.begin(), given.end());
        all.facts = facts;
        return all;
    }

    /// Questions made ready. They stay ready while evidence stays: a new picture or other weights
    /// only need a new sweep of the circuit, and changes of facts are followed.
    struct Prepared {
        Questions questions;
        std::size_t changes = 0;  // how many have been followed
        Inference inference;
        std::optional<circuit::Evaluator> evaluator;  // nothing when evaluation was cut off
        circuit::Workspace workspace;
        std::vector<double> weights;
        // Of Database::laws; a limit may have come before the last of them.
        std::vector<circuit::SumLaw> laws;
        eval::Limits limits;  // of the call that made it ready or uses it now
    };
    std::map<std::string, std::unique_ptr<Prepared>> prepared;

    /// Brings `ready` up to date; false if it has to be made anew.
    bool follow_changes(Prepared& ready, Purpose purpose) {
        if (ready.changes == changes.size()) return true;
        ValueStore& values = ready.inference.database.values;
        std::map<std::pair<ir::PredicateId, std::vector<std::uint32_t>>, bool> is_stated;
        for (; ready.changes < changes.size(); ++ready.changes) {
            const auto& [is_added, fact] = changes[ready.changes];
            std::vector<std::uint32_t> row;
            for (Value value : fact.row) {
                row.push_back(values.copy(value, program().values).bits());
            }
            is_stated[{fact.predicate, std::move(row)}] = is_added;
        }
        eval::Change change;
        for (const auto& [fact, is_added] : is_stated) {
            eval::ExtraFact changed{fact.first, {}};
            for (std::uint32_t bits : fact.second) changed.row.push_back(Value::from_bits(bits));
            auto& known = ready.questions.facts;
            std::erase_if(known, [&](const eval::ExtraFact& other) {
                return other.predicate == changed.predicate && other.row == changed.row;
            });
            if (is_added) known.push_back(changed);
            (is_added ? change.added : change.removed).push_back(std::move(changed));
        }
        Diagnostics diagnostics;
        std::size_t compilations = ready.inference.compilations;
        if (!refresh(program(), ready.questions, change, limits(), diagnostics, purpose,
                     ready.inference)) {
            return false;
        }
        if (ready.inference.compilations != compilations || !ready.evaluator) {
            ready.evaluator.emplace(ready.inference.compiled.circuit);
        }
        return true;
    }

    /// What is ready under `key`, or what `queries()` asks, made ready.
    template <typename Queries>
    Prepared& prepare(const std::string& key, const Queries& queries,
                      Purpose purpose = Purpose::answers) {
        auto known = prepared.find(key);
        // What a limit has cut short is tried anew.
        if (known != prepared.end() && known->second->inference.limits.empty() &&
            follow_changes(*known->second, purpose)) {
            known->second->limits = limits();
            return *known->second;
        }
        if (known != prepared.end()) prepared.erase(known);
        std::unique_ptr<Prepared> fresh = make_ready(questions(queries()), purpose);
        if (prepared.size() >= kMaxPrepared) prepared.clear();
        return *(prepared[key] = std::move(fresh));
    }

    std::unique_ptr<Prepared> make_ready(Questions asked, Purpose purpose) {
        auto fresh = std::make_unique<Prepared>();
        fresh->questions = std::move(asked);
        fresh->changes = changes.size();
        Diagnostics diagnostics;
        fresh->limits = limits();
        fresh->inference = infer(program(), fresh->questions, fresh->limits, diagnostics, purpose);
        if (diagnostics.has_errors()) {
            diagnostics.sort();
            fail(diagnostics);
        }
        if (fresh->inference.is_complete_model) {
            fresh->evaluator.emplace(fresh->inference.compiled.circuit);
        }
        return fresh;
    }

    /// What questions beyond counting need to know.
    Task task() {
        Task result;
        result.program = &program();
        result.sources = &loaded.sources;
        result.facts = facts;
        result.given = given;
        result.limits = limits();
        result.weights = [this](const eval::Database& database) { return weights(database); };
        result.check = [this](Diagnostics& diagnostics) {
            diagnostics.sort();
            if (diagnostics.has_errors()) fail(diagnostics);
        };
        return result;
    }

    /// A conjunction of ground literals.
    std::vector<GoalLiteral> goals(std::string_view text) {
        Diagnostics diagnostics;
        std::uint32_t source = loaded.sources.add(kQuestionName, std::string(text));
        auto body = ast::parse_conjunction(source, loaded.sources, diagnostics);
        std::vector<GoalLiteral> result;
        for (const ast::Literal& literal : body.value_or(ast::Body{})) {
            const ast::Term* atom = std::get_if<ast::Term>(&literal.form);
            if (atom == nullptr) {
                diagnostics.report(DiagnosticCode::not_a_goal, literal.span, "this");
                continue;
            }
            auto lowered = lower_atom(*atom, program(), diagnostics);
            if (!lowered) continue;
            if (!lowered->variables.empty()) {
                diagnostics.report(DiagnosticCode::not_ground, lowered->atom.span).hint =
                    "give every variable a value: one of the answers to a query";
            }
            result.push_back({std::move(lowered->atom), literal.negated});
        }
        if (diagnostics.has_errors()) fail(diagnostics);
        return result;
    }

    /// "flu" or "flu = false".
    ir::Intervention intervention(std::string_view text) {
        Diagnostics diagnostics;
        std::uint32_t source = loaded.sources.add(kQuestionName, std::string(text));
        auto setting = ast::parse_setting(source, loaded.sources, diagnostics);
        std::optional<LoweredAtom> lowered;
        if (setting) lowered = lower_atom(setting->atom, program(), diagnostics);
        if (!lowered || diagnostics.has_errors()) fail(diagnostics);
        require_ground(*lowered);
        return {lowered->atom, setting->value};
    }

    /// The same for one literal that the caller wrote; of a ground one the negation is left to the
    /// caller.
    Prepared& prepare_literal(std::string_view text, bool must_be_ground,
                              Purpose purpose = Purpose::answers) {
        std::string key = (must_be_ground ? "ground " : "literal ") + std::string(text);
        return prepare(
            key,
            [&] {
                auto [lowered, negated] = question(text);
                if (must_be_ground) require_ground(lowered);
                return std::vector<ir::Query>{
                    {lowered.atom, negated, lowered.variables, lowered.atom.span}};
            },
            purpose);
    }

    /// One forward sweep with the weights of now.
    void count(Prepared& ready) {
        ready.weights = weights(ready.inference.database);
        ready.laws.clear();
        const auto& graph = ready.inference.database.graph;
        for (const eval::SumOfChoices& law : ready.inference.database.laws) {
            std::vector<circuit::SumTerm> terms;
            for (const auto& cases : law.terms) {
                circuit::SumTerm& term = terms.emplace_back();
                for (auto [adds, choice] : cases) {
                    term.emplace_back(
                        adds,
                        ready.weights[graph.weight_offset(choice.choice) + choice.alternative]);
                }
            }
            std::string limit;
            auto counted = circuit::sum_law(terms, [&] {
                limit = limit_reached(ready.limits);
                return !limit.empty();
            });
            if (!counted) {
                auto& limits = ready.inference.limits;
                if (std::ranges::find(limits, limit) == limits.end()) limits.push_back(limit);
                break;
            }
            ready.laws.push_back(std::move(*counted));
        }
        ready.evaluator->forward(ready.weights, 1, ready.workspace);
        check_feasible(ready.inference, ready.workspace);
    }

    void set_weights(const std::string& module, const std::filesystem::path& file) {
        const auto& modules = program().modules;
        auto place = std::ranges::find(modules, module, &ir::ModuleDeclaration::name);
        if (place == modules.end()) {
            std::string known;
            for (const auto& declared : modules)
                known += (known.empty() ? "" : ", ") + declared.name;
            throw std::invalid_argument(fmt::format(
                "weights are given for module '{}', which the program does not have ({})", module,
                known.empty() ? "it has none" : "it has " + known));
        }
        perceiver.set_weights(static_cast<std::uint32_t>(place - modules.begin()), file);
    }

    /// The weight of every alternative of every choice.
    std::vector<double> weights(const eval::Database& database) {
        std::vector<double> result(database.graph.weight_count());
        for (provenance::ChoiceId c = 0; c < database.graph.choice_count(); ++c) {
            const eval::ChoiceWeights& source = database.weights[c];
            std::uint32_t offset = database.graph.weight_offset(c);
            for (std::size_t a = 0; a < source.constants.size(); ++a) {
                result[offset + a] = source.constants[a];
            }
        }
        Diagnostics diagnostics;
        perceiver.perceive(loaded, database, result, diagnostics);
        if (diagnostics.has_errors()) {
            diagnostics.sort();
            fail(diagnostics);
        }
        return result;
    }

    std::vector<QueryAnswers> answer(Prepared& ready) {
        const Questions& all = ready.questions;
        const Inference& inference = ready.inference;
        std::vector<QueryAnswers> results;
        if (!inference.is_complete_model) {
            for (const ir::Query& query : all.queries) results.push_back(unfinished(query));
            return results;
        }
        count(ready);
        const std::map<std::size_t, circuit::Interval> bounds = bounds_of_unfinished(ready);
        auto bounded = [&](const Candidate& candidate) {
            Answer one = answer_of(inference, ready.workspace, candidate);
            if (one.kind == AnswerKind::bounds) {
                const circuit::Interval& found = bounds.at(*candidate.compiled);
                one.lower = found.lower;
                one.upper = found.upper;
                one.method = "bounds";
            }
            return one;
        };
        for (std::size_t q = 0; q < all.queries.size(); ++q) {
            QueryAnswers answers;
            answers.query = print(all.queries[q]);
            for (const Candidate& candidate : inference.answers[q]) {
                Answer one =
                    candidate.sum ? answer_of_sum(ready, *candidate.sum) : bounded(candidate);
                const ir::Query& query = all.queries[q];
                one.atom = print_tuple(inference, query.atom.predicate, candidate.tuple);
                if (query.negated) {
                    one.atom = "\\+ " + one.atom;
                    std::tie(one.lower, one.upper) = std::pair(1 - one.upper, 1 - one.lower);
                    one.log10_lower = one.log10_upper = 0;
                }
                bool is_ground = query.variables.empty();
                if (is_ground || one.upper > 0 || one.log10_upper != 0)
                    answers.answers.push_back(std::move(one));
            }
            sort(answers.answers);
            if (const auto& candidate = inference.undefined[q]) {
                answers.undefined = bounded(*candidate);
                answers.undefined->atom =
                    print_tuple(inference, all.queries[q].atom.predicate, candidate->tuple);
            }
            results.push_back(std::move(answers));
        }
        return results;
    }

    /// Intervals for the compiled queries that a limit cut short, in the time that is left; without
    /// a limit of time, in as much time as the exact way was tried for.
    std::map<std::size_t, circuit::Interval> bounds_of_unfinished(const Prepared& ready) {
        const Inference& inference = ready.inference;
        std::map<std::size_t, circuit::Interval> result;
        std::vector<provenance::NodeId> nodes;
        for (std::size_t i = 0; i < inference.nodes.size(); ++i) {
            if (inference.compiled.queries[i].finished) continue;
            result[i] = {};
            nodes.push_back(inference.nodes[i]);
        }
        if (nodes.empty() || limit_reached(ready.limits) == "interrupted") return result;
        circuit::Limits limits = counting_limits(ready.limits);
        if (!limits.deadline) {
            limits.deadline =
                std::chrono::steady_clock::now() +
                std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                    std::chrono::duration<double>(std::max(1.0, inference.compile_seconds)));
        }
        const circuit::Bounds found = circuit::bound(inference.database.graph, nodes,
                                                     inference.demands, ready.weights, limits);
        auto place = result.begin();
        for (const circuit::Interval& interval : found.queries) (place++)->second = interval;
        return result;
    }

    static Answer answer_of_sum(const Prepared& ready, Candidate::Place place) {
        Answer answer;
        if (place.law >= ready.laws.size()) {
            answer.upper = 1;
            answer.kind = AnswerKind::bounds;
            answer.method = "none";
            return answer;
        }
        answer.method = "dp";
        const auto& probability = ready.laws[place.law].probabilities[place.position];
        const auto exponent = std::max<std::int64_t>(probability.exponent, -2000);
        answer.lower = std::ldexp(probability.mantissa, static_cast<int>(exponent));
        answer.lower = answer.upper = std::min(answer.lower, 1.0);
        answer.log10_lower = answer.log10_upper =
            shown_log10(std::log10(probability.mantissa) +
                        static_cast<double>(probability.exponent) * std::log10(2.0));
        return answer;
    }

    Answer answer_of(const Inference& inference, const circuit::Workspace& workspace,
                     const Candidate& candidate) {
        Answer answer;
        if (!candidate.compiled) {
            answer.lower = answer.upper = candidate.row ? 1 : 0;
            answer.method = "certain";
            return answer;
        }
        const circuit::CompiledQuery& query = inference.compiled.queries[*candidate.compiled];
        answer.method = query.method == circuit::Method::elimination ? "dp" : "circuit";
        if (!query.finished) {
            answer.upper = 1;
            answer.kind = AnswerKind::bounds;
            return answer;
        }
        circuit::Answer counted = circuit::answer(inference.compiled, query, workspace, 0);
        answer.lower = std::clamp(counted.lower, 0.0, 1.0);
        answer.upper = std::clamp(counted.upper, 0.0, 1.0);
        // Ways that agree may still be rounded apart.
        if (answer.upper - answer.lower <= 1e-12 * answer.upper) answer.upper = answer.lower;
        answer.log10_lower = shown_log10(counted.log_lower / std::log(10.0));
        answer.log10_upper = shown_log10(counted.log_upper / std::log(10.0));
        if (answer.log10_upper - answer.log10_lower <= 1e-12 * std::abs(answer.log10_lower))
            answer.log10_lower = answer.log10_upper;
        const bool is_one =
            answer.lower == answer.upper && answer.log10_lower == answer.log10_upper;
        if (!is_one) answer.kind = AnswerKind::range;
        return answer;
    }

    /// The structure allows the conditions; the weights may still give them no mass.
    void check_feasible(const Inference& inference, const circuit::Workspace& workspace) {
        if (inference.conditions.empty() ||
            inference.compiled.limit != circuit::LimitReached::none) {
            return;
        }
        if (std::isfinite(workspace.log_value(inference.compiled.conditions, 0))) return;
        fail_without_mass(inference);
    }

    [[noreturn]] void fail_without_mass(const Inference& inference) const {
        Diagnostics diagnostics;
        diagnostics.report(DiagnosticCode::inconsistent, inference.conditions.front().span).hint =
            "the weights give no mass to the worlds that satisfy them";
        fail(diagnostics);
    }

    /// The program's queries made ready for single worlds.
    Prepared& prepare_worlds() {
        return prepare(
            "worlds", [&] { return program().queries; }, Purpose::worlds);
    }

    /// What an alternative makes true; empty for the silent one.
    std::string print_alternative(const Inference& inference, provenance::ChoiceId c,
                                  std::uint32_t alternative) {
        const provenance::Choice& choice = inference.database.graph.choice(c);
        const ir::ChoiceRule& rule = program().choices[choice.source];
        const std::uint32_t head = inference.database.weights[c].alternatives[alternative];
        if (head == ir::kNone) return "";
        std::vector<std::string> names = rule.variables;
        for (std::size_t k = 0; k < rule.key.size(); ++k) {
            names[rule.key[k]] = inference.database.values.print(choice.key[k]);
        }
        return program().print(rule.heads[head], names);
    }

    Worlds worlds(Prepared& ready) {
        const eval::Database& database = ready.inference.database;
        return Worlds(ready.inference, weights(database), free_choices(program(), database.graph),
                      queried_atoms(program(), ready.questions, ready.inference));
    }

    QueryAnswers unfinished(const ir::Query& query) {
        QueryAnswers answers;
        answers.query = print(query);
        if (!query.variables.empty()) return answers;
        answers.answers.push_back({answers.query, 0, 1, AnswerKind::bounds, "none"});
        return answers;
    }

    /// Descending by the value as printed; standard order of terms, in which they come, between
    /// equals.
    static void sort(std::vector<Answer>& answers) {
        auto printed = [](double number) {
            return std::strtod(format_number(number).c_str(), nullptr);
        };
        // A number that a double holds, then the logarithm of one that it does not.
        using Printed = std::pair<double, double>;
        auto value = [&](double number, double log10) -> Printed {
            if (log10 == 0) return {printed(number), -INFINITY};
            const std::string text = format_power(log10);
            const std::size_t e = text.find('e');
            return {0, std::log10(std::strtod(text.substr(0, e).c_str(), nullptr)) +
                           std::strtod(text.c_str() + e + 1, nullptr)};
        };
        struct Key {
            Printed low, high;
            std::size_t index;
        };
        std::vector<Key> keys;
        for (const Answer& answer : answers) {
            Key key{value(answer.lower, answer.log10_lower), {}, keys.size()};
            const bool is_one =
                answer.lower == answer.upper && answer.log10_lower == answer.log10_upper;
            key.high = is_one ? key.low : value(answer.upper, answer.log10_upper);
            keys.push_back(key);
        }
        std::ranges::stable_sort(keys, [](const Key& a, const Key& b) {
            return std::tie(a.low, a.high) > std::tie(b.low, b.high);
        });
        std::vector<Answer> sorted;
        for (const Key& key : keys) sorted.push_back(std::move(answers[key.index]));
        answers = std::move(sorted);
    }

    std::string print(const ir::Query& query) {
        return (query.negated ? "\\+ " : "") + program().print(query.atom, query.variables);
    }

    std::string print_tuple(const Inference& inference, ir::PredicateId predicate,
                            const std::vector<Value>& tuple) {
        std::string text = quote_atom(program().predicates[predicate].name);
        for (std::size_t i = 0; i < tuple.size(); ++i) {
            text += (i == 0 ? "(" : ",") + inference.database.values.print(tuple[i]);
        }
        return tuple.empty() ? text : text + ")";
    }
};

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

Engine Engine::from_file(const std::filesystem::path& path, const Options& options) {
    return Engine(std::make_unique<State>(load_file(path, options.roots), options));
}

Engine Engine::from_text(std::string_view text, const Options& options, std::string name,
                         const std::filesystem::path& folder) {
    LoadedProgram loaded =
        load_text(std::move(name), std::string(text), FileAccess(folder, options.roots));
    return Engine(std::make_unique<State>(std::move(loaded), options));
}

void Engine::set_weights(const std::string& module, const std::filesystem::path& file) {
    state_->set_weights(module, file);
}

void Engine::set_input(std::string_view entity, InputImage image) {
    auto size = static_cast<std::size_t>(image.height) * static_cast<std::size_t>(image.width);
    if (image.height <= 0 || image.width <= 0 || image.pixels.size() != size) {
        throw std::invalid_argument(
            fmt::format("Engine::set_input: image has {} pixels, its size {} x {} wants others",
                        image.pixels.size(), image.height, image.width));
    }
    const auto& inputs = state_->program().inputs;
    auto declared = std::ranges::find_if(inputs, [&](const ir::InputDeclaration& input) {
        return state_->program().values.print(input.entity) == entity;
    });
    if (declared == inputs.end()) {
        throw std::invalid_argument("Engine::set_input: the program has no input '" +
                                    std::string(entity) + "'");
    }
    neural::ImageSet picture;
    picture.count = 1;
    picture.height = image.height;
    picture.width = image.width;
    picture.pixels = std::move(image.pixels);
    state_->perceiver.set_image(declared->entity, std::move(picture));
}

std::string Engine::warnings() const {
    return render(state_->loaded.diagnostics, state_->loaded.sources);
}

void Engine::add_fact(std::string_view atom) {
    eval::ExtraFact fact = state_->ground_fact(atom);
    state_->changes.push_back({true, fact});
    state_->facts.push_back(std::move(fact));
}

void Engine::retract_fact(std::string_view atom) {
    eval::ExtraFact fact = state_->ground_fact(atom);
    ir::Program& program = state_->program();
    auto stated = std::erase_if(state_->facts, [&](const eval::ExtraFact& other) {
        return other.predicate == fact.predicate && other.row == fact.row;
    });
    stated += std::erase_if(program.facts, [&](const ir::Fact& other) {
        return other.predicate == fact.predicate &&
               std::equal(fact.row.begin(), fact.row.end(),
                          program.fact_values.begin() + other.row);
    });
    if (stated == 0) {
        throw std::invalid_argument("Engine::retract_fact: '" + std::string(atom) +
                                    "' is not stated as a fact");
    }
    state_->changes.push_back({false, std::move(fact)});
}

void Engine::give(std::string_view literal) {
    bool negated = false;
    LoweredAtom evidence = state_->ground_question(literal, &negated);
    state_->given.push_back({evidence.atom, !negated, evidence.atom.span});
    state_->prepared.clear();
}

RunResult Engine::run() {
    State::Prepared& ready = state_->prepare(
        "run", [&] { return state_->program().queries; }, Purpose::laws);
    RunResult result;
    result.results = state_->answer(ready);
    result.limits = ready.inference.limits;
    result.growing = ready.inference.database.growing;
    return result;
}

std::string Engine::plan() {
    State::Prepared& ready = state_->prepare(
        "run", [&] { return state_->program().queries; }, Purpose::laws);
    return describe_plan(ready.inference, ready.questions, state_->program());
}

QueryAnswers Engine::ask(std::string_view text) {
    State::Prepared& ready = state_->prepare_literal(text, false, Purpose::laws);
    QueryAnswers answers = state_->answer(ready).front();
    answers.limits = ready.inference.limits;
    return answers;
}

proof::Proof Engine::explain(std::string_view literal) {
    State::Prepared& ready = state_->prepare_literal(literal, true);
    const Inference& inference = ready.inference;
    const ir::Query& query = ready.questions.queries.front();
    if (!inference.is_complete_model) {
        proof::Proof proof;
        proof.query = state_->print(query);
        proof.search = proof::Proof::Search::failed;
        return proof;
    }
    if (!inference.database.unknowns.empty()) {
        Diagnostics diagnostics;
        const std::uint32_t source = inference.database.unknowns.front().source;
        diagnostics
            .report(DiagnosticCode::not_supported, state_->program().choices[source].span,
                    "an explanation where numbers that are not enumerated matter")
            .hint = "give them a range of at most 1,000 values";
        state_->fail(diagnostics);
    }
    state_->count(ready);
    Answer answer =
        state_->answer_of(inference, ready.workspace, inference.answers.front().front());

    eval::ExplainContext context;
    context.sources = &state_->loaded.sources;
    context.input_path = [&](std::uint32_t, Value input) {
        const auto& inputs = state_->program().inputs;
        auto declared = std::ranges::find(inputs, input, &ir::InputDeclaration::entity);
        return declared == inputs.end() ? std::string() : declared->path;
    };
    context.lower = query.negated ? 1 - answer.upper : answer.lower;
    context.upper = query.negated ? 1 - answer.lower : answer.upper;
    context.more_evidence = state_->given;
    context.negated = query.negated;
    std::vector<Value> tuple;
    for (const ir::Term& term : query.atom.args) tuple.push_back(term.value);
    auto explain = [&] {
        return eval::explain(state_->program(), inference.database, ready.weights,
                             query.atom.predicate, tuple, context);
    };
    proof::Proof proof = explain();
    if (proof.meets_conditions && proof.search != proof::Proof::Search::failed) return proof;
    // The search for the best proof got lost. A world from a circuit shows it a way.
    const std::optional<eval::Row>& row = inference.answers.front().front().row;
    if (!row || inference.database.relations[query.atom.predicate].is_certain(*row)) return proof;
    const provenance::NodeId node = inference.database.relations[query.atom.predicate].node(*row);
    std::vector<circuit::Condition> demands = inference.demands;
    demands.push_back({node, !query.negated});
    const std::optional<circuit::World> world =
        best_world(inference, demands, without_free(inference.database.graph, ready.weights),
                   state_->limits());
    if (!world) return proof;
    context.search.world = &*world;
    return explain();
}

Solution Engine::solve(std::size_t top) {
    if (top == 0) throw std::invalid_argument("Engine::solve: top is 0");
    return entail::solve(state_->task(), top);
}

SampleResult Engine::sample(std::size_t count, std::uint64_t seed) {
    const eval::Limits limits = state_->limits();
    State::Prepared& ready = state_->prepare_worlds();
    SampleResult result;
    result.limits = ready.inference.limits;
    if (!result.limits.empty()) return result;
    if (!ready.inference.compiled.satisfiable) {  // counting says why
        const auto& counted = state_->prepare("run", [&] { return state_->program().queries; });
        state_->fail_without_mass(counted.inference);
    }
    Worlds worlds = state_->worlds(ready);
    if (!worlds.possible()) state_->fail_without_mass(ready.inference);
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string limit = limit_reached(limits, bytes);
        if (!limit.empty()) {
            result.limits.push_back(limit);
            break;
        }
        std::mt19937_64 random(neural::mix(seed, i));
        result.samples.push_back(worlds.draw(random));
        bytes += bytes_of(result.samples.back());
    }
    return result;
}

CompiledProgram Engine::compile() {
    State::Prepared& ready = state_->prepare(
        "compile", [&] { return state_->program().queries; }, Purpose::circuit);
    const Inference& inference = ready.inference;
    CompiledProgram result;
    result.limits = inference.limits;
    if (!result.limits.empty()) return result;
    circuit::LabelledCircuit& labelled = result.circuit;
    labelled.circuit = inference.compiled.circuit;
    labelled.weights = state_->weights(inference.database);
    labelled.conditions = inference.compiled.conditions;
    const auto& graph = inference.database.graph;
    const std::vector<bool> free = free_choices(state_->program(), graph);
    for (provenance::ChoiceId c = 0; c < graph.choice_count(); ++c) {
        const provenance::Choice& choice = graph.choice(c);
        const ir::ChoiceRule& rule = state_->program().choices[choice.source];
        labelled.choices.push_back({state_->loaded.sources.place(rule.span), free[c]});
        for (std::uint32_t a = 0; a < choice.size; ++a) {
            const std::string text = state_->print_alternative(inference, c, a);
            labelled.alternatives.push_back(text.empty() ? "(none)" : text);
            if (free[c]) labelled.weights[graph.weight_offset(c) + a] = 1.0 / choice.size;
        }
    }
    for (std::size_t q = 0; q < inference.answers.size(); ++q) {
        const ir::Query& query = ready.questions.queries[q];
        for (const Candidate& candidate : inference.answers[q]) {
            if (!candidate.compiled) continue;
            labelled.answers.push_back(
                {state_->print_tuple(inference, query.atom.predicate, candidate.tuple),
                 inference.compiled.queries[*candidate.compiled].pairs.at(0)});
        }
    }
    return result;
}

std::vector<WeightDerivative> Engine::gradient(std::string_view atom) {
    State::Prepared& ready = state_->prepare_literal(atom, true);
    const Inference& inference = ready.inference;
    if (ready.questions.queries.front().negated) {
        throw std::invalid_argument("Engine::gradient: '" + std::string(atom) +
                                    "' is negated; the derivative of the atom has the other sign");
    }
    if (!inference.limits.empty()) {
        throw std::runtime_error("Engine::gradient: the " + inference.limits.front() +
                                 " limit was reached");
    }
    std::vector<WeightDerivative> result;
    const Candidate& candidate = inference.answers.front().front();
    if (!candidate.compiled) return result;
    const auto& pairs = inference.compiled.queries[*candidate.compiled].pairs;
    if (pairs.size() != 1) {
        throw std::invalid_argument("Engine::gradient: the probability of '" + std::string(atom) +
                                    "' depends on free choices");
    }
    state_->count(ready);
    std::vector<double> roots(inference.compiled.circuit.roots().size(), 0.0);
    double probability = ready.workspace.ratio(pairs[0], 0);
    // d(n/d) = n/d · (d log n − d log d)
    roots[pairs[0].numerator] += probability;
    roots[pairs[0].denominator] -= probability;
    const auto& graph = inference.database.graph;
    std::vector<double> weights(graph.weight_count());
    ready.evaluator->backward_log(roots, ready.workspace, weights);
    for (provenance::ChoiceId c = 0; c < graph.choice_count(); ++c) {
        const provenance::Choice& choice = graph.choice(c);
        const ir::ChoiceRule& rule = state_->program().choices[choice.source];
        const auto& alternatives = inference.database.weights[c].alternatives;
        const double* derivatives = weights.data() + graph.weight_offset(c);
        // What a named alternative gains, the silent rest loses.
        double rest = 0;
        for (std::uint32_t a = 0; a < choice.size; ++a) {
            if (alternatives[a] == ir::kNone) rest += derivatives[a];
        }
        for (std::uint32_t a = 0; a < choice.size; ++a) {
            const std::string text = state_->print_alternative(inference, c, a);
            if (text.empty()) continue;
            result.push_back(
                {text, state_->loaded.sources.place(rule.span), derivatives[a] - rest});
        }
    }
    return result;
}

std::vector<Verdict> Engine::verify() {
    return entail::verify(state_->task());
}

Abduction Engine::abduce(std::string_view goal, std::size_t top) {
    if (top == 0) throw std::invalid_argument("Engine::abduce: top is 0");
    const std::vector<GoalLiteral> goals = state_->goals(goal);
    return entail::abduce(state_->task(), goals, top);
}

FlipAnswer Engine::flip(std::string_view goal, bool most_probable,
                        const std::vector<std::string>& only) {
    const std::vector<GoalLiteral> goals = state_->goals(goal);
    std::set<ir::PredicateId> predicates;
    for (const std::string& name : only) {
        const auto& all = state_->program().predicates;
        const std::size_t known = predicates.size();
        for (ir::PredicateId p = 0; p < all.size(); ++p) {
            const bool is_named =
                name == all[p].name || name == fmt::format("{}/{}", all[p].name, all[p].arity);
            if (!all[p].internal && is_named) predicates.insert(p);
        }
        if (predicates.size() == known)
            throw std::invalid_argument("Engine::flip: only: the program has no predicate '" +
                                        name + "'");
    }
    return entail::flip(state_->task(), goals,
                        most_probable ? decide::FlipBy::probability : decide::FlipBy::count,
                        predicates);
}

RunResult Engine::what_if(const std::vector<std::string>& settings,
                          const std::vector<std::string>& queries) {
    std::vector<ir::Intervention> interventions;
    for (const std::string& setting : settings)
        interventions.push_back(state_->intervention(setting));
    std::vector<ir::Query> asked;
    for (const std::string& text : queries) {
        auto [lowered, negated] = state_->question(text);
        asked.push_back({lowered.atom, negated, lowered.variables, lowered.atom.span});
    }
    if (asked.empty()) asked = state_->program().queries;
    for (const ir::Query& query : asked) {
        if (!query.negated || query.variables.empty()) continue;
        Diagnostics diagnostics;
        diagnostics.report(DiagnosticCode::open_negated_query, query.span);
        state_->fail(diagnostics);
    }
    ir::Program twins = state_->program();
    const ir::Twin twin(twins, interventions);
    for (ir::Query& query : asked) query.atom.predicate = twin.of(query.atom.predicate);
    Questions questions = state_->questions(std::move(asked));
    for (const eval::ExtraFact& fact : state_->facts) {
        if (twin.of(fact.predicate) != fact.predicate && !twin.is_blocked(fact.predicate, fact.row))
            questions.facts.push_back({twin.of(fact.predicate), fact.row});
    }
    // Both copies are one program for as long as the question lasts.
    struct Exchange {
        Exchange(ir::Program& of, ir::Program& by) : here(of), there(by) { std::swap(here, there); }
        Exchange(const Exchange&) = delete;
        ~Exchange() { std::swap(here, there); }
        ir::Program &here, &there;
    };
    const Exchange exchange(state_->program(), twins);
    const auto ready = state_->make_ready(std::move(questions), Purpose::answers);
    RunResult result;
    result.results = state_->answer(*ready);
    result.limits = ready->inference.limits;
    return result;
}

}  // namespace entail

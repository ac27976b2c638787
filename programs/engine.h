#pragma once
// START HERE. The engine as a library: load a program, give it facts and inputs, ask.
//
//     auto engine = entail::Engine::from_file("alarm.ent");
//     for (const auto& query : engine.run().results)
//         for (const auto& answer : query.answers) use(answer.atom, answer.lower);
//
// A wrong program throws ProgramError with all its diagnostics; a wrong call throws
// std::invalid_argument. An Engine is used by one thread at a time; engines share nothing. A
// question that is asked again after a new picture or other weights is only counted again: its
// evaluation and its circuit are kept. After facts have come or gone, what follows from them is
// maintained where it is certain; evidence makes questions be evaluated anew.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "symbolic/circuit/labelled.h"
#include "symbolic/proof/proof.h"

namespace entail {

struct Options {
    std::vector<std::filesystem::path> roots;  ///< folders a program may read besides its own
    std::map<std::string, std::filesystem::path> weights;  ///< weights files by module
    std::optional<double> time_limit;                      ///< seconds a call may take
    std::size_t memory_limit = std::size_t{4} << 30U;      ///< bytes
    std::size_t max_derivations = 100'000'000;
    /// Sums with more states than this (members times partial sums) are counted by convolution
    /// where run() or ask() want their law alone.
    std::size_t law_from = 1'000;
    unsigned threads = 0;                          ///< 0: as many as there are processors
    const std::atomic<bool>* interrupt = nullptr;  ///< ends the call soon after it becomes true
};

/// The program is wrong, or its data is. what() is the text a user reads: place, cause, way out.
class ProgramError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

enum class AnswerKind {
    exact,   ///< one number
    range,   ///< the exact least and greatest over free choices
    bounds,  ///< a limit was reached: the truth lies in between
};

struct Answer {
    std::string atom;  ///< as printed: "path(a,b)"
    double lower = 0, upper = 0;
    AnswerKind kind = AnswerKind::exact;
    /// "certain", "dp" (dynamic programming), "circuit" (search), "bounds", or "none" when a limit
    /// came before any.
    std::string method;
    /// The decimal logarithms of `lower` and `upper` where they are above 0 and less than 1e-307:
    /// what doubles cannot hold. Else 0.
    double log10_lower = 0, log10_upper = 0;
};

struct QueryAnswers {
    std::string query;
    std::vector<Answer> answers;  ///< by descending value, then the standard order of terms
    /// That a functional program has no value, with the program and its parameters as atom; nothing
    /// if it always has one.
    std::optional<Answer> undefined;
    std::vector<std::string> limits;  ///< those that were reached: answers may then be missing
};

struct RunResult {
    std::vector<QueryAnswers> results;  ///< in the order of the program's queries
    std::vector<std::string> limits;    ///< the limits that were reached
    std::string growing;                ///< where they ended evaluation: what still grew, "n/1"
};

/// How an answer moves with one weight.
struct WeightDerivative {
    std::string atom;   ///< what the alternative makes true: "quake(weak)"
    std::string place;  ///< of its statement: "alarm.ent:3"
    double derivative;
};

/// A world: what every choice takes that the queries, the evidence or the constraints depend on.
struct SolvedWorld {
    double probability = 1;    ///< of its weighted choices, given the constraints, the evidence
                               ///< and what its free choices take
    double log10 = 0;          ///< of the probability, where it is less than 1e-307; else 0
    bool is_weighted = false;  ///< whether a weighted choice is part of it
    /// False: the mass of the conditions was not counted; the probability is then at least this.
    bool is_counted = true;
    std::vector<std::string> atoms;  ///< the queried ones that hold, in the order of the queries
    struct Objective {
        bool maximise;
        std::string value;  ///< exact: "11", "7/2"
        bool attained;      ///< false: there are better ones without end, or ever closer to a bound
    };
    std::vector<Objective> objectives;  ///< in the order of the program
};

struct Solution {
    enum class Status {
        optimal,        ///< the best by the objectives, then the most probable ones, proved
        satisfiable,    ///< there is nothing to compare them by, or an objective has no best value
        unsatisfiable,  ///< no world satisfies the constraints and the evidence
        unknown,        ///< a limit was reached first
    };
    Status status = Status::unknown;
    std::vector<SolvedWorld> worlds;  ///< best first
    /// Of unsatisfiable: a minimal set of statements that contradict, "seating.ent:9: :- …".
    std::vector<std::string> conflict;
    std::vector<std::string> limits;  ///< those that were reached: worlds may then be missing
};

/// What `verify` found about one property.
struct Verdict {
    std::string property;  ///< as written: "never approve, reject"
    enum class Status { proved, refuted, unknown };
    Status status = Status::unknown;
    std::string reason;  ///< of unknown: the limit, or what the solver could not do
    /// Of refuted, lines for people: what a world that breaks it takes, and what does not matter
    /// is left out; of an invariant a pair of worlds.
    std::vector<std::string> witness;
};

/// A set of choices that entails a goal.
struct Hypothesis {
    double probability;                ///< the product of its weights
    std::vector<std::string> choices;  ///< clauses as their instances, in the order of the program
};

struct Abduction {
    std::vector<Hypothesis> hypotheses;  ///< best first; no subset of one entails the goal
    std::vector<std::string> limits;     ///< those that were reached: hypotheses may be missing
};

/// The least change that changes a decision.
struct FlipAnswer {
    bool holds = false;      ///< the decision, in the most probable world
    bool found = false;      ///< false: no change changes it, or a limit came first
    bool is_proved = false;  ///< that nothing less does
    struct Change {
        std::string from, to;
    };
    std::vector<Change> changes;      ///< in the order of the program
    std::vector<std::string> limits;  ///< those that were reached
};

struct SampleResult {
    /// Of each sample, the queried atoms that hold, in the order of the queries.
    std::vector<std::vector<std::string>> samples;
    std::vector<std::string> limits;  ///< those that were reached: samples are then missing
};

struct CompiledProgram {
    /// Of the uncertain answers to the queries; those that are certain need no circuit.
    circuit::LabelledCircuit circuit;
    std::vector<std::string> limits;  ///< those that were reached: there is no circuit then
};

/// A picture given by the caller: grey levels, row by row.
struct InputImage {
    int height = 0, width = 0;
    std::vector<std::uint8_t> pixels;
};

class Engine {
public:
    static Engine from_file(const std::filesystem::path& path, const Options& options = {});
    /// `name` stands for the file in messages; other files are read relative to `folder`.
    static Engine from_text(std::string_view text, const Options& options = {},
                            std::string name = "program.ent",
                            const std::filesystem::path& folder = ".");
    Engine(Engine&&) noexcept;
    Engine& operator=(Engine&&) noexcept;
    ~Engine();

    /// Warnings of the program as text; empty if there are none.
    std::string warnings() const;

    /// Adds a ground fact: "edge(a, b)". Its predicate must be known to the program (a rule, a fact
    /// or `pred edge(term, term).`).
    void add_fact(std::string_view atom);
    /// Takes back a ground fact that the program states or add_fact() gave, wherever it is stated.
    /// A fact that is not stated is a std::invalid_argument.
    void retract_fact(std::string_view atom);
    /// Adds evidence to all later questions: "calls(john)" or "\\+ calls(mary)".
    void give(std::string_view literal);
    /// Gives the picture of an input, instead of the file that the program names.
    void set_input(std::string_view entity, InputImage image);
    /// Loads the weights of a module from a file.
    void set_weights(const std::string& module, const std::filesystem::path& file);

    /// Answers the program's queries.
    RunResult run();
    /// How run() finds its answers, for people: what evaluation has found, what falls apart, and
    /// how each part is counted.
    std::string plan();
    /// Answers one query, ground or open: "sum(a, b, S)".
    QueryAnswers ask(std::string_view query);
    /// The most probable proof of a ground atom, with the atom's probability; of an atom that does
    /// not hold, and of a negated one, why it does not.
    proof::Proof explain(std::string_view literal);
    /// The derivative of P(atom) in every weight of the choices that matter to it, choices in the
    /// order in which they were met. What is left of 1 (a coin's other side) gives way; where
    /// nothing is left, only differences between the alternatives of one choice have a meaning.
    std::vector<WeightDerivative> gradient(std::string_view atom);

    /// The `top` best worlds, fewer if there are fewer.
    Solution solve(std::size_t top = 1);
    /// Proves or refutes the program's properties, in the order of the file.
    std::vector<Verdict> verify();
    /// The `top` most probable sets of choices from which all of a conjunction of ground literals
    /// follows: "fever, \\+ cough".
    Abduction abduce(std::string_view goal, std::size_t top = 1);
    /// Probabilities had `settings` been made true ("flu") or false ("flu = false"), in the world
    /// that evidence and constraints speak of: choices keep what they were, and what is set has
    /// lost its rules. Of the ground or open `queries`; of the program's if there are none.
    RunResult what_if(const std::vector<std::string>& settings,
                      const std::vector<std::string>& queries = {});
    /// The fewest changes to choices and stated facts after which a conjunction of ground literals
    /// has another truth value than in the most probable world; of several the most probable.
    /// `most_probable`: probability comes before number. `only`: predicates ("digit" or "digit/2")
    /// that may change; empty: all.
    FlipAnswer flip(std::string_view goal, bool most_probable = false,
                    const std::vector<std::string>& only = {});

    /// Draws worlds given constraints and evidence; free choices are drawn uniformly. Sample i
    /// depends on the seed and i alone. Throws ProgramError if there is no world.
    SampleResult sample(std::size_t count, std::uint64_t seed);

    /// One circuit for all the program's queries, in which free choices are choices like others.
    CompiledProgram compile();

private:
    struct State;
    explicit Engine(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// What `entail run` prints: one line an answer, `atom: probability`.
std::string to_text(const RunResult& result);
/// The JSON of `entail run --format json`; the schema is in docs/json.md.
std::string to_json(const RunResult& result);
/// What `entail solve` prints: the status, then of each world its probability, if it has one, and
/// its atoms; an empty line before all but the first.
std::string to_text(const Solution& solution);
std::string to_json(const Solution& solution);
/// What `entail verify` prints: "proved: never a", and a witness in indented lines below.
std::string to_text(const std::vector<Verdict>& verdicts);
std::string to_json(const std::vector<Verdict>& verdicts);
/// What `entail abduce` prints: a line a hypothesis, "0.126: flu, fever :- flu".
std::string to_text(const Abduction& abduction);
std::string to_json(const Abduction& abduction);
/// What `entail whatif --flip` prints.
std::string to_text(const FlipAnswer& answer);
std::string to_json(const FlipAnswer& answer);
/// What `entail sample` prints: a line a sample, its atoms separated by blanks, `-` without any.
std::string to_text(const SampleResult& result);
std::string to_json(const SampleResult& result);
/// A number with up to 9 significant digits, as all output shows it.
std::string format_number(double number);
/// The same for 10^log10, which may be less than any double.
std::string format_power(double log10);

}  // namespace entail

#include "symbolic/proof/print_text.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace entail::proof {
namespace {

class Printer {
public:
    Printer(const Proof& proof, const TextOptions& options) : proof_(proof), options_(options) {
        is_printed_.assign(proof.steps.size(), false);
        continued_at_.assign(proof.steps.size(), 0);
    }

    std::string run() {
        header();
        if (proof_.root != kNone) trees();
        conditions();
        return std::move(out_);
    }

private:
    /// A line that waits to be printed: a step, or text alone.
    struct Node {
        StepId step = kNone;
        std::string label;  ///< in front of a step, or the whole line
        std::size_t depth = 0;
        bool is_last = true;
    };

    void header() {
        out_ += proof_.query;
        if (proof_.lower && proof_.upper) {
            out_ += *proof_.lower == *proof_.upper
                        ? fmt::format(": {:.9g}", *proof_.lower)
                        : fmt::format(": [{:.9g}, {:.9g}]", *proof_.lower, *proof_.upper);
        }
        out_ += "\n";
        std::optional<double> own;
        if (proof_.root != kNone) own = proof_.steps[proof_.root].probability;
        std::string worth = own ? fmt::format(": {:.9g} by itself", *own) : "";
        switch (proof_.search) {
            case Proof::Search::failed:
                out_ += "no proof found: the search was cut off\n";
                return;
            case Proof::Search::cut_off:
                out_ += "a probable proof" + worth + " (the search for a better one was cut off)\n";
                break;
            case Proof::Search::best:
                if (!proof_.holds)
                    out_ += "it does not hold\n";
                else
                    out_ += (own ? "the most probable proof" : "a proof") + worth + "\n";
                break;
        }
        if (!proof_.meets_conditions) {
            out_ += proof_.upper == 0.0
                        ? "no world that the evidence and constraints allow; without them:\n"
                        : "not shown to agree with the evidence and constraints\n";
        }
        out_ += "\n";
    }

    /// The tree of the root, then those of the steps that lay too deep in one before.
    void trees() {
        continued_.push_back(proof_.root);
        for (std::size_t part = 0; part < continued_.size(); ++part) {
            if (part > 0) out_ += fmt::format("\n[{}]\n", part);
            tree(continued_[part]);
        }
    }

    void tree(StepId root) {
        std::vector<Node> pending{{root, "", 0, true}};
        std::vector<bool> open;  // by depth: do further lines hang from here?
        while (!pending.empty()) {
            Node node = std::move(pending.back());
            pending.pop_back();
            open.resize(node.depth + 1);
            open[node.depth] = !node.is_last;
            for (std::size_t d = 1; d < node.depth; ++d) out_ += open[d] ? "│  " : "   ";
            if (node.depth > 0) out_ += node.is_last ? "└─ " : "├─ ";
            out_ += node.label;
            if (node.step == kNone) {
                out_ += "\n";
                continue;
            }
            const Step& step = proof_.steps[node.step];
            bool is_known = is_printed_[node.step];
            std::vector<Node> children = below(step);
            out_ += summary(step, is_known && !children.empty());
            bool is_deep = !is_known && node.depth == options_.max_depth && !children.empty();
            if (is_deep) {
                std::size_t& at = continued_at_[node.step];
                if (at == 0) {
                    at = continued_.size();
                    continued_.push_back(node.step);
                }
                out_ += fmt::format("  (continued at [{}])", at);
            }
            out_ += "\n";
            if (is_known || is_deep) continue;
            is_printed_[node.step] = true;
            for (std::size_t i = children.size(); i-- > 0;) {
                children[i].depth = node.depth + 1;
                children[i].is_last = i + 1 == children.size();
                pending.push_back(std::move(children[i]));
            }
        }
    }

    // --- lines ---

    std::string cut(const std::string& text) const {
        std::size_t points = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            bool begins = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
            if (begins && ++points > options_.max_rule_text) return text.substr(0, i) + "…";
        }
        return text;
    }

    /// `file:line  text`; the text on first sight only.
    std::string cited(const Place& place, const std::string& text) {
        std::string at = print(place);
        if (at.empty()) return cut(text);
        if (text.empty() || !cited_.insert(at + text).second) return at;
        return at + "  " + cut(text);
    }

    static std::string number(const std::optional<double>& probability) {
        return probability ? fmt::format("  {:.9g}", *probability) : "";
    }

    const Choice* perceived(const Step& step) const {
        if (step.kind != Step::Kind::rule || step.uses.empty()) return nullptr;
        const Choice& choice = proof_.choices[step.uses[0].choice];
        return choice.weights == Choice::Weights::perceived ? &choice : nullptr;
    }

    std::string summary(const Step& step, bool is_reference) {
        std::string line = step.kind == Step::Kind::absent ? negated(step.atom) : step.atom;
        line += number(step.probability);
        if (is_reference) return line + "  (see above)";
        switch (step.kind) {
            case Step::Kind::given:
                line += "  given";
                if (std::string at = print(step.place); !at.empty()) {
                    line += "  " + at;
                } else if (!step.text.empty()) {
                    line += "  " + cut(step.text);
                }
                break;
            case Step::Kind::library:
                line += "  by the library";
                break;
            case Step::Kind::rule:
                if (const Choice* choice = perceived(step)) {
                    line += "  " + print(step.place) + "  " + seen(*choice);
                } else {
                    line += "  " + cited(step.place, step.text) + instance(step) + taken(step);
                }
                break;
            case Step::Kind::aggregate:
                line += shown(step.bindings) + "  " + print(step.place) + counts(step);
                break;
            case Step::Kind::absent:
                if (step.failures.empty()) line += "  no rule and no fact gives it";
                if (is_short(step))
                    line += "  " + failure(step.failures[0], step.probability).label;
                break;
            case Step::Kind::assumed:
                line += "  not explained: the search was cut off";
                break;
        }
        return line;
    }

    static std::string negated(const std::string& atom) {
        bool is_plain = atom.find(" ") == std::string::npos;
        return is_plain ? "\\+ " + atom : "\\+ (" + atom + ")";
    }

    /// `  [X = 31, Y = 48]`
    static std::string shown(const std::vector<Binding>& bindings) {
        std::string out;
        for (const Binding& b : bindings) {
            out += (out.empty() ? "  [" : ", ") + b.variable + " = " + b.value;
        }
        return out.empty() ? out : out + "]";
    }

    /// What the head does not show.
    static std::string instance(const Step& step) {
        std::string head = step.text.substr(0, step.text.find(":-"));
        std::vector<Binding> hidden;
        for (const Binding& b : step.bindings) {
            if (head.find(b.variable) == std::string::npos) hidden.push_back(b);
        }
        return shown(hidden);
    }

    std::string taken(const Step& step) const {
        if (step.uses.empty()) return "";
        const Choice& choice = proof_.choices[step.uses[0].choice];
        if (choice.kind == Choice::Kind::free) return "  free choice";
        if (step.uses[0].alternatives.empty()) return "";
        double weight = choice.alternatives[step.uses[0].alternatives[0]].weight;
        if (step.probability == weight) return "";
        return fmt::format("  (itself {:.9g})", weight);
    }

    std::string seen(const Choice& choice) const {
        std::string out = "perceived by " + choice.module;
        if (!choice.concept_name.empty()) out += "." + choice.concept_name;
        out += " on input " + choice.input;
        if (!choice.input_path.empty()) out += " (\"" + choice.input_path + "\")";
        std::vector<const Alternative*> best;
        for (const Alternative& a : choice.alternatives) best.push_back(&a);
        std::ranges::stable_sort(best, std::ranges::greater{}, &Alternative::weight);
        for (std::size_t i = 0; i < best.size() && i < options_.max_values; ++i) {
            out +=
                fmt::format("{}{} {:.9g}", i == 0 ? ": " : ", ", best[i]->value, best[i]->weight);
        }
        return best.size() > options_.max_values ? out + ", …" : out;
    }

    static std::string counts(const Step& step) {
        auto count = [&](Member::Status status) {
            return std::ranges::count(step.members, status, &Member::status);
        };
        std::string out = fmt::format("  over {} that hold", count(Member::Status::counted));
        if (auto n = count(Member::Status::absent)) out += fmt::format(", {} that do not", n);
        if (auto n = count(Member::Status::open)) {
            out += fmt::format(", {} that change nothing", n);
        }
        return out;
    }

    // --- what hangs from a step ---

    /// Can what fails stand behind the atom?
    static bool is_short(const Step& step) {
        return step.failures.size() == 1 && step.failures[0].kind != Failure::Kind::premise;
    }

    std::vector<Node> below(const Step& step) {
        std::vector<Node> result;
        for (const Premise& premise : step.premises) {
            if (premise.step == kNone) {
                result.push_back({kNone, premise.literal});
                continue;
            }
            // The input itself says nothing that its perception has not said.
            bool is_input = perceived(step) != nullptr && proof_.steps[premise.step].is_input;
            if (!is_input) result.push_back({premise.step, ""});
        }
        members(step, result);
        if (is_short(step)) return result;
        for (std::size_t i = 0; i < step.failures.size(); ++i) {
            if (i >= options_.max_failures && step.failures.size() > i + 1) {
                result.push_back(
                    {kNone, fmt::format("and {} more ways fail", step.failures.size() - i)});
                break;
            }
            result.push_back(failure(step.failures[i], step.probability));
        }
        return result;
    }

    void members(const Step& step, std::vector<Node>& result) const {
        for (Member::Status status : {Member::Status::counted, Member::Status::absent}) {
            std::size_t shown = 0, listed = 0;
            std::string others;
            for (const Member& member : step.members) {
                if (member.status != status || is_excluded(step, member)) continue;
                if (++shown <= options_.max_members) {
                    result.push_back({member.step, ""});
                    continue;
                }
                if (++listed > options_.max_listed) continue;
                others += (others.empty() ? "" : ", ") + proof_.steps[member.step].atom;
            }
            if (listed == 0) continue;
            if (listed > options_.max_listed) others += ", …";
            result.push_back(
                {kNone, fmt::format("and {} more {}: {}", listed,
                                    status == Member::Status::counted ? "that hold" : "that do not",
                                    others)});
        }
    }

    /// Does it not hold because a choice takes what another member says?
    bool is_excluded(const Step& step, const Member& member) const {
        if (member.status != Member::Status::absent) return false;
        const auto& failures = proof_.steps[member.step].failures;
        auto is_taken = [&](const ChoiceUse& use, const Failure& failure) {
            return use.choice == failure.use.choice && use.alternatives.size() == 1 &&
                   !proof_.choices[use.choice].alternatives[use.alternatives[0]].atom.empty();
        };
        return std::ranges::all_of(failures, [&](const Failure& failure) {
            return failure.kind == Failure::Kind::choice &&
                   std::ranges::any_of(
                       step.uses, [&](const ChoiceUse& use) { return is_taken(use, failure); });
        });
    }

    /// `worth`: of the step, to say no number twice.
    Node failure(const Failure& failure, std::optional<double> worth) {
        std::string rule = cited(failure.place, failure.text) + shown(failure.bindings);
        if (!rule.empty()) rule = "not by " + rule + "  since ";
        switch (failure.kind) {
            case Failure::Kind::choice:
                return {kNone, rule + instead(failure, worth)};
            case Failure::Kind::premise:
                return {failure.step, rule};
            case Failure::Kind::circular:
                return {kNone, rule + failure.literal + " would need this itself"};
            case Failure::Kind::literal:
                return {kNone, rule + failure.literal + " does not hold"};
        }
        return {};
    }

    /// What a choice takes instead of the alternative that fails.
    std::string instead(const Failure& failure, std::optional<double> worth) const {
        const Choice& choice = proof_.choices[failure.use.choice];
        double weight = 0;
        std::string values;
        for (std::uint32_t k : failure.use.alternatives) {
            weight += choice.alternatives[k].weight;
            if (choice.alternatives.size() > 5) continue;
            const std::string& atom = choice.alternatives[k].atom;
            values += (values.empty() ? "" : " or ") + (atom.empty() ? "none" : atom);
        }
        bool is_said = choice.kind == Choice::Kind::free || worth == weight;
        std::string share = is_said ? "" : fmt::format("  {:.9g}", weight);
        if (choice.kind == Choice::Kind::coin) return "the coin falls the other way" + share;
        if (values.empty()) values = "another alternative";
        return "the choice takes " + values + share;
    }

    void conditions() {
        if (proof_.conditions.empty()) return;
        out_ += "\ngiven\n";
        for (std::size_t i = 0; i < proof_.conditions.size(); ++i) {
            if (i == options_.max_conditions && proof_.conditions.size() > i + 1) {
                out_ += fmt::format("   and {} more\n", proof_.conditions.size() - i);
                return;
            }
            const Condition& condition = proof_.conditions[i];
            out_ += "   ";
            out_ += condition.is_constraint ? "constraint  " : "evidence  ";
            out_ += cut(condition.text);
            if (std::string at = print(condition.place); !at.empty()) out_ += "  " + at;
            out_ += "\n";
        }
    }

    const Proof& proof_;
    const TextOptions& options_;
    std::vector<bool> is_printed_;           // by step
    std::vector<StepId> continued_;          // the roots of the trees
    std::vector<std::size_t> continued_at_;  // by step: its tree; 0: none of its own
    std::set<std::string> cited_;
    std::string out_;
};

}  // namespace

std::string print_text(const Proof& proof, const TextOptions& options) {
    return Printer(proof, options).run();
}

}  // namespace entail::proof

#include "tests/programs/oracle/oracle.h"

#include <algorithm>
#include <map>
#include <memory>

#include "programs/syntax/parser.h"
#include "tests/programs/oracle/world.h"

namespace entail::tests {

namespace {

/// The tree of all worlds, grown lazily: whenever a world needs a choice that is not fixed, it is
/// started again once for each value of that choice. Free choices branch outside of the weighted
/// ones: a way fixes every free choice that some world under it meets.
class Enumeration {
public:
    Enumeration(Reading& reading, std::size_t max_worlds)
        : reading_(reading), max_worlds_(max_worlds), answers_(reading.queries.size()) {}

    OracleResult run() {
        way();
        OracleResult result;
        result.worlds = worlds_;
        result.inconsistent = ways_ == 0;
        for (std::size_t q = 0; q < answers_.size(); ++q)
            result.queries.push_back(conclude(reading_.queries[q], answers_[q]));
        return result;
    }

private:
    struct Range {
        double lower = 1.0, upper = 0.0;
        std::size_t ways = 0;
    };
    struct FreeChoice {
        Undecided choice;
    };

    void way() {
        const Decisions before = decisions_;
        try {
            mass_ = 0.0;
            masses_.assign(reading_.queries.size(), {});
            world(1.0);
            finish_way();
        } catch (const FreeChoice& needed) {
            decisions_ = before;
            for (const auto& [value, weight] : needed.choice.values) {
                decisions_[needed.choice.instance] = value;
                way();
            }
            decisions_.erase(needed.choice.instance);
        }
    }

    void world(long double weight) {
        Undecided choice;
        try {
            weigh(weight);
            return;
        } catch (const Undecided& undecided) {
            if (undecided.free) throw FreeChoice{undecided};
            choice = undecided;
        }
        for (const auto& [value, chance] : choice.values) {
            decisions_[choice.instance] = value;
            world(weight * static_cast<long double>(chance));
        }
        decisions_.erase(choice.instance);
    }

    void weigh(long double weight) {
        World world(reading_, decisions_);
        if (++worlds_ > 2 * max_worlds_) throw OracleRefusal("too many worlds");
        for (const Clause& constraint : reading_.constraints) {
            if (world.violates(constraint)) return;
        }
        for (const Question& evidence : reading_.evidence) {
            if (evidence.slot_count != 0) throw OracleRefusal("evidence with variables");
            if (world.holding(evidence).empty() != evidence.negated) return;
        }
        std::vector<std::set<Tuple>> held;
        for (const Question& query : reading_.queries) {
            held.push_back(world.holding(query));
            if (query.negated) {
                if (query.slot_count != 0) throw OracleRefusal("a negated query with variables");
                if (held.back().empty()) {
                    held.back().insert(atom(query));
                } else {
                    held.back().clear();
                }
            }
        }
        mass_ += weight;
        for (std::size_t q = 0; q < held.size(); ++q) {
            for (const Tuple& tuple : held[q]) masses_[q][tuple] += weight;
        }
    }

    void finish_way() {
        if (mass_ <= 0.0) return;
        ++ways_;
        for (std::size_t q = 0; q < masses_.size(); ++q) {
            for (const auto& [tuple, mass] : masses_[q]) {
                Range& range = answers_[q][tuple];
                const double probability = static_cast<double>(mass / mass_);
                range.lower = std::min(range.lower, probability);
                range.upper = std::max(range.upper, probability);
                ++range.ways;
            }
        }
    }

    static Tuple atom(const Question& query) {
        Tuple tuple;
        for (const Pattern& arg : query.args) tuple.push_back(arg.ground);
        return tuple;
    }

    OracleQuery conclude(const Question& query, std::map<Tuple, Range>& ranges) {
        OracleQuery result;
        result.ground = query.slot_count == 0;
        if (result.ground && ranges.empty()) ranges[atom(query)] = {0.0, 0.0, ways_};
        std::vector<std::pair<Id, OracleAnswer>> answers;
        for (const auto& [tuple, range] : ranges) {
            const std::string& name =
                reading_.predicates[static_cast<std::size_t>(query.predicate)].name;
            const Id term =
                tuple.empty() ? reading_.terms.atom(name) : reading_.terms.compound(name, tuple);
            answers.emplace_back(
                term, OracleAnswer{(query.negated ? "\\+" : "") + reading_.terms.print(term),
                                   range.ways < ways_ ? 0.0 : range.lower, range.upper});
        }
        std::sort(answers.begin(), answers.end(), [&](const auto& a, const auto& b) {
            return reading_.terms.compare(a.first, b.first) < 0;
        });
        for (auto& [term, answer] : answers) result.answers.push_back(std::move(answer));
        return result;
    }

    Reading& reading_;
    std::size_t max_worlds_;
    Decisions decisions_;
    std::size_t worlds_ = 0, ways_ = 0;
    long double mass_ = 0.0;
    std::vector<std::map<Tuple, long double>> masses_;  // by query, within one way
    std::vector<std::map<Tuple, Range>> answers_;       // by query, over the ways
};

}  // namespace

OracleResult ask_oracle(std::string_view program, std::size_t max_worlds) {
    SourceSet sources;
    Diagnostics diagnostics;
    const std::uint32_t source = sources.add("<text>", std::string(program));
    const ast::File file = ast::parse(source, sources, diagnostics);
    if (diagnostics.has_errors()) throw OracleProgramError(render(diagnostics, sources));
    Reading reading = read(file);
    return Enumeration(reading, max_worlds).run();
}

}  // namespace entail::tests

#include "symbolic/eval/update.h"

#include <algorithm>
#include <set>

#include "symbolic/eval/deletion.h"
#include "symbolic/eval/rounds.h"

namespace entail::eval {
namespace {

using ir::Literal;

/// Dead rows that are left lying in any relation.
constexpr Row kFewDead = 1000;

/// Which predicates a change reaches.
struct Reach {
    std::vector<bool> affected;  ///< by positive literals alone: maintained
    std::vector<bool> cleared;   ///< through a negation or an aggregate somewhere: made anew
    bool is_certain = true;      ///< nothing uncertain depends on it
};

Reach reach_of(const ir::Specialised& specialised, const Database& database, const Change& change) {
    Reach reach;
    reach.affected.resize(database.predicates.size());
    reach.cleared.resize(database.predicates.size());
    for (const auto* facts : {&change.added, &change.removed}) {
        for (const ExtraFact& fact : *facts) reach.affected[fact.predicate] = true;
    }
    for (bool grows = true; grows;) {
        grows = false;
        for (const auto& [rule, group] : specialised.rules) {
            bool touched = false, anew = false;
            for (const Literal& literal : rule.body) {
                ir::PredicateId p = literal.atom.predicate;
                if (p == ir::kNone || !(reach.affected[p] || reach.cleared[p])) continue;
                touched = true;
                anew = anew || reach.cleared[p] || literal.kind != Literal::Kind::atom;
            }
            if (!touched) continue;
            for (const ir::Head& head : rule.heads) {
                auto& marks = anew ? reach.cleared : reach.affected;
                grows = grows || !marks[head.atom.predicate];
                marks[head.atom.predicate] = true;
            }
        }
    }
    for (ir::PredicateId p = 0; p < reach.affected.size(); ++p) {
        if (reach.cleared[p]) reach.affected[p] = false;
        bool is_reached = reach.affected[p] || reach.cleared[p];
        if (is_reached && !database.relations[p].all_certain()) reach.is_certain = false;
    }
    for (const auto& [rule, group] : specialised.rules) {
        ir::PredicateId head = rule.heads[0].atom.predicate;
        if (!reach.affected[head] && !reach.cleared[head]) continue;
        bool is_certain =
            rule.choice == ir::kNone && std::ranges::all_of(rule.body, [&](const Literal& literal) {
                return literal.atom.predicate == ir::kNone ||
                       database.relations[literal.atom.predicate].all_certain();
            });
        reach.is_certain = reach.is_certain && is_certain;
    }
    return reach;
}

/// Recursion through min or max keeps the best rows alone: what a removal would bring back is gone.
bool reaches_extrema(const ir::Program& program, const Reach& reach) {
    auto is_reached = [&](ir::PredicateId p) { return reach.affected[p] || reach.cleared[p]; };
    return std::ranges::any_of(program.improving,
                               [&](const ir::Improving& i) { return is_reached(i.predicate); }) ||
           std::ranges::any_of(program.twins, [&](const auto& twin) {
               return is_reached(twin.first) || is_reached(twin.second);
           });
}

class Update {
public:
    Update(const ir::Program& program, const ir::Specialised& specialised, Database& database,
           const std::vector<ExtraFact>& extra, const Reach& reach, Rounds& rounds)
        : program_(program),
          specialised_(specialised),
          database_(database),
          extra_(extra),
          reach_(reach),
          rounds_(rounds) {}

    void run(const Change& change) {
        if (!change.removed.empty()) remove(change.removed);
        clear();
        for (const ExtraFact& fact : change.added) rounds_.add_fact(fact.predicate, fact.row);
        rounds_.run();
    }

private:
    void remove(const std::vector<ExtraFact>& removed) {
        // What is stated matters where rules conclude the same predicate; elsewhere, what is
        // removed is gone.
        std::vector<bool> concluded(database_.predicates.size());
        for (const auto& [rule, group] : specialised_.rules) {
            for (const ir::Head& head : rule.heads) {
                concluded[head.atom.predicate] = reach_.affected[head.atom.predicate];
            }
        }
        using Fact = std::pair<ir::PredicateId, std::vector<std::uint32_t>>;
        auto fact_of = [](ir::PredicateId p, std::span<const Value> row) {
            Fact fact{p, {}};
            for (Value value : row) fact.second.push_back(value.bits());
            return fact;
        };
        std::set<Fact> stated;
        for_each_fact(program_, specialised_, extra_,
                      [&](ir::PredicateId p, std::span<const Value> row) {
                          if (concluded[p]) stated.insert(fact_of(p, row));
                      });
        Deletion deletion(specialised_, database_, rounds_.budget(), rounds_.aggregates(),
                          reach_.affected, [&](ir::PredicateId p, std::span<const Value> row) {
                              return !stated.empty() && stated.contains(fact_of(p, row));
                          });
        for (const ExtraFact& fact : removed) {
            Row row = database_.relations[fact.predicate].find(fact.row);
            if (row != kNoRow) deletion.suspect(fact.predicate, row);
        }
        deletion.run();
        for (const auto& [predicate, tuple] : deletion.returning()) {
            rounds_.add_fact(predicate, tuple);
        }
    }

    void clear() {
        if (std::ranges::none_of(reach_.cleared, [](bool is_cleared) { return is_cleared; })) {
            return;
        }
        for (ir::PredicateId p = 0; p < reach_.cleared.size(); ++p) {
            if (reach_.cleared[p]) database_.relations[p] = Relation(database_.predicates[p].arity);
        }
        rounds_.run_again(reach_.cleared);
        for_each_fact(program_, specialised_, extra_,
                      [&](ir::PredicateId p, std::span<const Value> row) {
                          if (reach_.cleared[p]) rounds_.add_fact(p, row);
                      });
    }

    const ir::Program& program_;
    const ir::Specialised& specialised_;
    Database& database_;
    const std::vector<ExtraFact>& extra_;
    const Reach& reach_;
    Rounds& rounds_;
};

}  // namespace

bool update(const ir::Program& program, const ir::Specialised& specialised, Database& database,
            const std::vector<ExtraFact>& extra, const Change& change, const Limits& limits) {
    if (!database.open_columns.empty()) return false;  // its rules are others: ir/unknowns.h
    Reach reach = reach_of(specialised, database, change);
    if (!reach.is_certain || reaches_extrema(program, reach)) return false;
    Diagnostics diagnostics;
    try {
        Rounds rounds(program, specialised, database, limits, diagnostics, Rounds::From::fixpoint);
        Update(program, specialised, database, extra, reach, rounds).run(change);
    } catch (const LimitReached&) {
        return false;
    }
    for (Relation& relation : database.relations) {
        if (relation.dead_count() > relation.size() / 2 + kFewDead) relation.compact();
    }
    return !diagnostics.has_errors();
}

}  // namespace entail::eval

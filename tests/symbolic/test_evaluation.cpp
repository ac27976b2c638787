#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "symbolic/eval/evaluator.h"
#include "symbolic/eval/index.h"
#include "symbolic/eval/plan.h"
#include "symbolic/ir/demand.h"
#include "tests/support/seed.h"
#include "tests/symbolic/naive_datalog.h"

using namespace entail;
using namespace entail::tests;
using eval::Database;
using eval::kNoRow;
using eval::Relation;
using eval::Row;

namespace {

/// All of every predicate.
Database evaluate_all(const ir::Program& program, unsigned threads) {
    std::vector<ir::Call> calls;
    for (ir::PredicateId p = 0; p < program.predicates.size(); ++p) {
        ir::Call call;
        call.atom.predicate = p;
        for (std::uint32_t c = 0; c < program.predicates[p].arity; ++c) {
            call.atom.args.push_back(ir::Term::make_variable(c));
            call.variables.push_back("A" + std::to_string(c));
        }
        calls.push_back(std::move(call));
    }
    Diagnostics diagnostics;
    ir::Specialised specialised = ir::specialise(program, calls, diagnostics);
    REQUIRE_FALSE(diagnostics.has_errors());
    eval::Limits limits;
    limits.threads = threads;
    Database database =
        eval::evaluate(program, specialised, program.values, {}, limits, diagnostics);
    REQUIRE_FALSE(diagnostics.has_errors());
    REQUIRE(database.limits.empty());
    return database;
}

std::vector<std::uint32_t> bits(std::span<const Value> tuple) {
    std::vector<std::uint32_t> result;
    for (Value value : tuple) result.push_back(value.bits());
    return result;
}

/// Rows, rounds, nodes and derivations: all that evaluation says.
std::vector<std::uint32_t> everything(const Database& database) {
    std::vector<std::uint32_t> all;
    for (const Relation& relation : database.relations) {
        all.push_back(relation.size());
        for (Row row = 0; row < relation.size(); ++row) {
            for (Value value : relation[row]) all.push_back(value.bits());
            all.push_back(relation.round(row));
            all.push_back(relation.node(row));
        }
    }
    const auto& graph = database.graph;
    for (provenance::DerivationId d = 0; d < graph.derivation_count(); ++d) {
        const auto& derivation = graph.derivation(d);
        all.insert(all.end(), {derivation.conclusion, derivation.rule, derivation.choice.choice});
        for (provenance::Premise p : graph.premises(derivation)) {
            all.push_back(p.node() * 2 + (p.negated() ? 1 : 0));
        }
    }
    return all;
}

ir::Atom atom(ir::PredicateId predicate, const std::vector<ir::VariableId>& variables) {
    ir::Atom made;
    made.predicate = predicate;
    for (ir::VariableId v : variables) made.args.push_back(ir::Term::make_variable(v));
    return made;
}

ir::Literal literal(ir::PredicateId predicate, const std::vector<ir::VariableId>& variables) {
    ir::Literal made;
    made.atom = atom(predicate, variables);
    return made;
}

ir::Rule rule(ir::Atom head, std::vector<ir::Literal> body) {
    ir::Rule made;
    made.heads.push_back({std::move(head), 0});
    made.body = std::move(body);
    for (int v = 0; v < 6; ++v) made.variables.push_back("V" + std::to_string(v));
    made.variable_spans.resize(6);
    return made;
}

/// Predicates 0: edge/2, 1: path/2, 2: triangle/3, 3: square/4, 4: near/2, and their rules.
ir::Program graph_program(std::uint32_t nodes, std::size_t edges, bool with_coins,
                          std::mt19937_64& random) {
    ir::Program program;
    for (auto [name, arity] : std::initializer_list<std::pair<const char*, std::uint32_t>>{
             {"edge", 2}, {"path", 2}, {"triangle", 3}, {"square", 4}, {"near", 2}}) {
        program.add_predicate({name, arity, {}, false, false});
    }
    for (std::size_t i = 0; i < edges; ++i) {
        Value from = program.values.integer(static_cast<std::int64_t>(random() % nodes));
        Value to = program.values.integer(static_cast<std::int64_t>(random() % nodes));
        if (with_coins && random() % 8 == 0) {
            ir::ChoiceRule coin;
            coin.weights.push_back({ir::Weight::Kind::constant, 0.5, {}, 0});
            coin.silent = true;
            ir::Rule fact = rule(atom(0, {}), {});
            fact.heads[0].atom.args = {ir::Term::make_constant(from), ir::Term::make_constant(to)};
            fact.choice = static_cast<std::uint32_t>(program.choices.size());
            program.choices.push_back(coin);
            program.rules.push_back(fact);
        } else {
            program.add_fact(0, std::vector<Value>{from, to}, {});
        }
    }
    program.rules.push_back(rule(atom(1, {0, 1}), {literal(0, {0, 1})}));
    program.rules.push_back(rule(atom(1, {0, 1}), {literal(1, {0, 2}), literal(0, {2, 1})}));
    program.rules.push_back(
        rule(atom(2, {0, 1, 2}), {literal(0, {0, 1}), literal(0, {1, 2}), literal(0, {0, 2})}));
    program.rules.push_back(rule(atom(3, {0, 1, 2, 3}), {literal(0, {0, 1}), literal(0, {1, 2}),
                                                         literal(0, {2, 3}), literal(0, {3, 0})}));
    program.rules.push_back(
        rule(atom(4, {0, 2}), {literal(0, {0, 1}), literal(0, {1, 2}), literal(0, {2, 3})}));
    return program;
}

}  // namespace

TEST_CASE("evaluation finds the least model that naive evaluation finds, with any threads") {
    std::mt19937_64 random(random_seed());
    for (int i = 0; i < 1500; ++i) {
        RandomDatalog datalog = random_datalog(random);
        std::vector<Tuples> expected = naive_model(datalog);
        Database database = evaluate_all(datalog.program, 1);
        for (ir::PredicateId p = 0; p < expected.size(); ++p) {
            Tuples found;
            const Relation& relation = database.relations[p];
            for (Row row = 0; row < relation.size(); ++row) {
                CHECK(relation.find(relation[row]) == row);
                found.insert(bits(relation[row]));
            }
            CHECK(found.size() == relation.size());
            REQUIRE(found == expected[p]);
        }
        if (i % 20 != 0) continue;
        for (unsigned threads : {2, 3}) {
            REQUIRE(everything(evaluate_all(datalog.program, threads)) == everything(database));
        }
    }
}

TEST_CASE("one, two and three threads give the same rows, nodes and derivations in one order") {
    std::mt19937_64 random(random_seed());
    for (bool with_coins : {false, true}) {
        ir::Program program = with_coins ? graph_program(250, 450, true, random)
                                         : graph_program(300, 1500, false, random);
        auto expected = everything(evaluate_all(program, 1));
        for (unsigned threads : {2, 3}) {
            REQUIRE(everything(evaluate_all(program, threads)) == expected);
        }
    }
}

TEST_CASE("joins of cyclic bodies find what plain nested loops find") {
    std::mt19937_64 random(random_seed());
    for (int i = 0; i < 20; ++i) {
        std::uint32_t nodes = 5 + static_cast<std::uint32_t>(random() % 20);
        RandomDatalog datalog{graph_program(nodes, nodes * 3, false, random), {}};
        datalog.stratum.assign(5, 0);
        std::vector<Tuples> expected = naive_model(datalog);
        Database database = evaluate_all(datalog.program, 1);
        for (ir::PredicateId p = 0; p < expected.size(); ++p) {
            Tuples found;
            for (Row row = 0; row < database.relations[p].size(); ++row) {
                found.insert(bits(database.relations[p][row]));
            }
            REQUIRE(found == expected[p]);
        }
    }
}

TEST_CASE("a triangle is planned as an intersection, and a selective atom goes first") {
    ir::Program program;
    std::vector<Relation> relations;
    for (std::uint32_t arity : {2U, 1U}) relations.emplace_back(arity);
    std::mt19937_64 random(random_seed());
    for (int i = 0; i < 5000; ++i) {
        std::vector<Value> pair{program.values.integer(static_cast<std::int64_t>(random() % 500)),
                                program.values.integer(static_cast<std::int64_t>(random() % 500))};
        relations[0].insert(pair, 0);
    }
    relations[1].insert(std::vector<Value>{program.values.integer(7)}, 0);
    ir::Rule triangle =
        rule(atom(0, {0, 1}), {literal(0, {0, 1}), literal(0, {1, 2}), literal(0, {0, 2})});
    eval::Plan plan = eval::make_plan(triangle, {0, true}, relations);
    REQUIRE(plan.steps.size() == 2);
    CHECK(plan.steps[1].access == eval::Step::Access::intersect);
    ir::Rule selective =
        rule(atom(0, {0, 2}), {literal(0, {0, 1}), literal(0, {1, 2}), literal(1, {0})});
    plan = eval::make_plan(selective, {std::nullopt, true}, relations);
    CHECK(plan.steps[0].literal == &selective.body[2]);
    CHECK(plan.steps[1].literal == &selective.body[0]);
}

TEST_CASE("a relation is a set with rows in order of arrival, sparse or dense") {
    std::mt19937_64 random(random_seed());
    for (std::uint32_t range : {10U, 150U, 2000U, 1U << 20U}) {
        for (std::uint32_t arity : {0U, 1U, 2U, 3U}) {
            ValueStore values;
            Relation relation(arity);
            std::set<std::vector<std::uint32_t>> known;
            std::vector<std::vector<std::uint32_t>> order;
            for (int i = 0; i < 30000; ++i) {
                // A dense corner first, then all of the range: representations change back and
                // forth.
                std::uint32_t limit = i < 15000 ? std::min(range, 100U) : range;
                std::vector<Value> tuple;
                while (tuple.size() < arity) {
                    tuple.push_back(values.integer(static_cast<std::int64_t>(random() % limit)));
                }
                auto key = bits(tuple);
                REQUIRE(relation.contains(tuple) == known.contains(key));
                REQUIRE(relation.insert(tuple, static_cast<std::uint32_t>(i / 1000)) ==
                        known.insert(key).second);
                if (relation.size() > order.size()) order.push_back(key);
            }
            REQUIRE(relation.size() == order.size());
            for (Row row = 0; row < relation.size(); ++row) {
                REQUIRE(bits(relation[row]) == order[row]);
                REQUIRE(relation.find(relation[row]) == row);
                REQUIRE((row == 0 || relation.round(row - 1) <= relation.round(row)));
            }
            for (eval::Columns columns = 1; columns < eval::Columns{1} << arity; ++columns) {
                eval::Index& index = relation.index(columns);
                std::map<std::vector<std::uint32_t>, std::vector<Row>> expected;
                for (Row row = 0; row < relation.size(); ++row) {
                    index.catch_up(row + 1);
                    std::vector<std::uint32_t> key;
                    for (std::uint32_t c = 0; c < arity; ++c) {
                        if ((columns >> c & 1U) != 0) key.push_back(order[row][c]);
                    }
                    expected[key].push_back(row);
                }
                for (const auto& [key, rows] : expected) {
                    std::vector<Value> looked_up;
                    for (std::uint32_t b : key) looked_up.push_back(Value::from_bits(b));
                    REQUIRE(std::ranges::equal(index.rows(looked_up), rows));
                }
            }
        }
    }
}

TEST_CASE("rows that are erased are gone, come back under new numbers, and leave when compacted") {
    std::mt19937_64 random(random_seed());
    for (std::uint32_t range : {60U, 5000U}) {
        ValueStore values;
        Relation relation(2);
        std::map<std::vector<std::uint32_t>, std::uint32_t> round_of;
        for (std::uint32_t step = 0; step < 40000; ++step) {
            std::vector<Value> tuple{values.integer(static_cast<std::int64_t>(random() % range)),
                                     values.integer(static_cast<std::int64_t>(random() % range))};
            if (range > 60 && step % 3 == 0 && relation.size() > 0) {
                auto some = relation[static_cast<Row>(random() % relation.size())];
                tuple.assign(some.begin(), some.end());
            }
            REQUIRE(relation.contains(tuple) == round_of.contains(bits(tuple)));
            if (relation.contains(tuple)) {
                relation.erase(relation.find(tuple));
                round_of.erase(bits(tuple));
            } else {
                relation.insert(tuple, step / 100);
                round_of[bits(tuple)] = step / 100;
            }
            if (step % 7000 == 6999) relation.compact();
        }
        CHECK(relation.size() - relation.dead_count() == round_of.size());
        for (Row row = 0; row < relation.size(); ++row) {
            if (relation.is_dead(row)) continue;
            REQUIRE(round_of.at(bits(relation[row])) == relation.round(row));
        }
        relation.compact();
        CHECK(relation.size() == round_of.size());
        CHECK(relation.dead_count() == 0);
    }
}

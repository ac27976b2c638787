#include "symbolic/eval/theory.h"

#include <algorithm>

#include "symbolic/eval/index.h"
#include "symbolic/eval/pattern.h"
#include "symbolic/ir/unknowns.h"

namespace entail::eval {

using provenance::kNone;
using provenance::NodeId;
using provenance::Premise;

namespace {

std::vector<std::uint32_t> bits_of(std::span<const Value> values) {
    std::vector<std::uint32_t> bits;
    for (Value value : values) bits.push_back(value.bits());
    return bits;
}

}  // namespace

Theory::Theory(const ir::Program& program, Database& database)
    : program_(program), database_(database) {
    for (const auto& [id, literal] : database.theory) {
        choices_[{literal.op, literal.left.bits(), literal.right.bits()}] = id;
    }
    for (NodeId node = 0; !database.theory.empty() && node < database.origins.size(); ++node) {
        const NodeOrigin& origin = database.origins[node];
        if (origin.kind != NodeOrigin::Kind::comparison) continue;
        literals_[{origin.row, database.values.as_integer(origin.value) != 0}] = node;
    }
    for (const UnknownInstance& known : database.unknowns) {
        unknowns_[{known.source, bits_of(known.key)}] = known.value;
        is_own_instance(known.source, known.key);
    }
}

std::optional<Value> Theory::unknown(std::uint32_t choice, std::span<const Value> key) {
    auto place = unknowns_.find({choice, bits_of(key)});
    if (place != unknowns_.end()) return place->second;
    if (!is_own_instance(choice, key)) return std::nullopt;
    ValueStore& values = database_.values;
    const ir::ChoiceRule& rule = program_.choices[choice];
    const ir::Atom& head = rule.heads[0];
    std::vector<Value> bindings(rule.variables.size(), values.nil());
    for (std::size_t i = 0; i < rule.key.size(); ++i) bindings[rule.key[i]] = key[i];
    UnknownInstance made{{}, choice, {key.begin(), key.end()}, head.predicate, {}};
    std::string name = quote_atom(program_.predicates[head.predicate].name);
    for (std::size_t c = 0; c + 1 < head.args.size(); ++c) {
        made.tuple.push_back(build(head.args[c], bindings, values));
        name += (c == 0 ? "(" : ",") + values.print(made.tuple.back());
    }
    if (head.args.size() > 1) name += ')';
    auto bound = [&](const std::optional<std::int64_t>& number) {
        return number ? std::optional(values.integer(*number)) : std::nullopt;
    };
    const ir::Numbers& numbers = *rule.numbers;
    made.value = values.unknown(
        {std::move(name), numbers.is_integer, bound(numbers.lower), bound(numbers.upper)});
    made.tuple.push_back(made.value);
    unknowns_[{choice, bits_of(key)}] = made.value;
    database_.unknowns.push_back(std::move(made));
    return database_.unknowns.back().value;
}

bool Theory::is_own_instance(std::uint32_t choice, std::span<const Value> key) {
    Instances& met = instances_[choice];
    std::vector<ir::NormalComparison> equal;
    auto may_be_same = [&](const std::vector<Value>& other) {
        for (std::size_t i = 0; i < other.size(); ++i) {
            if (!equalities(other[i], key[i], equal)) return false;
        }
        return !std::ranges::equal(other, key);
    };
    if (std::ranges::any_of(met.open, may_be_same)) return false;
    bool is_open =
        std::ranges::any_of(key, [&](Value v) { return database_.values.has_unknown(v); });
    if (is_open && std::ranges::any_of(met.known, may_be_same)) return false;
    (is_open ? met.open : met.known).emplace_back(key.begin(), key.end());
    return true;
}

NodeId Theory::new_node(NodeOrigin origin) {
    database_.origins.push_back(origin);
    return database_.graph.add_node();
}

NodeId Theory::literal(const ir::NormalComparison& comparison) {
    auto [place, is_new] = choices_.try_emplace(
        {comparison.op, comparison.left.bits(), comparison.right.bits()}, kNone);
    if (is_new) {
        place->second = database_.graph.add_theory_choice();
        database_.weights.push_back({{0, 0}, {ir::kNone, ir::kNone}, {}});
        database_.theory[place->second] = {comparison.op, comparison.left, comparison.right};
    }
    auto [node, first] = literals_.try_emplace({place->second, comparison.negated}, kNone);
    if (first) {
        std::uint32_t alternative = comparison.negated ? 1 : 0;
        node->second = new_node({NodeOrigin::Kind::comparison, ir::kNone, place->second,
                                 database_.values.integer(alternative)});
        database_.graph.add_derivation(node->second, kNone, {}, {place->second, alternative});
    }
    return node->second;
}

bool Theory::require(ir::CompareOp op, Value a, Value b, Premises& premises) {
    ir::NormalComparison normal = ir::normalise(op, a, b, database_.values);
    if (normal.decided) return *normal.decided;
    premises.emplace_back(literal(normal), false);
    return true;
}

/// Adds what must be equal for two terms to be; false if they never are.
bool Theory::equalities(Value first, Value second, std::vector<ir::NormalComparison>& all) {
    ValueStore& values = database_.values;
    std::vector<std::pair<Value, Value>> pending{{first, second}};
    while (!pending.empty()) {
        auto [a, b] = pending.back();
        pending.pop_back();
        if (a == b) continue;
        if (!values.has_unknown(a) && !values.has_unknown(b)) return false;
        if (values.is_unknown(a) || values.is_unknown(b)) {
            bool are_numeric = (values.is_unknown(a) || values.is_number(a)) &&
                               (values.is_unknown(b) || values.is_number(b));
            if (!are_numeric || values.is_integral(a) != values.is_integral(b)) return false;
            ir::NormalComparison normal = ir::normalise(ir::CompareOp::equal, a, b, values);
            if (!normal.decided) {
                all.push_back(normal);
            } else if (!*normal.decided) {
                return false;
            }
            continue;
        }
        if (values.kind(a) != ValueKind::compound || values.kind(b) != ValueKind::compound) {
            return false;
        }
        auto as = values.arguments(a), bs = values.arguments(b);
        if (values.functor(a) != values.functor(b) || as.size() != bs.size()) return false;
        for (std::size_t i = as.size(); i-- > 0;) pending.emplace_back(as[i], bs[i]);
    }
    return true;
}

bool Theory::require_equal(Value a, Value b, Premises& premises) {
    if (a == b) return true;
    std::vector<ir::NormalComparison> equal;
    if (!equalities(a, b, equal)) return false;
    for (const ir::NormalComparison& one : equal) premises.emplace_back(literal(one), false);
    return true;
}

bool Theory::require_unequal(Value a, Value b, Premises& premises) {
    std::vector<ir::NormalComparison> equal;
    if (!equalities(a, b, equal)) return true;
    if (equal.empty()) return false;
    if (equal.size() == 1) {
        equal[0].negated = !equal[0].negated;
        premises.emplace_back(literal(equal[0]), false);
        return true;
    }
    Premises all;
    for (const ir::NormalComparison& one : equal) all.emplace_back(literal(one), false);
    premises.emplace_back(conjunction(std::move(all)), true);
    return true;
}

NodeId Theory::conjunction(Premises premises) {
    std::ranges::sort(premises);
    premises.erase(std::unique(premises.begin(), premises.end()), premises.end());
    if (premises.empty()) return kNone;
    if (premises.size() == 1 && !premises[0].negated()) return premises[0].node();
    auto [place, is_new] = conjunctions_.try_emplace(premises, kNone);
    if (is_new) {
        place->second = new_node({NodeOrigin::Kind::conjunction, ir::kNone, 0, {}});
        database_.graph.add_derivation(place->second, kNone, premises);
    }
    return place->second;
}

bool Theory::is_open(ir::PredicateId predicate, std::span<const Value> tuple) const {
    if (database_.open_columns.empty()) return false;
    return database_.open_columns[predicate] != 0 ||
           std::ranges::any_of(tuple, [&](Value v) { return database_.values.has_unknown(v); });
}

std::vector<Row> Theory::candidates(ir::PredicateId predicate, std::span<const Value> tuple) {
    Relation& relation = database_.relations[predicate];
    Columns columns = 0;
    std::vector<Value> key;
    for (std::size_t c = 0; c < tuple.size(); ++c) {
        if ((database_.open_columns[predicate] >> c & 1U) != 0) continue;
        if (database_.values.has_unknown(tuple[c])) continue;
        columns |= Columns{1} << c;
        key.push_back(tuple[c]);
    }
    std::vector<Row> rows;
    if (columns == 0) {
        for (Row row = 0; row < relation.size(); ++row) rows.push_back(row);
        return rows;
    }
    Index& index = relation.index(columns);
    index.catch_up(relation.size());
    auto found = index.rows(key);
    rows.assign(found.begin(), found.end());
    return rows;
}

bool Theory::starts_with(ir::PredicateId predicate, Row row, std::span<const Value> tuple,
                         Premises& premises) {
    std::vector<ir::NormalComparison> equal;
    auto values = database_.relations[predicate][row];
    for (std::size_t c = 0; c < tuple.size(); ++c) {
        if (!equalities(values[c], tuple[c], equal)) return false;
    }
    for (const ir::NormalComparison& one : equal) premises.emplace_back(literal(one), false);
    return true;
}

bool Theory::require_absent(ir::PredicateId predicate, std::span<const Value> tuple,
                            Premises& premises) {
    const Relation& relation = database_.relations[predicate];
    auto [place, is_new] = present_.try_emplace({predicate, bits_of(tuple)}, kNone);
    if (!is_new && place->second != kNone) {
        premises.emplace_back(place->second, true);
        return true;
    }
    std::vector<Premises> ways;
    bool is_certain = false;
    each_equal(predicate, tuple, [&](Row row, const Premises& equal) {
        ways.push_back(equal);
        if (!relation.is_certain(row)) ways.back().emplace_back(relation.node(row), false);
        is_certain = is_certain || ways.back().empty();
    });
    if (is_certain) return false;
    if (ways.empty()) return true;
    NodeId present = kNone;
    if (ways.size() == 1) {
        present = conjunction(std::move(ways[0]));
    } else {
        database_.asked.push_back({predicate, {tuple.begin(), tuple.end()}});
        present = new_node(
            {NodeOrigin::Kind::asked, predicate, static_cast<Row>(database_.asked.size() - 1), {}});
        for (const Premises& way : ways) database_.graph.add_derivation(present, kNone, way);
    }
    present_[{predicate, bits_of(tuple)}] = present;
    premises.emplace_back(present, true);
    return true;
}

namespace {

/// The rows that answer `call` in some world but are not the tuple that was asked for.
void add_rows(const ir::Call& call, Theory& theory, Database& database) {
    ir::Rule rule;
    rule.heads = {{call.atom, 0}};
    rule.body.resize(1);
    rule.body[0].atom = call.atom;
    rule.variables = call.variables;
    rule.variable_spans.resize(rule.variables.size());
    rule = ir::separate_unknowns(rule, database.open_columns, database.values);
    if (rule.body.size() == 1) return;
    const ir::Atom& open = rule.body[0].atom;
    ir::Bound bound(rule.variables.size(), false);
    std::vector<Pattern> patterns;
    for (const ir::Term& argument : open.args) patterns.emplace_back(argument, bound);
    std::vector<Value> bindings(rule.variables.size());
    Relation& relation = database.relations[open.predicate];
    const Row end = relation.size();
    const std::uint32_t round = end == 0 ? 0 : relation.round(end - 1) + 1;
    for (Row row = 0; row < end; ++row) {
        bool fits = true;
        for (std::size_t c = 0; fits && c < patterns.size(); ++c) {
            fits = patterns[c].match(relation[row][c], bindings, database.values);
        }
        Theory::Premises premises;
        for (std::size_t i = 1; fits && i < rule.body.size(); ++i) {
            fits = theory.require_equal(build(rule.body[i].left, bindings, database.values),
                                        build(rule.body[i].right, bindings, database.values),
                                        premises);
        }
        if (!fits || premises.empty()) continue;  // the row itself answers
        if (!relation.is_certain(row)) premises.emplace_back(relation.node(row), false);
        std::vector<Value> tuple;
        for (const ir::Term& term : call.atom.args) {
            tuple.push_back(build(term, bindings, database.values));
        }
        Row found = relation.find(tuple);
        if (found != kNoRow && relation.is_certain(found)) continue;
        NodeId node = kNone;
        if (found != kNoRow) {
            node = relation.node(found);
        } else {
            node = theory.new_node({NodeOrigin::Kind::fact, open.predicate, relation.size(), {}});
            relation.add(tuple, node, round);
        }
        database.graph.add_derivation(node, kNone, premises);
    }
}

}  // namespace

void add_asked_rows(const ir::Program& program, Database& database,
                    const std::vector<ir::Call>& calls) {
    if (database.unknowns.empty()) return;
    Theory theory(program, database);
    for (const ir::Call& call : calls) {
        if (database.open_columns[call.atom.predicate] != 0) add_rows(call, theory, database);
    }
    database.graph.freeze();
}

}  // namespace entail::eval

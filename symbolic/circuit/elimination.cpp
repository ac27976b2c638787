#include "symbolic/circuit/elimination.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <queue>

#include "symbolic/circuit/table.h"
#include "symbolic/circuit/variables.h"

// Idea: every variable's law is a table; the count of the worlds that meet the conditions is the
// product of all tables with all variables summed out, and each can be summed out as soon as the
// tables that mention it are joined. The entries are circuits instead of numbers, so the sweep is
// made once for all weights. A second sweep, from the last variable back to the first, gives the
// law of every variable at once. Rows that no world reaches, or that no question needs, are never
// made. The order is greedy: next goes the variable whose joined table is smallest, or the one that
// connects fewest others, whichever is cheaper in all.
//
// Source: Dechter, "Bucket elimination" (1999); Lauritzen and Spiegelhalter (1988) for the second
// sweep; Chavira and Darwiche, "Compiling Bayesian networks using variable elimination" (2007), for
// circuits as entries. Cost: the rows of the joined tables, at most exponential in the width of the
// order, linear for chains, automata, carries, sums and trees.

namespace entail::circuit {

namespace {

/// A set of values of a variable.
using Values = std::vector<char>;

struct Order {
    std::vector<VariableId> variables;
    double rows = 0;  ///< estimated
    std::uint32_t width = 0;
};

/// Summing out variables of the given sizes that have the given tables; `last` goes last.
Order find_order(std::span<const VariableId> variables, const std::vector<std::size_t>& sizes,
                 const std::vector<Table>& tables, VariableId last, bool fewest_connections,
                 const std::function<void()>& tick) {
    std::vector<std::vector<VariableId>> near(sizes.size());
    std::vector<std::vector<std::uint32_t>> tables_of(sizes.size());
    for (std::uint32_t t = 0; t < tables.size(); ++t) {
        const auto& scope = tables[t].scope;
        for (VariableId v : scope) near[v].insert(near[v].end(), scope.begin(), scope.end());
        for (VariableId v : scope) tables_of[v].push_back(t);
    }
    std::vector<char> gone(sizes.size(), 0);
    for (VariableId v : variables) {
        std::ranges::sort(near[v]);
        near[v].erase(std::unique(near[v].begin(), near[v].end()), near[v].end());
        std::erase(near[v], v);
    }
    // At most all combinations of values; and no more than a table has rows, times the values of
    // the others.
    const auto rows = [&](VariableId v) {
        double all = std::log2(static_cast<double>(sizes[v]));
        for (VariableId u : near[v]) all += std::log2(static_cast<double>(sizes[u]));
        double least = all;
        for (std::uint32_t t : tables_of[v]) {
            double some = all + std::log2(static_cast<double>(tables[t].rows()));
            bool whole = true;
            for (VariableId u : tables[t].scope) {
                some -= std::log2(static_cast<double>(sizes[u]));
                whole = whole && gone[u] == 0;
            }
            if (whole) least = std::min(least, some);
        }
        return std::exp2(std::min(least, 60.0));
    };
    const auto score = [&](VariableId v) {
        if (!fewest_connections) return rows(v);
        double missing = 0;
        for (std::size_t i = 0; i < near[v].size(); ++i) {
            for (std::size_t j = i + 1; j < near[v].size(); ++j) {
                if (!std::ranges::binary_search(near[near[v][i]], near[v][j]))
                    missing += std::log2(static_cast<double>(sizes[near[v][i]])) *
                               std::log2(static_cast<double>(sizes[near[v][j]]));
            }
        }
        return missing;
    };
    using Entry = std::pair<double, VariableId>;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
    std::vector<double> current(sizes.size(), -1);
    for (VariableId v : variables) {
        if (v == last) continue;
        current[v] = score(v);
        queue.emplace(current[v], v);
    }
    Order order;
    const auto eliminate_one = [&](VariableId v) {
        tick();
        order.variables.push_back(v);
        order.rows += rows(v);
        gone[v] = 1;
        order.width = std::max(order.width, static_cast<std::uint32_t>(near[v].size() + 1));
        for (VariableId u : near[v]) {
            std::vector<VariableId> merged;
            std::ranges::set_union(near[u], near[v], std::back_inserter(merged));
            std::erase_if(merged, [&](VariableId w) { return w == u || w == v; });
            near[u] = std::move(merged);
        }
        for (VariableId u : near[v]) {
            if (u == last) continue;
            current[u] = score(u);
            queue.emplace(current[u], u);
        }
    };
    while (!queue.empty()) {
        const auto [value, v] = queue.top();
        queue.pop();
        if (gone[v] == 0 && value == current[v]) eliminate_one(v);
    }
    if (last != kNone) eliminate_one(last);
    return order;
}

/// The variables that some questions rest on, with their values and tables.
class Task {
public:
    Task(const Problem& problem, const Variables& model, CircuitBuilder& builder,
         const EliminationLimits& limits, std::size_t& rows)
        : problem_(problem), model_(model), builder_(builder), limits_(limits), rows_(rows) {}

    /// What `roots` rest on, roots included.
    void include(std::span<const VariableId> roots);
    /// Only these values of `v` matter. After include.
    void restrict(VariableId v, const Values& values);
    std::size_t size() const;  ///< cases of all laws

    /// Makes the tables; false when no world is left.
    bool make_tables();
    /// Chooses the order, with `last` (or kNone) as the last; false if it takes too many rows.
    bool plan(VariableId last);
    double estimate() const { return order_.rows; }
    std::uint32_t width() const { return order_.width; }

    /// Sums out everything; what is left is the product of the results.
    CircuitNode sum_out();
    /// After sum_out: sweeps back to the variables in `asked`, or only to the last one.
    void sweep_back(const std::vector<char>& asked);
    /// After sweep_back (or sum_out, for the variable that went last): the worlds in which `v` has
    /// each of its values, times nothing from parts that do not hang together with it.
    const std::vector<CircuitNode>& law(VariableId v) const { return laws_.at(v); }
    /// The result of the part that hangs together with `v`.
    CircuitNode total(VariableId v) const { return totals_[root_of_[v]]; }
    /// `node`, of the part of `v`, times the results of all other parts.
    CircuitNode with_rest(VariableId v, CircuitNode node);

private:
    struct Bucket {
        std::vector<Table> tables;        // laws
        std::vector<VariableId> senders;  // buckets whose message comes here
        Table message;                    // what is left when the variable is summed out
        Table back;                       // from the receiver, in the second sweep
        VariableId receiver = kNone;
        bool one = true;  // only laws of variables that are summed out too, nothing restricted
        std::vector<VariableId> laws_of;  // variables whose law came in, not yet summed out
    };

    std::vector<std::uint32_t> allowed(VariableId v) const;
    Table law_table(VariableId v);
    Join join_bucket(VariableId v, bool with_back);
    Table sum(const Join& joined, VariableId v, const std::vector<VariableId>& keep,
              std::size_t left_out);
    void read_law(const Join& joined, VariableId v);
    void count_rows(std::size_t made) {
        rows_ += made;
        ticks_ += made + 1;
        if (rows_ > limits_.max_rows) throw TooMuch();
        if (ticks_ > 256) {
            ticks_ = 0;
            limits_.tick();
        }
    }

    const Problem& problem_;
    const Variables& model_;
    CircuitBuilder& builder_;
    const EliminationLimits& limits_;
    std::size_t& rows_;
    std::size_t ticks_ = 0, table_rows_ = 0;
    std::vector<VariableId> included_;  // ascending: what a variable rests on stands before it
    std::vector<Values> values_;        // by variable; empty: not included
    std::vector<char> restricted_;
    std::vector<Table> tables_;
    Order order_;
    std::vector<std::uint32_t> place_;  // in the order, by variable
    std::vector<Bucket> buckets_;       // by variable
    std::vector<VariableId> root_of_;
    std::vector<CircuitNode> totals_;                        // by root
    std::vector<std::pair<VariableId, CircuitNode>> parts_;  // results, by root
    std::vector<std::vector<CircuitNode>> laws_;
};

void Task::include(std::span<const VariableId> roots) {
    values_.resize(model_.all().size());
    restricted_.resize(model_.all().size(), 0);
    std::vector<VariableId> open;
    const auto add = [&](VariableId v) {
        if (!values_[v].empty()) return;
        values_[v].assign(model_.all()[v].size, 1);
        open.push_back(v);
        included_.push_back(v);
    };
    for (VariableId v : roots) add(v);
    while (!open.empty()) {
        const VariableId v = open.back();
        open.pop_back();
        for (VariableId u : model_.all()[v].scope) add(u);
    }
    std::ranges::sort(included_);
}

void Task::restrict(VariableId v, const Values& values) {
    for (std::size_t k = 0; k < values.size(); ++k) {
        if (values[k] == 0) values_[v][k] = 0;
    }
}

std::size_t Task::size() const {
    std::size_t cases = 0;
    for (VariableId v : included_) cases += model_.all()[v].leaves.size() + 1;
    return cases;
}

std::vector<std::uint32_t> Task::allowed(VariableId v) const {
    std::vector<std::uint32_t> result;
    for (std::uint32_t k = 0; k < values_[v].size(); ++k) {
        if (values_[v][k] != 0) result.push_back(k);
    }
    return result;
}

// The rows of the law of `v`, with columns in the order of the scope, `v` last.
Table Task::law_table(VariableId v) {
    const Variable& variable = model_.all()[v];
    Table table;
    table.scope = variable.scope;
    table.scope.push_back(v);
    std::vector<std::vector<std::uint32_t>> all;
    for (VariableId u : variable.scope) all.push_back(allowed(u));
    std::vector<std::vector<std::uint32_t>> choices(all.size());
    std::vector<std::size_t> at(all.size());
    RowIndex known(table.scope.size());
    for (const Variable::Leaf& leaf : variable.leaves) {
        count_rows(0);
        bool possible = std::ranges::any_of(model_.cases(leaf), [&](const LeafCase& c) {
            return values_[v][c.value] != 0 && c.node != kFalse;
        });
        if (!possible) continue;
        std::vector<char> tested(all.size(), 0);
        for (const LeafTest& test : model_.tests(leaf)) {
            const auto column = static_cast<std::size_t>(
                std::ranges::lower_bound(variable.scope, test.variable) - variable.scope.begin());
            tested[column] = 1;
            choices[column].clear();
            model_.any_value(test, [&](std::uint32_t k) {
                if (values_[test.variable][k] != 0) choices[column].push_back(k);
                return false;
            });
        }
        for (std::size_t c = 0; c < all.size(); ++c) {
            if (tested[c] == 0) choices[c] = all[c];
            possible = possible && !choices[c].empty();
        }
        if (!possible) continue;
        std::ranges::fill(at, 0);
        for (bool more = true; more;) {
            for (const LeafCase& c : model_.cases(leaf)) {
                if (values_[v][c.value] == 0 || c.node == kFalse) continue;
                const std::size_t begin = table.values.size();
                for (std::size_t i = 0; i < all.size(); ++i)
                    table.values.push_back(choices[i][at[i]]);
                table.values.push_back(c.value);
                count_rows(1);
                const std::size_t rows = known.size();
                if (variable.overlaps &&
                    known.insert(std::span(table.values).subspan(begin)) < rows) {
                    table.values.resize(begin);
                    continue;
                }
                table.nodes.push_back(c.node);
                if (++table_rows_ > limits_.max_table_rows) throw TooMuch();
            }
            more = false;
            for (std::size_t i = all.size(); i-- > 0;) {
                if (++at[i] < choices[i].size()) {
                    more = true;
                    break;
                }
                at[i] = 0;
            }
        }
    }
    return table;
}

bool Task::make_tables() {
    // Upwards: values that no leaf gives are none.
    for (VariableId v : included_) {
        const Variable& variable = model_.all()[v];
        Values possible(variable.size, variable.choice != kNone ? 1 : 0);
        for (const Variable::Leaf& leaf : variable.leaves) {
            count_rows(0);
            const bool reached = std::ranges::all_of(model_.tests(leaf), [&](const LeafTest& t) {
                return model_.any_value(
                    t, [&](std::uint32_t k) { return values_[t.variable][k] != 0; });
            });
            if (!reached) continue;
            for (const LeafCase& c : model_.cases(leaf)) {
                if (c.node != kFalse) possible[c.value] = 1;
            }
        }
        for (std::size_t k = 0; k < variable.size; ++k) {
            if (possible[k] != 0 && values_[v][k] == 0) restricted_[v] = 1;
            if (possible[k] == 0) values_[v][k] = 0;
        }
        if (std::ranges::count(values_[v], 1) == 0) return false;
    }
    // Downwards: values that no row of a law needs are none.
    for (std::size_t i = included_.size(); i-- > 0;) {
        const VariableId v = included_[i];
        if (model_.all()[v].choice != kNone) continue;
        Table table = law_table(v);
        if (table.rows() == 0) return false;
        for (std::size_t c = 0; c + 1 < table.scope.size(); ++c) {
            Values used(values_[table.scope[c]].size(), 0);
            for (std::size_t r = 0; r < table.rows(); ++r) used[table.row(r)[c]] = 1;
            Values& now = values_[table.scope[c]];
            for (std::size_t k = 0; k < now.size(); ++k) {
                if (now[k] == 0 || used[k] != 0) continue;
                now[k] = 0;
                restricted_[table.scope[c]] = 1;
            }
            if (std::ranges::count(now, 1) == 0) return false;
        }
        tables_.push_back(std::move(table));
    }
    return true;
}

bool Task::plan(VariableId last) {
    // Rows whose values have been ruled out since go, and columns with one value left.
    std::vector<std::size_t> sizes(values_.size(), 0);
    for (VariableId v : included_)
        sizes[v] = static_cast<std::size_t>(std::ranges::count(values_[v], 1));
    for (Table& table : tables_) {
        Table kept;
        std::vector<std::size_t> columns;
        for (std::size_t c = 0; c < table.scope.size(); ++c) {
            if (sizes[table.scope[c]] == 1 && table.scope[c] != last) continue;
            columns.push_back(c);
            kept.scope.push_back(table.scope[c]);
        }
        for (std::size_t r = 0; r < table.rows(); ++r) {
            bool possible = true;
            for (std::size_t c = 0; c < table.scope.size(); ++c)
                possible = possible && values_[table.scope[c]][table.row(r)[c]] != 0;
            if (!possible) continue;
            for (std::size_t c : columns) kept.values.push_back(table.row(r)[c]);
            kept.nodes.push_back(table.nodes[r]);
        }
        table = std::move(kept);
    }
    order_ = find_order(included_, sizes, tables_, last, false, limits_.tick);
    if (order_.rows > 1e4) {
        Order other = find_order(included_, sizes, tables_, last, true, limits_.tick);
        if (other.rows < order_.rows) order_ = std::move(other);
    }
    return order_.rows <= limits_.max_estimated_rows;
}

Join Task::join_bucket(VariableId v, bool with_back) {
    const Bucket& bucket = buckets_[v];
    std::vector<const Table*> tables;
    for (VariableId u : bucket.senders) tables.push_back(&buckets_[u].message);
    for (const Table& table : bucket.tables) tables.push_back(&table);
    if (with_back && bucket.receiver != kNone) tables.push_back(&bucket.back);
    return join(tables, [&](std::size_t made) { count_rows(made); });
}

// Sums out of `joined`, the tables of bucket `v`, all variables but those in `keep`. Factor
// `left_out` is not multiplied in (kNone: all are).
Table Task::sum(const Join& joined, VariableId v, const std::vector<VariableId>& keep,
                std::size_t left_out) {
    std::vector<std::size_t> columns;
    for (VariableId u : keep) {
        columns.push_back(
            static_cast<std::size_t>(std::ranges::find(joined.scope, u) - joined.scope.begin()));
        assert(columns.back() < joined.scope.size());
    }
    const auto own_column =
        static_cast<std::size_t>(std::ranges::find(joined.scope, v) - joined.scope.begin());
    const ChoiceId choice = model_.all()[v].choice;
    const bool decides = choice != kNone && own_column < joined.scope.size() &&
                         std::ranges::find(keep, v) == keep.end();
    const bool weighs = choice != kNone && !decides && own_column < joined.scope.size();
    struct Term {
        std::uint32_t group, value;
        std::size_t row;
    };
    std::vector<Term> terms;
    RowIndex groups(columns.size());
    std::vector<std::uint32_t> key(columns.size());
    for (std::size_t r = 0; r < joined.rows; ++r) {
        count_rows(0);
        const std::uint32_t* values = joined.values.data() + r * joined.scope.size();
        for (std::size_t c = 0; c < columns.size(); ++c) key[c] = values[columns[c]];
        terms.push_back({groups.insert(key), decides ? values[own_column] : 0, r});
    }
    std::ranges::sort(terms, {}, [](const Term& t) { return std::tuple(t.group, t.value, t.row); });
    Table result;
    result.scope = keep;
    result.values = groups.keys();
    std::vector<std::vector<CircuitNode>> products;
    std::vector<Edge> edges;
    for (std::size_t i = 0; i < terms.size();) {
        const std::uint32_t group = terms[i].group;
        edges.clear();
        CircuitNode node = kFalse;
        while (i < terms.size() && terms[i].group == group) {
            const std::uint32_t value = terms[i].value;
            products.clear();
            for (; i < terms.size() && terms[i].group == group && terms[i].value == value; ++i) {
                const std::size_t r = terms[i].row;
                std::vector<CircuitNode>& product = products.emplace_back();
                for (std::size_t t = 0; t < joined.tables; ++t) {
                    if (t != left_out) product.push_back(joined.factors[r * joined.tables + t]);
                }
                if (!weighs) continue;
                product.push_back(
                    builder_.literal(problem_.weight_offsets[choice] +
                                     joined.values[r * joined.scope.size() + own_column]));
            }
            node = builder_.sum_of_products(products);
            if (decides) edges.push_back({problem_.weight_offsets[choice] + value, node});
        }
        result.nodes.push_back(decides ? builder_.decision(edges) : node);
    }
    return result;
}

void Task::read_law(const Join& joined, VariableId v) {
    std::vector<CircuitNode>& law = laws_[v];
    law.assign(model_.all()[v].size, kFalse);
    if (std::ranges::find(joined.scope, v) == joined.scope.end()) {
        law[allowed(v).front()] = kTrue;  // one value is left, and its column was dropped
        return;
    }
    const Table table = sum(joined, v, {v}, kNone);
    for (std::size_t r = 0; r < table.rows(); ++r) law[table.row(r)[0]] = table.nodes[r];
}

CircuitNode Task::sum_out() {
    buckets_.assign(values_.size(), {});
    place_.assign(values_.size(), kNone);
    laws_.assign(values_.size(), {});
    totals_.assign(values_.size(), kTrue);
    root_of_.assign(values_.size(), kNone);
    for (std::uint32_t i = 0; i < order_.variables.size(); ++i) place_[order_.variables[i]] = i;
    const auto first = [&](const std::vector<VariableId>& scope) {
        return *std::ranges::min_element(scope, {}, [&](VariableId v) { return place_[v]; });
    };
    // tables_ are the laws of the variables that are no choices, last variable first.
    parts_.clear();
    std::size_t next = 0;
    for (std::size_t i = included_.size(); i-- > 0;) {
        const VariableId v = included_[i];
        if (model_.all()[v].choice != kNone) continue;
        Table& table = tables_[next++];
        if (table.scope.empty()) {
            parts_.emplace_back(kNone, builder_.sum(table.nodes));
            continue;
        }
        Bucket& bucket = buckets_[first(table.scope)];
        bucket.laws_of.push_back(v);
        bucket.tables.push_back(std::move(table));
    }
    for (VariableId v : order_.variables) {
        Bucket& bucket = buckets_[v];
        Join joined = join_bucket(v, false);
        if (std::ranges::find(joined.scope, v) == joined.scope.end()) {
            // A choice that no table mentions (any more): one value left, or nothing but asked for.
            if (model_.all()[v].choice == kNone) {
                root_of_[v] = v;
                continue;
            }
            Table weights;
            weights.scope = {v};
            for (std::uint32_t k : allowed(v)) {
                weights.values.push_back(k);
                weights.nodes.push_back(kTrue);
            }
            bucket.tables.push_back(std::move(weights));
            joined = join_bucket(v, false);
        }
        std::vector<VariableId> keep = joined.scope;
        std::erase(keep, v);
        if (keep.empty() && v == order_.variables.back()) read_law(joined, v);
        bucket.message = sum(joined, v, keep, kNone);
        bucket.one = bucket.one && restricted_[v] == 0;
        std::erase(bucket.laws_of, v);
        bucket.one = bucket.one && bucket.laws_of.empty();
        if (bucket.one) std::ranges::fill(bucket.message.nodes, kTrue);
        if (keep.empty()) {
            totals_[v] = bucket.message.rows() == 0 ? kFalse : bucket.message.nodes.front();
            parts_.emplace_back(v, totals_[v]);
            root_of_[v] = v;
            continue;
        }
        bucket.receiver = first(keep);
        Bucket& receiver = buckets_[bucket.receiver];
        receiver.senders.push_back(v);
        receiver.laws_of.insert(receiver.laws_of.end(), bucket.laws_of.begin(),
                                bucket.laws_of.end());
        // What is restricted below stays so above.
        if (restricted_[v] != 0) restricted_[bucket.receiver] = 1;
    }
    for (std::size_t i = order_.variables.size(); i-- > 0;) {
        const VariableId v = order_.variables[i];
        if (root_of_[v] == kNone) root_of_[v] = root_of_[buckets_[v].receiver];
    }
    return with_rest(kNone, kTrue);
}

CircuitNode Task::with_rest(VariableId v, CircuitNode node) {
    std::vector<CircuitNode> factors{node};
    for (const auto& [root, part] : parts_) {
        if (v >= root_of_.size() || root != root_of_[v]) factors.push_back(part);
    }
    return builder_.conjunction(factors);
}

void Task::sweep_back(const std::vector<char>& asked) {
    // Whether a bucket, or one that sends to it, is asked for.
    std::vector<char> wanted = asked;
    for (VariableId v : order_.variables) {
        if (wanted[v] != 0 && buckets_[v].receiver != kNone) wanted[buckets_[v].receiver] = 1;
    }
    for (std::size_t i = order_.variables.size(); i-- > 0;) {
        const VariableId v = order_.variables[i];
        if (wanted[v] == 0) continue;
        Bucket& bucket = buckets_[v];
        const Join joined = join_bucket(v, true);
        for (std::size_t s = 0; s < bucket.senders.size(); ++s) {
            const VariableId u = bucket.senders[s];
            if (wanted[u] != 0) buckets_[u].back = sum(joined, v, buckets_[u].message.scope, s);
        }
        if (asked[v] != 0) read_law(joined, v);
        bucket.back = {};
    }
}

}  // namespace

Eliminated eliminate(const Problem& problem, std::span<const NodeId> nodes,
                     std::span<const NodeId> queries, std::span<const Condition> conditions,
                     CircuitBuilder& builder, const EliminationLimits& limits) {
    Eliminated result;
    std::size_t rows = 0;
    try {
        std::vector<NodeId> watched(queries.begin(), queries.end());
        for (const Condition& condition : conditions) watched.push_back(condition.node);
        const Variables model(problem, nodes, watched, builder, limits.tick);
        const std::size_t count = model.all().size();

        // What the conditions leave of their variables.
        std::vector<VariableId> given;
        std::vector<Values> left(count);
        for (const Condition& condition : conditions) {
            const Test test = model.test(condition.node);
            const bool wanted = condition.value != test.negated;
            if (test.is_constant()) {
                result.satisfiable = result.satisfiable && wanted;
                continue;
            }
            if (left[test.variable].empty()) {
                left[test.variable].assign(model.all()[test.variable].size, 1);
                given.push_back(test.variable);
            }
            for (std::uint32_t k = 0; k < left[test.variable].size(); ++k) {
                if ((k == test.value) != wanted) left[test.variable][k] = 0;
            }
        }
        const auto restrict_given = [&](Task& task) {
            for (VariableId v : given) task.restrict(v, left[v]);
        };
        std::vector<Test> tests;
        std::vector<char> asked(count, 0);
        std::vector<VariableId> asked_list;
        for (NodeId query : queries) {
            tests.push_back(model.test(query));
            if (tests.back().is_constant() || asked[tests.back().variable] != 0) continue;
            asked[tests.back().variable] = 1;
            asked_list.push_back(tests.back().variable);
        }
        std::vector<std::vector<CircuitNode>> laws(count);
        std::vector<CircuitNode> denominators(count, kTrue);
        const auto note = [&](const Task& task) {
            result.estimate += task.estimate();
            result.width = std::max(result.width, task.width());
        };

        // One sweep for each variable asked for, or two for all of them.
        Task all(problem, model, builder, limits, rows);
        std::vector<VariableId> roots = given;
        roots.insert(roots.end(), asked_list.begin(), asked_list.end());
        all.include(roots);
        std::size_t one_by_one = 0;
        for (VariableId v : asked_list) {
            if (one_by_one > 4 * all.size()) break;
            Task task(problem, model, builder, limits, rows);
            roots = given;
            roots.push_back(v);
            task.include(roots);
            one_by_one += task.size();
            limits.tick();
        }
        const bool two_sweeps = asked_list.size() > 1 && one_by_one > 4 * all.size();

        if (result.satisfiable && !given.empty() && !two_sweeps) {
            Task task(problem, model, builder, limits, rows);
            task.include(given);
            restrict_given(task);
            if (!task.make_tables()) {
                result.satisfiable = false;
            } else {
                if (!task.plan(kNone)) return result;
                note(task);
                result.conditions = task.sum_out();
                result.satisfiable = result.conditions != kFalse;
            }
        }
        if (result.satisfiable && two_sweeps) {
            restrict_given(all);
            if (!all.make_tables()) {
                result.satisfiable = false;
            } else {
                if (!all.plan(kNone)) return result;
                note(all);
                const CircuitNode total = all.sum_out();
                result.conditions = given.empty() ? kTrue : total;
                result.satisfiable = result.conditions != kFalse;
                if (result.satisfiable) all.sweep_back(asked);
                for (VariableId v : asked_list) {
                    if (!result.satisfiable) break;
                    laws[v] = all.law(v);
                    denominators[v] = given.empty() ? kTrue : all.total(v);
                }
            }
        }
        if (result.satisfiable && !two_sweeps) {
            for (VariableId v : asked_list) {
                Task task(problem, model, builder, limits, rows);
                std::vector<VariableId> its = given;
                its.push_back(v);
                task.include(its);
                restrict_given(task);
                Values wanted(model.all()[v].size, 0);
                for (const Test& test : tests) {
                    if (test.variable != v) continue;
                    for (std::uint32_t k = 0; k < wanted.size(); ++k) {
                        if ((k == test.value) != test.negated) wanted[k] = 1;
                    }
                }
                task.restrict(v, wanted);
                laws[v].assign(wanted.size(), kFalse);
                denominators[v] = result.conditions;
                if (!task.make_tables()) continue;
                if (!task.plan(v)) return result;
                note(task);
                const CircuitNode total = task.sum_out();
                if (total == kFalse) continue;
                laws[v] = task.law(v);
                // Parts that do not hang together with v.
                for (CircuitNode& node : laws[v]) {
                    if (node != kFalse) node = task.with_rest(v, node);
                }
            }
        }
        for (const Test& test : tests) {
            if (!result.satisfiable) {
                result.queries.push_back({kFalse, kFalse});
            } else if (test.is_constant()) {
                result.queries.push_back({test.negated ? kFalse : kTrue, kTrue});
            } else {
                std::vector<CircuitNode> terms;
                for (std::uint32_t k = 0; k < laws[test.variable].size(); ++k) {
                    if ((k == test.value) != test.negated) terms.push_back(laws[test.variable][k]);
                }
                result.queries.push_back({builder.sum(terms), denominators[test.variable]});
            }
        }
        if (!result.satisfiable) result.conditions = kFalse;
        result.done = true;
    } catch (const TooMuch&) {
        result = {};
    }
    return result;
}

}  // namespace entail::circuit

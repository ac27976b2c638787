#include "tests/programs/oracle/generator.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <utility>

namespace entail::tests {

std::string Sentence::text() const {
    std::string result = head;
    for (std::size_t i = 0; i < body.size(); ++i)
        result += (i == 0 ? (head.empty() ? ":- " : " :- ") : ", ") + body[i];
    return result + ".";
}

std::string text(const Sentences& sentences) {
    std::string result;
    for (const Sentence& sentence : sentences) result += sentence.text() + "\n";
    return result;
}

namespace {

/// Types of arguments, one letter each: o an object, n a small number, l a list of objects.
struct Signature {
    std::string name;
    std::string types;
    int layer = 0;
};

class Generator {
public:
    explicit Generator(std::uint64_t seed) : random_(seed) {}

    Sentences run() {
        objects_ = {"a", "b"};
        if (chance(60)) objects_.push_back("c");
        certain_facts();
        const int uncertain = 1 + below(3);
        for (int i = 0; i < uncertain; ++i) uncertain_base();
        const int layers = 1 + below(3);
        for (int layer = 1; layer <= layers; ++layer) rules(layer);
        if (chance(22)) constraint();
        if (chance(28)) evidence();
        if (chance(10)) evidence();
        std::shuffle(sentences_.begin(), sentences_.end(), random_);
        const int queries = 1 + below(3);
        for (int i = 0; i < queries; ++i) query();
        return std::move(sentences_);
    }

private:
    // --- chance ---

    int below(int bound) { return static_cast<int>(random_() % static_cast<std::uint64_t>(bound)); }
    bool chance(int percent) { return below(100) < percent; }
    template <typename T>
    const T& pick(const std::vector<T>& list) {
        return list[static_cast<std::size_t>(below(static_cast<int>(list.size())))];
    }
    std::string pick(std::initializer_list<const char*> list) {
        return *(list.begin() + below(static_cast<int>(list.size())));
    }

    std::string weight() {
        return pick({"0.1", "0.2", "0.3", "0.4", "0.5", "0.25", "0.7", "0.9", "1/3", "2/3", "1/6",
                     "0.6", "0.05", chance(20) ? "1.0" : "0.35", chance(10) ? "0.0" : "0.45"});
    }
    /// Weights of a disjunction of n heads, with or without a silent rest.
    std::vector<std::string> weights(int n) {
        using Row = std::vector<std::string>;
        static const std::vector<Row> kTwo = {{"0.5", "0.5"}, {"0.2", "0.3"}, {"1/3", "2/3"},
                                              {"0.1", "0.9"}, {"1/6", "1/3"}, {"0.25", "0.6"},
                                              {"1.0", "0.0"}};
        static const std::vector<Row> kThree = {{"1/3", "1/3", "1/3"}, {"0.2", "0.3", "0.5"},
                                                {"0.1", "0.2", "0.3"}, {"1/6", "1/6", "1/6"},
                                                {"0.1", "0.2", "0.7"}, {"0.5", "0.0", "0.25"}};
        return n == 2 ? pick(kTwo) : pick(kThree);
    }

    // --- layer 0 ---

    void add(std::string head, std::vector<std::string> body = {}) {
        sentences_.push_back({std::move(head), std::move(body)});
    }
    void declare(std::string name, std::string types, int layer) {
        predicates_.push_back({std::move(name), std::move(types), layer});
    }
    std::string number() { return std::to_string(1 + below(3)); }

    void certain_facts() {
        declare("d", "o", 0);
        for (const std::string& object : objects_) add("d(" + object + ")");
        declare("e", "oo", 0);
        const int edges = 2 + below(4);
        int coins = below(4);
        for (int i = 0; i < edges; ++i) {
            const std::string edge = "e(" + pick(objects_) + "," + pick(objects_) + ")";
            add(coins-- > 0 ? weight() + "::" + edge : edge);
        }
        declare("n", "on", 0);
        for (const std::string& object : objects_) add("n(" + object + "," + number() + ")");
        if (chance(20)) {
            declare("l", "l", 0);
            add("l([" + pick(objects_) + "," + pick(objects_) + "])");
            add("l([" + pick(objects_) + "])");
            if (chance(30)) add("l([])");
        }
    }

    void uncertain_base() {
        const std::string name = "u" + std::to_string(fresh_++);
        switch (below(9)) {
            case 0:
                declare(name, "o", 0);
                for (const std::string& object : objects_)
                    if (chance(80)) add(weight() + "::" + name + "(" + object + ")");
                add(weight() + "::" + name + "(a)");
                break;
            case 1:
                declare(name, "o", 0);
                add(weight() + "::" + name + "(X)", {"d(X)"});
                break;
            case 2:
                declare(name, "on", 0);
                disjunction(name, pick(objects_), {});
                if (chance(60)) disjunction(name, pick(objects_), {});
                break;
            case 3:
                declare(name, "on", 0);
                disjunction(name, "X", {"d(X)"});
                break;
            case 4:
                declare(name, "on", 0);
                add(name + "(X,V) ~ categorical{1: " +
                        (chance(50) ? "0.3, 2: 0.7}" : "1/3, 2: 1/6, 3: 0.5}"),
                    {"d(X)"});
                break;
            case 5:
                declare(name, "o", 0);
                if (chance(50)) {
                    add("W::" + name + "(X)", {"w(X,W)"});
                    for (const std::string& object : objects_)
                        add("w(" + object + "," + pick({"0.25", "0.5", "0.8", "1.0"}) + ")");
                    if (chance(30)) add("w(a,0.3)");
                } else {
                    add(pick({"V/4", "0.25*V", "1/(V+1)"}) + "::" + name + "(X)", {"n(X,V)"});
                }
                break;
            case 6: {
                declare(name, "", 0);
                declare(name + "x", "", 0);
                const auto w = weights(2);
                add(w[0] + "::" + name + " ; " + w[1] + "::" + name + "x");
                if (chance(30)) add(weight() + "::" + name);
                break;
            }
            case 7:
                declare(name, "oo", 0);
                add(weight() + "::" + name + "(X,Y)", {"e(X,Y)"});
                break;
            default:
                if (chance(60)) {
                    declare(name, "on", 0);
                    add("choose " + name + "(X,V) in " + pick({"1..2", "1..3", "{1, 3}"}),
                        {chance(70) ? "d(X)" : "n(X,1)"});
                } else {
                    declare(name, "o", 0);
                    add("choose " + name + "(X) in {a, b}");
                }
                break;
        }
    }

    void disjunction(const std::string& name, const std::string& object,
                     const std::vector<std::string>& body) {
        const int n = 2 + below(2);
        const auto w = weights(n);
        std::string head;
        for (int i = 0; i < n; ++i) {
            head += (i == 0 ? "" : " ; ") + w[static_cast<std::size_t>(i)] + "::" + name + "(" +
                    object + "," + std::to_string(i + 1) + ")";
        }
        add(head, body);
    }

    // --- bodies ---

    struct Body {
        std::vector<std::string> goals;
        std::vector<std::pair<std::string, char>> variables;  // bound ones
        int fresh = 0;
    };

    std::vector<std::string> bound(const Body& body, char type) {
        std::vector<std::string> result;
        for (const auto& [name, t] : body.variables)
            if (t == type) result.push_back(name);
        return result;
    }

    std::string constant(char type) {
        if (type == 'o') return pick(objects_);
        if (type == 'n') return number();
        return "[" + pick(objects_) + "]";
    }

    std::string fresh_variable(Body& body, char type) {
        const std::string name = std::string(1, type == 'o' ? 'X' : (type == 'n' ? 'N' : 'L')) +
                                 std::to_string(body.fresh++);
        body.variables.emplace_back(name, type);
        return name;
    }

    /// An atom that binds its variables.
    std::string positive(Body& body, const Signature& predicate, bool may_bind = true) {
        std::vector<std::string> args;
        const Body before = body;
        for (const char type : predicate.types) {
            const std::vector<std::string> known = bound(before, type);
            const int roll = below(100);
            if (!known.empty() && roll < 50) {
                args.push_back(pick(known));
            } else if (may_bind && roll < 85) {
                // now and then the same variable twice in one atom
                const std::vector<std::string> now = bound(body, type);
                args.push_back(!now.empty() && chance(10) ? pick(now) : fresh_variable(body, type));
            } else if (may_bind && roll < 92) {
                args.push_back("_");
            } else {
                args.push_back(constant(type));
            }
        }
        return call(predicate.name, args);
    }

    static std::string call(const std::string& name, const std::vector<std::string>& args) {
        if (args.empty()) return name;
        std::string result = name + "(";
        for (std::size_t i = 0; i < args.size(); ++i) result += (i == 0 ? "" : ",") + args[i];
        return result + ")";
    }

    const Signature& predicate_below(int layer, bool same) {
        std::vector<std::size_t> allowed;
        for (std::size_t i = 0; i < predicates_.size(); ++i) {
            if (predicates_[i].layer < layer || (same && predicates_[i].layer == layer)) {
                allowed.push_back(i);
                if (predicates_[i].name != "d" && predicates_[i].name != "n")
                    allowed.insert(allowed.end(), 3, i);
            }
        }
        return predicates_[pick(allowed)];
    }

    std::string negation(const Body& body, int layer) {
        const Signature& predicate = predicate_below(layer, false);
        std::vector<std::string> args;
        for (const char type : predicate.types) {
            const std::vector<std::string> known = bound(body, type);
            args.push_back(!known.empty() && chance(70) ? pick(known)
                                                        : (chance(40) ? "_" : constant(type)));
        }
        return pick({"\\+ ", "not "}) + call(predicate.name, args);
    }

    std::string comparison(const Body& body) {
        const std::vector<std::string> numbers = bound(body, 'n');
        const std::vector<std::string> objects = bound(body, 'o');
        if (!numbers.empty() && (objects.empty() || chance(60))) {
            const std::string right = chance(50) ? pick(numbers) : number();
            const std::string left =
                chance(30) ? pick(numbers) + pick({" + ", " * ", " - "}) + number() : pick(numbers);
            return left + pick({" < ", " =< ", " > ", " >= ", " =:= ", " =\\= "}) + right;
        }
        if (objects.empty()) return "1 < " + number();
        return pick(objects) + pick({" = ", " \\= ", " == ", " \\== ", " @< ", " @=< "}) +
               (chance(60) ? pick(objects) : constant('o'));
    }

    /// A number from numbers; bounded, so that a recursion through it ends.
    std::string computation(Body& body) {
        const std::vector<std::string> numbers = bound(body, 'n');
        if (numbers.empty()) {
            return fresh_variable(body, 'n') + " in " + pick({"1..2", "1..3", "{1, 3}"});
        }
        const std::string a = pick(numbers), b = chance(50) ? pick(numbers) : number();
        const std::string result = fresh_variable(body, 'n');
        switch (below(7)) {
            case 5:
                return result + " is (" + a + " xor " + b + ") rem 3";
            case 6:
                return result + " is (" + a + " ^ 2 - " + b + ") mod 3";
            case 0:
                return result + " is (" + a + " + " + b + ") mod 3";
            case 1:
                return result + " is min(" + a + ", " + b + ")";
            case 2:
                return result + " is (" + a + " - " + b + ") // 2 mod 2";
            case 3:
                return result + " is abs(" + a + " - " + b + ") mod 4";
            default:
                return result + " is max(" + a + " * " + b + ", 1) mod 3";
        }
    }

    std::string aggregate(Body& body, int layer) {
        Body inner = body;
        inner.fresh += 20 + 10 * locals_++;  // names of its own
        inner.variables.clear();
        std::string tuple_first;
        const Signature* predicate = &predicate_below(layer, false);
        for (int tries = 0; tries < 5 && predicate->types.empty(); ++tries)
            predicate = &predicate_below(layer, false);
        // sometimes grouped by a variable of the outside
        const std::vector<std::string> outer = bound(body, 'o');
        if (!outer.empty() && chance(50)) inner.variables.emplace_back(pick(outer), 'o');
        const std::size_t before = inner.variables.size();
        std::string goals = positive(inner, *predicate);
        if (chance(25)) goals += ", " + positive(inner, predicate_below(layer, false));
        if (chance(20)) goals += ", " + negation(inner, layer);
        std::vector<std::string> numbers, others;
        for (std::size_t i = before; i < inner.variables.size(); ++i) {
            (inner.variables[i].second == 'n' ? numbers : others)
                .push_back(inner.variables[i].first);
        }
        std::string function = "#count", tuple;
        if (!numbers.empty() && chance(80)) {
            function = pick({"#sum", "#sum", "#min", "#max"});
            tuple = pick(numbers);
            if (chance(60))
                for (const std::string& other : others) tuple += ", " + other;
        } else if (!others.empty()) {
            tuple = pick(others);
        } else {
            tuple = numbers.empty() ? "1" : pick(numbers);
        }
        const std::string braces = function + "{ " + tuple + " : " + goals + " }";
        switch (below(5)) {
            case 0:
                return number() + " =< " + braces;
            case 1:
                return braces + pick({" > ", " < ", " >= "}) + number();
            case 2:
                return number() + " = " + braces;
            default:
                return fresh_variable(body, 'n') + " = " + braces;
        }
    }

    /// One more conjunct.
    void extend(Body& body, int layer, bool same, bool weighted) {
        const int roll = below(100);
        if (roll < 45) {
            body.goals.push_back(positive(body, predicate_below(layer, same)));
        } else if (roll < 60) {
            body.goals.push_back(negation(body, layer));
        } else if (roll < 72) {
            body.goals.push_back(comparison(body));
        } else if (roll < 78) {
            body.goals.push_back(computation(body));
        } else if (roll < 86) {
            body.goals.push_back(aggregate(body, layer));
        } else if (roll < 89) {
            body.goals.push_back(collection(body, layer));
        } else if (roll < 91) {
            body.goals.push_back(universal(body, layer));
        } else if (roll < 93) {
            body.goals.push_back(conditional(body, layer));
        } else if (roll < 97) {
            std::string goal = "( ";
            const int branches = 2 + below(2);
            for (int i = 0; i < branches; ++i) {
                Body branch = body;
                goal += i == 0 ? "" : " ; ";
                goal += positive(branch, predicate_below(layer, same), !weighted);
                if (chance(25)) goal += ", " + comparison(branch);
                if (chance(15)) goal += ", " + negation(branch, layer);
                body.fresh = std::max(body.fresh, branch.fresh);
            }
            body.goals.push_back(goal + " )");
        } else {
            list_goal(body);
        }
    }

    /// A list of all solutions, and something of it.
    std::string collection(Body& body, int layer) {
        Body inner = body;
        inner.fresh += 20 + 10 * locals_++;  // names of its own
        inner.variables.clear();
        const std::vector<std::string> outer = bound(body, 'o');
        if (!outer.empty() && chance(40)) inner.variables.emplace_back(pick(outer), 'o');
        const std::size_t before = inner.variables.size();
        std::string goal = positive(inner, predicate_below(layer, false));
        if (chance(25)) goal = "(" + goal + ", " + negation(inner, layer) + ")";
        if (inner.variables.size() == before) {
            inner.variables.emplace_back("a", 'o');  // nothing to collect but a constant
        }
        const auto [element, type] =
            inner.variables[before + static_cast<std::size_t>(
                                         below(static_cast<int>(inner.variables.size() - before)))];
        const std::string list = "L" + std::to_string(body.fresh++);
        const std::string found = "findall(" + element + "," + goal + "," + list + ")";
        if (type == 'o' && chance(60)) body.variables.emplace_back(list, 'l');
        if (type == 'n' && chance(60)) {
            return found + ", " + pick({"sum_list(", "max_list("}) + list + "," +
                   fresh_variable(body, 'n') + ")";
        }
        return found + ", length(" + list + "," + fresh_variable(body, 'n') + ")";
    }

    std::string universal(const Body& body, int layer) {
        Body inner = body;
        inner.fresh += 20 + 10 * locals_++;
        const std::string condition = positive(inner, predicate_below(layer, false));
        if (chance(30)) return "forall(" + condition + ", " + comparison(inner) + ")";
        if (chance(30)) return "forall(" + condition + ", " + negation(inner, layer) + ")";
        return "forall(" + condition + ", " +
               positive(inner, predicate_below(layer, false), false) + ")";
    }

    /// A test whose two cases bind nothing.
    std::string conditional(const Body& body, int layer) {
        Body inner = body;
        std::string result = "( " +
                             (chance(50) ? comparison(body)
                                         : positive(inner, predicate_below(layer, false), false)) +
                             " -> " + positive(inner, predicate_below(layer, false), false);
        if (chance(80)) result += " ; " + (chance(50) ? comparison(body) : negation(body, layer));
        return result + " )";
    }

    void list_goal(Body& body) {
        const std::vector<std::string> lists = bound(body, 'l');
        const std::string list =
            lists.empty() ? "[" + pick(objects_) + "," + pick(objects_) + "]" : pick(lists);
        switch (below(9)) {
            case 4:
                body.goals.push_back("last(" + list + "," + fresh_variable(body, 'o') + ")");
                break;
            case 5:
                body.goals.push_back("select(" + fresh_variable(body, 'o') + "," + list + "," +
                                     fresh_variable(body, 'l') + ")");
                break;
            case 6:
                body.goals.push_back(pick({"sort(", "msort(", "reverse("}) + list + "," +
                                     fresh_variable(body, 'l') + ")");
                break;
            case 7:
                body.goals.push_back("append(" + fresh_variable(body, 'l') + "," +
                                     fresh_variable(body, 'l') + "," + list + ")");
                break;
            case 8:
                body.goals.push_back("\\+ member(" +
                                     (bound(body, 'o').empty() ? "a" : pick(bound(body, 'o'))) +
                                     "," + list + ")");
                break;
            case 0:
                body.goals.push_back("length(" + list + "," + fresh_variable(body, 'n') + ")");
                break;
            case 1:
                body.goals.push_back("nth0(0," + list + "," + fresh_variable(body, 'o') + ")");
                break;
            default:
                body.goals.push_back("member(" + fresh_variable(body, 'o') + "," + list + ")");
                break;
        }
    }

    // --- rules ---

    std::string head_of(const Signature& predicate, Body& body) {
        std::vector<std::string> args;
        for (const char type : predicate.types) {
            std::vector<std::string> known = bound(body, type);
            if (!known.empty() && chance(88)) {
                args.push_back(pick(known));
            } else if (chance(60)) {
                args.push_back(constant(type));
            } else if (type == 'o') {
                args.push_back(fresh_variable(body, type));
                body.goals.push_back("d(" + args.back() + ")");
            } else if (type == 'l') {
                args.push_back(constant(type));
            } else {
                args.push_back(fresh_variable(body, type));
                body.goals.push_back(args.back() + " in 1..2");
            }
        }
        return call(predicate.name, args);
    }

    void rules(int layer) {
        std::vector<Signature> mine;
        const int count = 1 + below(2);
        for (int i = 0; i < count; ++i) {
            mine.push_back({"p" + std::to_string(fresh_++),
                            pick({"", "o", "oo", "on", "n", "oo", "ol"}), layer});
        }
        const bool recursive = chance(50);
        if (recursive) predicates_.insert(predicates_.end(), mine.begin(), mine.end());
        for (const Signature& signature : mine) {
            const int clauses = 1 + below(3);
            for (int i = 0; i < clauses; ++i) rule(signature, mine, layer, recursive);
        }
        if (!recursive) predicates_.insert(predicates_.end(), mine.begin(), mine.end());
    }

    void rule(const Signature& signature, const std::vector<Signature>& mine, int layer,
              bool recursive) {
        const bool weighted = chance(22);
        Body body;
        body.goals.push_back(positive(body, predicate_below(layer, recursive)));
        const int more = below(3);
        for (int i = 0; i < more; ++i) extend(body, layer, recursive, weighted);
        if (chance(3)) body.goals.push_back(body.goals.front());
        std::string head = head_of(signature, body);
        if (weighted) {
            const std::vector<std::string> numbers = bound(body, 'n');
            if (chance(70)) {
                head = weight() + "::" + head;
            } else {
                const auto w = weights(2);
                head = w[0] + "::" + head + " ; " + w[1] + "::" + head_of(pick(mine), body);
            }
        }
        std::shuffle(body.goals.begin(), body.goals.end(), random_);
        add(head, body.goals);
    }

    void constraint() {
        Body body;
        body.goals.push_back(positive(body, predicate_below(3, true)));
        if (chance(70)) extend(body, 4, true, false);
        add("", body.goals);
    }

    std::string ground_atom() {
        const Signature& predicate = predicate_below(3, true);
        std::vector<std::string> args;
        for (const char type : predicate.types) args.push_back(constant(type));
        return call(predicate.name, args);
    }

    void evidence() {
        switch (below(4)) {
            case 0:
                add("evidence " + ground_atom());
                break;
            case 1:
                add("evidence(" + ground_atom() + ", false)");
                break;
            case 2:
                add("evidence(" + ground_atom() + ")");
                break;
            default:
                add("evidence \\+ " + ground_atom());
                break;
        }
    }

    void query() {
        const Signature& predicate = chance(75) ? predicates_.back() : predicate_below(3, true);
        std::vector<std::string> args;
        for (const char type : predicate.types) {
            const int roll = below(100);
            const std::string variable = std::string(1, static_cast<char>(std::toupper(type)));
            args.push_back(roll < 55 ? variable + (chance(70) ? std::to_string(args.size()) : "")
                                     : (roll < 65 ? "_" : constant(type)));
        }
        const std::string atom = call(predicate.name, args);
        add(chance(70) ? "query " + atom : "query(" + atom + ")");
    }

    std::mt19937_64 random_;
    std::vector<std::string> objects_;
    std::vector<Signature> predicates_;
    Sentences sentences_;
    int fresh_ = 0, locals_ = 0;
};

}  // namespace

Sentences random_program(std::uint64_t seed) {
    return Generator(seed).run();
}

}  // namespace entail::tests

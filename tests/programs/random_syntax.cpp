#include "tests/programs/random_syntax.h"

#include <cmath>
#include <cstring>

#include "programs/syntax/parser.h"
#include "programs/syntax/printer.h"
#include "programs/syntax/stages.h"

namespace entail::tests {

using namespace entail::ast;

std::string RandomSyntax::text() {
    static constexpr const char* kTexts[] = {
        "a",
        "b",
        "edge",
        "x1",
        "camelCase",
        "with_underscore",
        "type",
        "query",
        "evidence",
        "not",
        "is",
        "in",
        "mod",
        "never",
        "choose",
        "fun",
        "import",
        "true",
        "false",
        "t",
        "nn",
        "scene",
        "normal",
        "uniform",
        "categorical",
        "from",
        "under",
        "min",
        "+",
        "-",
        "*",
        "//",
        "**",
        "=",
        "[]",
        "{}",
        "",
        " ",
        "A",
        "_",
        "2d",
        "don't",
        "a\"b",
        "back\\slash",
        "line\nbreak",
        "tab\t",
        "größe",
        "日本",
        "\x01\x7f",
        ":-",
        "a.b",
        "%",
        "/*",
        "0'a",
        "use",
        "module",
        "input",
    };
    return pick(kTexts);
}

Name RandomSyntax::name() {
    return {text(), {}};
}

Term RandomSyntax::variable() {
    static constexpr const char* kNames[] = {"X", "Y", "Xs", "_x", "A_b1", "V"};
    Term t;
    if (chance(15)) return t;  // anonymous
    t.kind = TermKind::variable;
    t.text = pick(kNames);
    return t;
}

Term RandomSyntax::number() {
    static constexpr std::int64_t kIntegers[] = {0, 1, -1, 7, 42, INT64_MAX, INT64_MIN};
    static constexpr double kReals[] = {0.0,  -0.0, 0.1,    -2.5,
                                        1e22, 1e-7, 5e-324, 1.7976931348623157e308};
    Term t;
    if (chance(60)) {
        t.kind = TermKind::integer;
        t.integer = chance(80) ? pick(kIntegers) : static_cast<std::int64_t>(random_());
        return t;
    }
    t.kind = TermKind::real;
    t.real = pick(kReals);
    if (chance(40)) {
        std::uint64_t bits = random_();
        double value;
        std::memcpy(&value, &bits, sizeof value);
        if (std::isfinite(value)) t.real = value;
    }
    return t;
}

Term RandomSyntax::atom_name() {
    Term t;
    t.kind = TermKind::atom;
    t.text = text();
    return t;
}

Term RandomSyntax::string(std::string content) {
    Term t;
    t.kind = TermKind::string;
    t.text = std::move(content);
    return t;
}

std::vector<Term> RandomSyntax::terms(std::size_t least, std::size_t most, int depth) {
    std::vector<Term> result(least + below(most - least + 1));
    for (Term& t : result) t = term(depth);
    return result;
}

Term RandomSyntax::compound(int depth, std::string functor, std::size_t arity) {
    Term t;
    t.kind = TermKind::compound;
    t.text = std::move(functor);
    t.args = terms(arity, arity, depth);
    return t;
}

Term RandomSyntax::operation(int depth) {
    static constexpr const char* kBinary[] = {"+", "-", "*", "/", "//", "mod", "**"};
    return chance(25) ? compound(depth, "-", 1) : compound(depth, pick(kBinary), 2);
}

Term RandomSyntax::term(int depth) {
    std::size_t choice = below(depth > 0 ? 10 : 5);
    switch (choice) {
        case 0:
            return variable();
        case 1:
        case 2:
            return number();
        case 3:
            return atom_name();
        case 4:
            return string(text());
        case 5:
            return compound(depth - 1, text(), 1 + below(3));
        case 6: {
            Term t;
            t.kind = TermKind::list;
            t.args = terms(0, 3, depth - 1);
            if (!t.args.empty() && chance(40)) {
                t.args.push_back(term(depth - 1));
                t.has_tail = true;
            }
            return t;
        }
        default:
            return operation(depth - 1);
    }
}

Term RandomSyntax::atom(int depth) {
    Term t = chance(30) ? atom_name() : compound(depth, text(), 1 + below(3));
    // With an operator's name it would be an expression, no atom.
    bool operation = t.text == "+" || t.text == "-" || t.text == "*" || t.text == "//" ||
                     t.text == "mod" || t.text == "**";
    if (operation && t.kind == TermKind::compound) t.text = "p";
    return t;
}

Term RandomSyntax::head_with_value() {
    Term t = atom(2);
    while (t.kind != TermKind::compound) t = atom(2);
    return t;
}

Term RandomSyntax::domain(int depth) {
    Term t;
    switch (below(3)) {
        case 0:
            return atom_name();
        case 1:
            t.kind = TermKind::set;
            t.args = terms(1, 3, depth);
            return t;
        default:
            t.kind = TermKind::range;
            t.args = terms(2, 2, depth);
            return t;
    }
}

/// Through the parser, which alone knows all the numbers of a weight.
Weight RandomSyntax::number_weight() {
    static constexpr const char* kTexts[] = {
        "0.3",   "1/3",   "1",   "0",     "0.30",  "2/6",  "1e-3",  "-1/2",
        "0.5/2", "1e-30", "1.0", "-0.25", "3/0.5", "1/-3", "0.1e1", "9223372036854775807/3"};
    SourceSet sources;
    Diagnostics diagnostics;
    File file = parse(sources.add("", std::string(pick(kTexts)) + " :: a."), sources, diagnostics);
    return *std::get<Clause>(file.statements.at(0).form).heads[0].weight;
}

Weight RandomSyntax::weight() {
    Weight w;
    if (chance(50)) return number_weight();
    if (chance(40)) {
        if (chance(60)) w = number_weight();
        w.kind = WeightKind::learnable;
        return w;
    }
    w.kind = WeightKind::expression;
    Term t = variable();
    while (t.kind != TermKind::variable) t = variable();
    if (chance(60)) {
        // Not a quotient of numbers, nor one of the forms t(…) and nn(…).
        do t = chance(70) ? operation(2) : compound(2, text(), 1 + below(3));
        while (t.text == "/" || t.text == "t" || t.text == "nn");
    }
    w.expression.push_back(std::move(t));
    return w;
}

Distribution RandomSyntax::distribution() {
    Distribution d;
    d.args = terms(1, 3, 2);
    switch (below(5)) {
        case 0:
            d.kind = DistributionKind::normal;
            d.module.text = "normal";
            d.args = terms(2, 2, 2);
            break;
        case 1:
            d.kind = DistributionKind::exponential;
            d.module.text = "exponential";
            d.args = terms(1, 1, 2);
            break;
        case 2: {
            d.kind = DistributionKind::categorical;
            d.module.text = "categorical";
            d.args.clear();
            std::size_t count = 1 + below(3);
            for (std::size_t i = 0; i < count; ++i) d.choices.push_back({term(1), weight()});
            break;
        }
        default:
            d.module = name();
            if (chance(40)) d.part = name();
    }
    return d;
}

Elements RandomSyntax::elements(int depth) {
    return {{}, terms(1, 3, 2), body(1, 2, depth)};
}

Literal RandomSyntax::literal(int depth) {
    static constexpr ComparisonOp kOps[] = {
        ComparisonOp::unify,     ComparisonOp::not_unify,     ComparisonOp::is,
        ComparisonOp::identical, ComparisonOp::not_identical, ComparisonOp::equal,
        ComparisonOp::not_equal, ComparisonOp::less,          ComparisonOp::less_equal,
        ComparisonOp::greater,   ComparisonOp::greater_equal};
    static constexpr AggregateOp kAggregates[] = {AggregateOp::sum, AggregateOp::count,
                                                  AggregateOp::min, AggregateOp::max};
    Literal l;
    l.negated = chance(25);
    switch (below(depth > 0 ? 7 : 5)) {
        case 0:
        case 1:
            l.form = atom(2);
            break;
        case 2:
        case 3:
            l.form = Comparison{pick(kOps), terms(2, 2, 2)};
            break;
        case 4: {
            Membership m;
            m.sides.push_back(term(2));
            m.sides.push_back(domain(2));
            l.form = std::move(m);
            break;
        }
        case 5: {
            Aggregate a;
            a.op = pick(kOps);
            a.function = pick(kAggregates);
            a.result = terms(1, 1, 2);
            a.over.push_back(elements(depth - 1));
            l.form = std::move(a);
            break;
        }
        default: {
            Disjunction d;
            if (l.negated && chance(50)) {
                d.alternatives.push_back(body(2, 3, depth - 1));
            } else {
                std::size_t count = 2 + below(2);
                for (std::size_t i = 0; i < count; ++i)
                    d.alternatives.push_back(body(1, 2, depth - 1));
            }
            l.form = std::move(d);
        }
    }
    return l;
}

Body RandomSyntax::body(std::size_t least, std::size_t most, int depth) {
    Body result;
    std::size_t count = least + below(most - least + 1);
    for (std::size_t i = 0; i < count; ++i) result.push_back(literal(depth));
    return result;
}

/// Of a call: an expression, or a pipeline that is seen to be one.
Pipeline RandomSyntax::argument(int depth) {
    Pipeline p = pipeline(depth);
    if (p.stages.size() > 1) return p;
    Stage only;
    only.kind = StageKind::argument;
    only.args = terms(1, 1, 1);
    p.stages = {std::move(only)};
    return p;
}

Pipeline RandomSyntax::pipeline(int depth) {
    Pipeline p;
    std::size_t count = 1 + below(4);
    for (std::size_t i = 0; i < count; ++i) {
        Stage stage;
        if (depth > 0 && below(8) == 0) {
            stage.kind = StageKind::call;
            stage.name = name();
            if (find_stage(stage.name.text) != nullptr) stage.name.text += "s";
            for (std::size_t j = below(3); j > 0; --j)
                stage.pipelines.push_back(argument(depth - 1));
            p.stages.push_back(std::move(stage));
            continue;
        }
        do stage.kind = static_cast<StageKind>(below(14));
        while (depth == 0 && stage_info(stage.kind).pipelines != 0);
        std::size_t args = stage_info(stage.kind).terms;
        stage.args = terms(args, args, 1);
        for (std::size_t j = 0; j < stage_info(stage.kind).pipelines; ++j)
            stage.pipelines.push_back(pipeline(depth - 1));
        p.stages.push_back(std::move(stage));
    }
    return p;
}

ModuleDeclaration RandomSyntax::module() {
    ModuleDeclaration m;
    m.name = name();
    m.input = name();
    if (chance(50)) {
        m.output = domain(1);
    } else {
        std::size_t count = 1 + below(3);
        for (std::size_t i = 0; i < count; ++i) m.concepts.push_back({name(), domain(1)});
    }
    m.architecture.name = name();
    if (chance(50)) m.architecture.args = terms(1, 2, 1);
    return m;
}

Clause RandomSyntax::clause() {
    Clause c;
    c.body = body(0, 3, 2);
    std::size_t heads = chance(70) ? 1 : 2 + below(2);
    for (std::size_t i = 0; i < heads; ++i) {
        Head& head = c.heads.emplace_back();
        if (heads > 1 || chance(40)) head.weight = weight();
        head.atom = atom(3);
    }
    if (heads == 1 && chance(10)) {
        Network network{name(), terms(1, 2, 1), variable(), terms(1, 3, 1)};
        while (network.output.kind != TermKind::variable) network.output = variable();
        Weight w;
        w.kind = WeightKind::network;
        w.network.push_back(std::move(network));
        c.heads[0].weight = std::move(w);
    }
    return c;
}

Term RandomSyntax::formula_term(const std::vector<std::string>& bound, int depth) {
    if (!bound.empty() && chance(60)) {
        Term variable;
        variable.kind = TermKind::variable;
        variable.text = bound[below(bound.size())];
        return variable;
    }
    if (chance(20)) return number();
    if (chance(10)) return string(text());
    if (depth == 0 || chance(50)) {
        // Apart from the names that are bound.
        Term constant = atom_name();
        constant.text += "_c";
        return constant;
    }
    Term call;
    call.kind = TermKind::compound;
    call.text = text();
    for (std::size_t i = 1 + below(2); i > 0; --i)
        call.args.push_back(formula_term(bound, depth - 1));
    return call;
}

Formula RandomSyntax::formula(std::vector<std::string> bound, int depth) {
    Formula f;
    f.kind = static_cast<FormulaKind>(depth == 0 ? below(4) : below(12));
    switch (f.kind) {
        case FormulaKind::truth:
        case FormulaKind::falsity:
            return f;
        case FormulaKind::atom: {
            Term call = formula_term({}, 0);
            if (call.kind != TermKind::atom) call = atom_name();
            call.text += "_p";
            for (std::size_t i = below(3); i > 0; --i) call.args.push_back(formula_term(bound, 2));
            if (!call.args.empty()) call.kind = TermKind::compound;
            f.atom.push_back(std::move(call));
            return f;
        }
        case FormulaKind::equal:
            f.sides = {formula_term(bound, 1), formula_term(bound, 1)};
            return f;
        case FormulaKind::for_all:
        case FormulaKind::exists:
            for (std::size_t i = 1 + below(2); i > 0; --i) {
                constexpr const char* kVariables[] = {"x", "y", "X", "Thing", "some one", "all"};
                f.variables.push_back({pick(kVariables), {}});
                bound.push_back(f.variables.back().text);
            }
            f.parts.push_back(formula(bound, depth - 1));
            return f;
        default: {
            std::size_t count = f.kind == FormulaKind::negation      ? 1
                                : f.kind == FormulaKind::implication ? 2
                                                                     : 2 + below(3);
            for (; count > 0; --count) f.parts.push_back(formula(bound, depth - 1));
            return f;
        }
    }
}

decltype(Statement::form) RandomSyntax::form() {
    switch (below(24)) {
        case 0:
            return Draw{head_with_value(), distribution(), body(0, 2, 1)};
        case 1:
            return Choose{head_with_value(), domain(2), body(0, 2, 1)};
        case 2:
            return Constraint{body(1, 3, 2)};
        case 3:
            return Directive{compound(1, "use_module", 1 + below(2))};
        case 4:
            return Objective{chance(50) ? Direction::minimize : Direction::maximize, elements(1)};
        case 5:
            return TypeDeclaration{name(), domain(2)};
        case 6: {
            Signature s{name(), {}};
            std::size_t count = below(4);
            for (std::size_t i = 0; i < count; ++i) s.types.push_back(domain(1));
            return s;
        }
        case 7:
            return module();
        case 8:
            return Input{chance(50) ? atom_name() : compound(1, text(), 3), name(), name()};
        case 9:
            return FactsFile{name(), static_cast<std::uint32_t>(below(256)), name()};
        case 10: {
            Function f{name(), {}, pipeline(2)};
            std::size_t count = below(3);
            for (std::size_t i = 0; i < count; ++i) f.parameters.push_back(variable());
            return f;
        }
        case 11:
            return Query{chance(30), atom(3)};
        case 12:
            return Evidence{chance(30), atom(3)};
        case 13:
            return Never{body(1, 3, 2)};
        case 14:
            return Always{literal(1), body(0, 2, 1)};
        case 15: {
            Invariant i{atom(2), name(), {}};
            if (chance(50)) i.arity = static_cast<std::uint32_t>(below(256));
            return i;
        }
        case 16:
            return Import{name(), chance(50)};
        case 17:
            return Sentence{formula({}, 4)};
        case 18:
            return Claim{name(), formula({}, 4)};
        default:
            return clause();
    }
}

Statement RandomSyntax::statement() {
    Statement s;
    s.form = form();
    return s;
}

}  // namespace entail::tests

#include "symbolic/eval/instance_text.h"

#include <algorithm>

#include "symbolic/ir/builtin.h"

namespace entail::eval {

using ir::Literal;
using ir::Term;

namespace {

std::string_view text(ir::CompareOp op) {
    switch (op) {
        case ir::CompareOp::equal:
            return "=:=";
        case ir::CompareOp::not_equal:
            return "=\\=";
        case ir::CompareOp::less:
            return "<";
        case ir::CompareOp::less_equal:
            return "=<";
        case ir::CompareOp::greater:
            return ">";
        case ir::CompareOp::greater_equal:
            return ">=";
    }
    return "";
}

std::string_view text(ir::AggregateOp op) {
    switch (op) {
        case ir::AggregateOp::sum:
            return "#sum";
        case ir::AggregateOp::count:
            return "#count";
        case ir::AggregateOp::min:
            return "#min";
        case ir::AggregateOp::max:
            return "#max";
        case ir::AggregateOp::list:
            return "findall";
    }
    return "";
}

/// How tightly an infix function binds: 0 for anything else.
int precedence(std::string_view name) {
    for (std::string_view sum : {"+", "-", "/\\", "\\/", "xor"}) {
        if (name == sum) return 1;
    }
    for (std::string_view product : {"*", "/", "//", "mod", "rem", "div", "<<", ">>"}) {
        if (name == product) return 2;
    }
    return name == "**" || name == "^" ? 3 : 0;
}

}  // namespace

std::string InstanceText::functor_term(const std::string& name, const std::vector<Term>& args,
                                       const Instance& instance) const {
    std::string out = name;
    for (std::size_t i = 0; i < args.size(); ++i) {
        out += (i == 0 ? "(" : ",") + term(args[i], instance);
    }
    return args.empty() ? out : out + ")";
}

std::string InstanceText::term(const Term& term, const Instance& instance) const {
    switch (term.kind) {
        case Term::Kind::variable:
            if (instance.bound[term.variable]) {
                return values_.print(instance.bindings[term.variable]);
            }
            return instance.names[term.variable].empty() ? "_" : instance.names[term.variable];
        case Term::Kind::constant:
            return values_.print(term.value);
        case Term::Kind::compound:
            break;
    }
    if (term.value != values_.cons() || term.args.size() != 2) {
        return functor_term(quote_atom(values_.text(term.value)), term.args, instance);
    }
    std::string out = "[" + this->term(term.args[0], instance);
    const Term* tail = &term.args[1];
    while (tail->kind == Term::Kind::compound && tail->value == values_.cons()) {
        out += "," + this->term(tail->args[0], instance);
        tail = &tail->args[1];
    }
    std::string rest = this->term(*tail, instance);
    if (rest == "[]") return out + "]";
    if (rest.front() == '[') return out + "," + rest.substr(1);
    return out + "|" + rest + "]";
}

std::string InstanceText::expression(const Term& term, const Instance& instance) const {
    if (term.kind != Term::Kind::compound) return this->term(term, instance);
    std::string name(values_.text(term.value));
    int own = term.args.size() == 2 ? precedence(name) : 0;
    if (own == 0) {
        std::string out = quote_atom(name) + "(";
        if (name == "-" && term.args.size() == 1) out = "-(";
        for (std::size_t i = 0; i < term.args.size(); ++i) {
            out += (i == 0 ? "" : ",") + expression(term.args[i], instance);
        }
        return out + ")";
    }
    auto side = [&](const Term& argument, bool is_right) {
        std::string out = expression(argument, instance);
        int inner = 0;
        if (argument.kind == Term::Kind::compound && argument.args.size() == 2) {
            inner = precedence(values_.text(argument.value));
        }
        bool is_negative = out.front() == '-' && is_right;
        bool needs = is_negative || (inner != 0 && (inner < own || (inner == own && is_right)));
        return needs ? "(" + out + ")" : out;
    };
    bool is_word = name.front() >= 'a' && name.front() <= 'z';
    std::string sign = is_word ? " " + name + " " : name;
    return side(term.args[0], false) + sign + side(term.args[1], true);
}

std::string InstanceText::atom(const ir::Atom& atom, const Instance& instance) const {
    return functor_term(quote_atom(program_.predicates[atom.predicate].name), atom.args, instance);
}

std::string InstanceText::aggregate(const Literal& literal, const Instance& instance) const {
    std::string written = source(literal.span);
    if (literal.function == ir::AggregateOp::list && !written.empty()) return written;
    std::size_t begin = written.find('#'), end = written.rfind('}');
    if (begin != std::string::npos && end != std::string::npos && begin < end) {
        return written.substr(begin, end + 1 - begin);
    }
    std::string out(text(literal.function));
    out += "{ ";
    bool is_named = !program_.predicates[literal.atom.predicate].internal;
    for (std::size_t i = literal.grouped; i < literal.atom.args.size(); ++i) {
        if (i > literal.grouped) out += ",";
        out += term(literal.atom.args[i], instance);
    }
    return out + " : " + (is_named ? atom(literal.atom, instance) : "…") + " }";
}

std::string InstanceText::builtin(const Literal& literal, const Instance& instance) const {
    const std::vector<Term>& args = literal.atom.args;
    std::string name(literal.builtin->name);
    if (std::string_view("@=").find(name.front()) == std::string_view::npos) {
        return functor_term(name, args, instance);
    }
    return term(args[0], instance) + " " + name + " " + term(args[1], instance);
}

std::string InstanceText::literal(const Literal& literal, const Instance& instance,
                                  const std::string& result) const {
    switch (literal.kind) {
        case Literal::Kind::atom:
            return atom(literal.atom, instance);
        case Literal::Kind::negated: {
            if (!program_.predicates[literal.atom.predicate].internal) {
                return "\\+ " + atom(literal.atom, instance);
            }
            std::vector<Value> row;
            for (const Term& argument : literal.atom.args) {
                if (!argument.is_variable()) return source(literal.span);
                row.push_back(instance.bindings[argument.variable]);
            }
            std::string bodies = tuple(literal.atom.predicate, row);
            bool is_plain = bodies.find(' ') == std::string::npos;
            return is_plain ? "\\+ " + bodies : "\\+ (" + bodies + ")";
        }
        case Literal::Kind::compare: {
            std::string op(text(literal.op));
            return expression(literal.left, instance) + " " + op + " " +
                   expression(literal.right, instance);
        }
        case Literal::Kind::is:
            return term(literal.left, instance) + " is " + expression(literal.right, instance);
        case Literal::Kind::unify:
            return term(literal.left, instance) + " = " + term(literal.right, instance);
        case Literal::Kind::not_unify:
            return term(literal.left, instance) + " \\= " + term(literal.right, instance);
        case Literal::Kind::in_range:
            return term(literal.left, instance) + " in " + expression(literal.right, instance) +
                   ".." + expression(literal.upper, instance);
        case Literal::Kind::in_values: {
            std::string out = term(literal.left, instance) + " in {";
            for (std::size_t i = 0; i < literal.values.size(); ++i) {
                if (i > 0) out += ", ";
                if (i == 8) {
                    out += "…";
                    break;
                }
                out += values_.print(literal.values[i]);
            }
            return out + "}";
        }
        case Literal::Kind::aggregate:
            return (result.empty() ? term(literal.left, instance) : result) + " = " +
                   aggregate(literal, instance);
        case Literal::Kind::builtin:
            return builtin(literal, instance);
        case Literal::Kind::not_builtin:
            return "\\+ " + builtin(literal, instance);
        case Literal::Kind::unknown:
            return term(literal.left, instance) + " in " + source(literal.span);
    }
    return "";
}

std::string InstanceText::conjunction(const std::vector<Literal>& body,
                                      const Instance& instance) const {
    std::string out;
    for (const Literal& literal : body) {
        if (!out.empty()) out += ", ";
        out += this->literal(literal, instance);
    }
    return out.empty() ? "true" : out;
}

std::string InstanceText::tuple(ir::PredicateId predicate, std::span<const Value> tuple) const {
    if (!program_.predicates[predicate].internal) {
        std::string out = quote_atom(program_.predicates[predicate].name);
        for (std::size_t i = 0; i < tuple.size(); ++i) {
            out += (i == 0 ? "(" : ",") + values_.print(tuple[i]);
        }
        return tuple.empty() ? out : out + ")";
    }
    std::string out;
    for (const ir::Rule& rule : program_.rules) {
        const ir::Atom& head = rule.heads[0].atom;
        if (head.predicate != predicate) continue;
        std::vector<Value> values(rule.variables.size());
        std::vector<bool> bound(rule.variables.size(), false);
        for (std::size_t i = 0; i < tuple.size(); ++i) {
            if (!head.args[i].is_variable()) continue;
            values[head.args[i].variable] = tuple[i];
            bound[head.args[i].variable] = true;
        }
        if (!out.empty()) out += " ; ";
        out += conjunction(rule.body, {values, bound, rule.variables});
    }
    return out;
}

std::string InstanceText::source(SourceSpan span) const {
    if (sources_ == nullptr || span.source >= sources_->size() || span.end == 0) return "";
    // One line, without comments; what stands in quotes stays as it is.
    std::string out;
    bool is_comment = false;
    char quote = 0;
    for (char c : sources_->text(span)) {
        if (quote != 0 || (!is_comment && (c == '"' || c == '\''))) {
            quote = quote == 0 ? c : (c == quote ? '\0' : quote);
            out += c;
            continue;
        }
        if (c == '%') is_comment = true;
        if (c == '\n') is_comment = false;
        if (is_comment) continue;
        bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (is_blank && (out.empty() || out.back() == ' ')) continue;
        out += is_blank ? ' ' : c;
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

proof::Place InstanceText::place(SourceSpan span) const {
    if (sources_ == nullptr || span.source >= sources_->size() || span.end == 0) return {};
    const Source& source = (*sources_)[span.source];
    return {source.name(), source.position(span.begin).line, span.begin, span.end};
}

std::string InstanceText::rule(const ir::Rule& rule) const {
    if (std::string written = source(rule.span); !written.empty()) return written;
    std::vector<bool> none(rule.variables.size(), false);
    Instance open{{}, none, rule.variables};
    std::string out;
    for (const ir::Head& head : rule.heads) {
        if (!out.empty()) out += "; ";
        out += atom(head.atom, open);
    }
    if (!rule.body.empty()) out += " :- " + conjunction(rule.body, open);
    return out + ".";
}

std::vector<proof::Binding> InstanceText::bindings(const Instance& instance) const {
    std::vector<proof::Binding> result;
    for (std::size_t v = 0; v < instance.names.size(); ++v) {
        const std::string& name = instance.names[v];
        if (!instance.bound[v] || name.empty() || name == "_") continue;
        result.push_back({name, values_.print(instance.bindings[v])});
    }
    return result;
}

}  // namespace entail::eval

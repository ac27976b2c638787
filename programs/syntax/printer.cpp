#include "programs/syntax/printer.h"

#include <fmt/format.h>

#include <algorithm>

#include "programs/syntax/stages.h"
#include "programs/syntax/words.h"

namespace entail::ast {
namespace {

/// How tightly a term binds; an operand that binds less than its place asks for is parenthesised.
enum Level { kSum = 1, kProduct, kUnary, kPower, kPrimary };

Level level(const Term& term) {
    if (term.kind != TermKind::compound) return kPrimary;
    if (term.args.size() == 1) return term.text == "-" ? kUnary : kPrimary;
    if (term.args.size() != 2) return kPrimary;
    const std::string& f = term.text;
    if (f == "+" || f == "-") return kSum;
    if (f == "*" || f == "/" || f == "//" || f == "mod") return kProduct;
    return f == "**" ? kPower : kPrimary;
}

bool is_plain_name(std::string_view name) {
    auto is_word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    };
    return !name.empty() && name[0] >= 'a' && name[0] <= 'z' &&
           std::all_of(name.begin(), name.end(), is_word);
}

void append_quoted(std::string& out, std::string_view content, char quote) {
    out += quote;
    for (char c : content) {
        auto byte = static_cast<unsigned char>(c);
        if (c == quote || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (byte < 0x20 || byte == 0x7f) {
            out += fmt::format("\\x{:x}\\", byte);
        } else {
            out += c;
        }
    }
    out += quote;
}

class Printer {
public:
    std::string take() { return std::move(out_); }

    void name(std::string_view text) { out_ += print_name(text); }

    void term(const Term& t, Level least = kSum) {
        bool parenthesised = level(t) < least;
        if (parenthesised) out_ += '(';
        switch (t.kind) {
            case TermKind::variable:
                out_ += t.text;
                break;
            case TermKind::anonymous:
                out_ += '_';
                break;
            case TermKind::integer:
                out_ += fmt::format("{}", t.integer);
                break;
            case TermKind::real:
                out_ += print_real(t.real);
                break;
            case TermKind::string:
                out_ += print_string(t.text);
                break;
            case TermKind::atom:
                name(t.text);
                break;
            case TermKind::compound:
                compound(t);
                break;
            case TermKind::list:
                out_ += '[';
                sequence(t.elements());
                if (t.has_tail) {
                    out_ += " | ";
                    term(*t.tail());
                }
                out_ += ']';
                break;
            case TermKind::set:
                out_ += '{';
                sequence(t.args);
                out_ += '}';
                break;
            case TermKind::range:
                term(t.args[0]);
                out_ += "..";
                term(t.args[1]);
                break;
        }
        if (parenthesised) out_ += ')';
    }

    void weight(const Weight& w) {
        switch (w.kind) {
            case WeightKind::literal:
                out_ += w.text;
                break;
            case WeightKind::expression:
                expression_weight(w.expression[0]);
                break;
            case WeightKind::learnable:
                out_ += fmt::format("t({})", w.text.empty() ? "_" : w.text);
                break;
            case WeightKind::network: {
                const Network& network = w.network[0];
                out_ += "nn(";
                name(network.module.text);
                out_ += ", [";
                sequence(network.inputs);
                out_ += "], ";
                term(network.output);
                out_ += ", [";
                sequence(network.labels);
                out_ += "])";
                break;
            }
        }
    }

    void literal(const Literal& l) {
        if (l.negated) out_ += "\\+ ";
        std::visit([&](const auto& form) { literal_form(form); }, l.form);
    }

    void body(const Body& b) {
        for (std::size_t i = 0; i < b.size(); ++i) {
            if (i != 0) out_ += ", ";
            literal(b[i]);
        }
    }

    void pipeline(const Pipeline& p) {
        for (std::size_t i = 0; i < p.stages.size(); ++i) {
            if (i != 0) out_ += " |> ";
            const Stage& stage = p.stages[i];
            out_ += stage_info(stage.kind).name;
            if (stage.args.empty() && stage.pipelines.empty()) continue;
            out_ += '(';
            sequence(stage.args);
            for (std::size_t j = 0; j < stage.pipelines.size(); ++j) {
                if (j != 0) out_ += ", ";
                pipeline(stage.pipelines[j]);
            }
            out_ += ')';
        }
    }

    void statement(const Statement& s) {
        std::visit([&](const auto& form) { statement_form(form); }, s.form);
        out_ += '.';
    }

    void line_end() { out_ += '\n'; }

private:
    /// `(type mod 2)`, which would be read as a statement of that word without parentheses.
    void expression_weight(const Term& t) {
        const Term* leftmost = &t;
        while (level(*leftmost) < kUnary || level(*leftmost) == kPower)
            leftmost = &leftmost->args[0];
        bool word =
            leftmost != &t && leftmost->kind == TermKind::atom && is_statement_word(leftmost->text);
        if (word) out_ += '(';
        term(t);
        if (word) out_ += ')';
    }

    template <typename Terms>
    void sequence(const Terms& terms) {
        bool first = true;
        for (const Term& t : terms) {
            if (!first) out_ += ", ";
            first = false;
            term(t);
        }
    }

    void compound(const Term& t) {
        switch (level(t)) {
            case kSum:
                return infix(t, kSum, kProduct);
            case kProduct:
                return infix(t, kProduct, kUnary);
            case kPower:
                return infix(t, kPrimary, kUnary);
            case kUnary:
                return negative(t.args[0]);
            case kPrimary:
                break;
        }
        call(t, is_plain_name(t.text) ? t.text : print_name(t.text));
    }

    void call(const Term& t, std::string_view functor) {
        out_ += functor;
        if (t.kind != TermKind::compound) return;
        out_ += '(';
        sequence(t.args);
        out_ += ')';
    }

    void infix(const Term& t, Level left, Level right) {
        term(t.args[0], left);
        out_ += fmt::format(" {} ", t.text);
        term(t.args[1], right);
    }

    /// `-X`; digits after the sign would become part of a number, so they are kept apart.
    void negative(const Term& operand) {
        out_ += '-';
        std::size_t start = out_.size();
        term(operand, kUnary);
        char first = out_[start];
        if (first == '-' || (first >= '0' && first <= '9')) {
            out_.insert(start, 1, '(');
            out_ += ')';
        }
    }

    /// An atom as a goal, where `not` would be read as a negation.
    void literal_form(const Term& t) {
        bool callable = t.kind == TermKind::atom || t.kind == TermKind::compound;
        if (callable && t.text == "not") return call(t, "'not'");
        term(t);
    }

    void literal_form(const Comparison& c) {
        side(c.left());
        out_ += fmt::format(" {} ", spelling(c.op));
        term(c.right());
    }

    void literal_form(const Membership& m) {
        side(m.element());
        out_ += " in ";
        term(m.domain());
    }

    void literal_form(const Aggregate& a) {
        side(a.result[0]);
        out_ += fmt::format(" {} {}", spelling(a.op), spelling(a.function));
        elements(a.over[0]);
    }

    void literal_form(const Disjunction& d) {
        out_ += '(';
        for (std::size_t i = 0; i < d.alternatives.size(); ++i) {
            if (i != 0) out_ += " ; ";
            body(d.alternatives[i]);
        }
        out_ += ')';
    }

    /// The beginning of a literal that is not an atom: `not` there would be read as a negation.
    void side(const Term& t) {
        std::size_t start = out_.size();
        term(t);
        std::string_view written = std::string_view(out_).substr(start);
        bool word = written.starts_with("not") &&
                    (written.size() == 3 || !is_plain_name(written.substr(0, 4)));
        if (word) out_.replace(start, 3, "'not'");
    }

    void elements(const Elements& e) {
        out_ += "{ ";
        sequence(e.tuple);
        out_ += " : ";
        body(e.body);
        out_ += " }";
    }

    /// A head, where `query(p)` and `evidence(p)` would be read as questions.
    void head(const Term& t) {
        bool compound = t.kind == TermKind::compound;
        bool question = compound && ((t.text == "query" && t.args.size() == 1) ||
                                     (t.text == "evidence" && t.args.size() <= 2));
        if (question) {
            call(t, fmt::format("'{}'", t.text));
        } else {
            term(t);
        }
    }

    void optional_body(const Body& b) {
        if (b.empty()) return;
        out_ += " :- ";
        body(b);
    }

    void request(std::string_view word, bool negated, const Term& atom) {
        out_ += word;
        out_ += negated ? " \\+ " : " ";
        literal_form(atom);
    }

    void statement_form(const Clause& c) {
        for (std::size_t i = 0; i < c.heads.size(); ++i) {
            if (i != 0) out_ += " ; ";
            if (c.heads[i].weight) {
                weight(*c.heads[i].weight);
                out_ += " :: ";
            }
            head(c.heads[i].atom);
        }
        optional_body(c.body);
    }

    void statement_form(const Draw& d) {
        head(d.head);
        out_ += " ~ ";
        distribution(d.distribution);
        optional_body(d.body);
    }

    void distribution(const Distribution& d) {
        if (d.kind == DistributionKind::categorical) {
            out_ += "categorical{";
            for (std::size_t i = 0; i < d.choices.size(); ++i) {
                if (i != 0) out_ += ", ";
                term(d.choices[i].value);
                out_ += ": ";
                weight(d.choices[i].weight);
            }
            out_ += '}';
            return;
        }
        // A module may bear the name of a built-in distribution; quotes tell them apart.
        const std::string& word = d.module.text;
        bool built_in = word == "normal" || word == "uniform" || word == "exponential";
        if (d.kind == DistributionKind::module && !d.part && built_in) {
            out_ += fmt::format("'{}'", word);
        } else {
            name(word);
        }
        if (d.part) {
            out_ += '.';
            name(d.part->text);
        }
        out_ += '(';
        sequence(d.args);
        out_ += ')';
    }

    void statement_form(const Choose& c) {
        out_ += "choose ";
        head(c.head);
        out_ += " in ";
        term(c.domain);
        optional_body(c.body);
    }

    void statement_form(const Constraint& c) {
        out_ += ":- ";
        body(c.body);
    }

    void statement_form(const Directive& d) {
        out_ += ":- ";
        term(d.goal);
    }

    void statement_form(const Objective& o) {
        out_ += o.direction == Direction::minimize ? "#minimize" : "#maximize";
        elements(o.over);
    }

    void statement_form(const TypeDeclaration& t) {
        out_ += "type ";
        name(t.name.text);
        out_ += " = ";
        term(t.domain);
    }

    void statement_form(const Signature& s) {
        out_ += "pred ";
        name(s.name.text);
        if (s.types.empty()) return;
        out_ += '(';
        sequence(s.types);
        out_ += ')';
    }

    void statement_form(const ModuleDeclaration& m) {
        out_ += "module ";
        name(m.name.text);
        out_ += " : ";
        name(m.input.text);
        out_ += " -> ";
        if (m.output) {
            term(*m.output);
        } else {
            out_ += '{';
            for (std::size_t i = 0; i < m.concepts.size(); ++i) {
                if (i != 0) out_ += ", ";
                name(m.concepts[i].name.text);
                out_ += ": ";
                term(m.concepts[i].domain);
            }
            out_ += '}';
        }
        out_ += " = ";
        name(m.architecture.name.text);
        if (m.architecture.args.empty()) return;
        out_ += '(';
        sequence(m.architecture.args);
        out_ += ')';
    }

    void statement_form(const Input& i) {
        out_ += "input ";
        term(i.entity);
        out_ += " : ";
        name(i.type.text);
        out_ += " = ";
        out_ += print_string(i.path.text);
    }

    void statement_form(const FactsFile& f) {
        out_ += "facts ";
        name(f.name.text);
        out_ += fmt::format("/{} from {}", f.arity, print_string(f.path.text));
    }

    void statement_form(const Function& f) {
        out_ += "fun ";
        name(f.name.text);
        if (!f.parameters.empty()) {
            out_ += '(';
            sequence(f.parameters);
            out_ += ')';
        }
        out_ += " = ";
        pipeline(f.pipeline);
    }

    void statement_form(const Query& q) { request("query", q.negated, q.atom); }
    void statement_form(const Evidence& e) { request("evidence", e.negated, e.atom); }

    void statement_form(const Never& n) {
        out_ += "never ";
        body(n.body);
    }

    void statement_form(const Always& a) {
        out_ += "always ";
        literal(a.claim);
        optional_body(a.body);
    }

    void statement_form(const Invariant& i) {
        out_ += "invariant ";
        term(i.atom);
        out_ += " under ";
        name(i.predicate.text);
        if (i.arity) out_ += fmt::format("/{}", *i.arity);
    }

    void statement_form(const Import& i) {
        out_ += "import ";
        out_ += i.is_path ? print_string(i.name.text) : print_name(i.name.text);
    }

    std::string out_;
};

template <typename Write>
std::string printed(Write write) {
    Printer printer;
    write(printer);
    return printer.take();
}

}  // namespace

std::string print(const Term& term) {
    return printed([&](Printer& p) { p.term(term); });
}

std::string print(const Weight& weight) {
    return printed([&](Printer& p) { p.weight(weight); });
}

std::string print(const Literal& literal) {
    return printed([&](Printer& p) { p.literal(literal); });
}

std::string print(const Body& body) {
    return printed([&](Printer& p) { p.body(body); });
}

std::string print(const Pipeline& pipeline) {
    return printed([&](Printer& p) { p.pipeline(pipeline); });
}

std::string print(const Statement& statement) {
    return printed([&](Printer& p) { p.statement(statement); });
}

std::string print(const File& file) {
    return printed([&](Printer& p) {
        for (const Statement& statement : file.statements) {
            p.statement(statement);
            p.line_end();
        }
    });
}

std::string print_name(std::string_view name) {
    if (is_plain_name(name)) return std::string(name);
    std::string out;
    append_quoted(out, name, '\'');
    return out;
}

std::string print_string(std::string_view content) {
    std::string out;
    append_quoted(out, content, '"');
    return out;
}

std::string print_real(double value) {
    std::string text = fmt::format("{}", value);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
}

std::string_view spelling(ComparisonOp op) {
    switch (op) {
        case ComparisonOp::unify:
            return "=";
        case ComparisonOp::not_unify:
            return "\\=";
        case ComparisonOp::is:
            return "is";
        case ComparisonOp::identical:
            return "==";
        case ComparisonOp::not_identical:
            return "\\==";
        case ComparisonOp::equal:
            return "=:=";
        case ComparisonOp::not_equal:
            return "=\\=";
        case ComparisonOp::less:
            return "<";
        case ComparisonOp::less_equal:
            return "=<";
        case ComparisonOp::greater:
            return ">";
        case ComparisonOp::greater_equal:
            return ">=";
    }
    return {};
}

std::string_view spelling(AggregateOp function) {
    switch (function) {
        case AggregateOp::sum:
            return "#sum";
        case AggregateOp::count:
            return "#count";
        case AggregateOp::min:
            return "#min";
        case AggregateOp::max:
            return "#max";
    }
    return {};
}

}  // namespace entail::ast

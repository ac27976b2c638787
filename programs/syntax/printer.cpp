#include "programs/syntax/printer.h"

#include <fmt/format.h>

#include <cctype>

#include "programs/syntax/stages.h"
#include "programs/syntax/term_printer.h"
#include "programs/syntax/words.h"

namespace entail::ast {
namespace {

class Printer : public TermPrinter {
public:
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
            if (stage.kind == StageKind::argument) {
                sequence(stage.args);
                continue;
            }
            if (stage.kind == StageKind::call) {
                name(stage.name.text);
            } else {
                out_ += stage_info(stage.kind).name;
            }
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
    /// An atom as a goal, where `not` would be read as a negation and `forall` by its meaning.
    void literal_form(const Term& t) {
        bool callable = t.kind == TermKind::atom || t.kind == TermKind::compound;
        if (callable && t.text == "not") return call(t, "'not'");
        if (is_goal_form(t.text, t.args.size())) return call(t, fmt::format("'{}'", t.text));
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
        if (a.function == AggregateOp::list) {
            out_ += "findall(";
            term(a.over[0].tuple[0]);
            out_ += ", (";
            body(a.over[0].body);
            out_ += "), ";
            term(a.result[0]);
            out_ += ')';
            return;
        }
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

    void formula_name(std::string_view text) {
        if (is_formula_word(text)) {
            out_ += fmt::format("'{}'", text);
        } else {
            name(text);
        }
    }

    /// A term of a formula, in which bound names may be of any form.
    void formula_term(const Term& t) {
        if (t.kind == TermKind::variable) {
            is_plain_variable(t.text) ? void(out_ += t.text) : formula_name(t.text);
        } else if (t.kind == TermKind::atom || t.kind == TermKind::compound) {
            formula_name(t.text);
            for (std::size_t i = 0; i < t.args.size(); ++i) {
                out_ += i == 0 ? "(" : ", ";
                formula_term(t.args[i]);
            }
            if (!t.args.empty()) out_ += ')';
        } else {
            term(t);
        }
    }

    static bool is_plain_variable(std::string_view text) {
        return std::isupper(static_cast<unsigned char>(text[0])) != 0 &&
               is_plain_name("x" + std::string(text));
    }

    void quantified(std::string_view word, const Formula& f) {
        out_ += word;
        for (std::size_t i = 0; i < f.variables.size(); ++i) {
            out_ += i == 0 ? " " : ", ";
            const std::string& variable = f.variables[i].text;
            is_plain_variable(variable) ? void(out_ += variable) : formula_name(variable);
        }
        out_ += ' ';
        part(f.parts[0]);
    }

    /// In parentheses, unless it holds together without.
    void part(const Formula& f) {
        const bool is_whole = f.kind == FormulaKind::truth || f.kind == FormulaKind::falsity ||
                              f.kind == FormulaKind::atom || f.kind == FormulaKind::negation ||
                              f.kind == FormulaKind::for_all || f.kind == FormulaKind::exists;
        if (!is_whole) out_ += '(';
        formula(f);
        if (!is_whole) out_ += ')';
    }

    void connected(std::string_view connective, const Formula& f) {
        for (std::size_t i = 0; i < f.parts.size(); ++i) {
            if (i != 0) out_ += connective;
            part(f.parts[i]);
        }
    }

    void formula(const Formula& f) {
        switch (f.kind) {
            case FormulaKind::truth:
                out_ += "true";
                break;
            case FormulaKind::falsity:
                out_ += "false";
                break;
            case FormulaKind::atom:
                formula_term(f.atom[0]);
                break;
            case FormulaKind::equal:
                formula_term(f.sides[0]);
                out_ += " = ";
                formula_term(f.sides[1]);
                break;
            case FormulaKind::negation:
                out_ += '~';
                part(f.parts[0]);
                break;
            case FormulaKind::conjunction:
                return connected(" & ", f);
            case FormulaKind::disjunction:
                return connected(" | ", f);
            case FormulaKind::exclusive:
                return connected(" ^ ", f);
            case FormulaKind::implication:
                return connected(" -> ", f);
            case FormulaKind::equivalence:
                return connected(" <-> ", f);
            case FormulaKind::for_all:
                return quantified("forall", f);
            case FormulaKind::exists:
                return quantified("exists", f);
        }
    }

    void statement_form(const Sentence& s) {
        out_ += "fol ";
        formula(s.formula);
    }

    void statement_form(const Claim& c) {
        out_ += "claim ";
        name(c.name.text);
        out_ += ": ";
        formula(c.formula);
    }

    void statement_form(const Import& i) {
        out_ += "import ";
        out_ += i.is_path ? print_string(i.name.text) : print_name(i.name.text);
    }
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
        case ComparisonOp::before:
            return "@<";
        case ComparisonOp::not_after:
            return "@=<";
        case ComparisonOp::after:
            return "@>";
        case ComparisonOp::not_before:
            return "@>=";
        case ComparisonOp::univ:
            return "=..";
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
        case AggregateOp::list:
            return "findall";
    }
    return {};
}

}  // namespace entail::ast

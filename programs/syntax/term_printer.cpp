#include "programs/syntax/term_printer.h"

#include <fmt/format.h>

#include <algorithm>

#include "programs/syntax/printer.h"
#include "programs/syntax/words.h"

namespace entail::ast {
namespace {

Level level(const Term& term) {
    if (term.kind != TermKind::compound) return kPrimary;
    if (term.args.size() == 1) return term.text == "-" ? kUnary : kPrimary;
    return term.args.size() == 2 ? infix_level(term.text) : kPrimary;
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

}  // namespace

bool is_plain_name(std::string_view name) {
    auto is_word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    };
    return !name.empty() && name[0] >= 'a' && name[0] <= 'z' &&
           std::all_of(name.begin(), name.end(), is_word);
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

void TermPrinter::name(std::string_view text) {
    out_ += print_name(text);
}

void TermPrinter::term(const Term& t, Level least) {
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

void TermPrinter::weight(const Weight& w) {
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

/// `(type mod 2)`, which would be read as a statement of that word without parentheses.
void TermPrinter::expression_weight(const Term& t) {
    const Term* leftmost = &t;
    while (level(*leftmost) < kUnary || level(*leftmost) == kPower) leftmost = &leftmost->args[0];
    bool word =
        leftmost != &t && leftmost->kind == TermKind::atom && is_statement_word(leftmost->text);
    if (word) out_ += '(';
    term(t);
    if (word) out_ += ')';
}

void TermPrinter::compound(const Term& t) {
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

void TermPrinter::call(const Term& t, std::string_view functor) {
    out_ += functor;
    if (t.kind != TermKind::compound) return;
    out_ += '(';
    sequence(t.args);
    out_ += ')';
}

void TermPrinter::infix(const Term& t, Level left, Level right) {
    term(t.args[0], left);
    out_ += fmt::format(" {} ", t.text);
    term(t.args[1], right);
}

/// `-X`; digits after the sign would become part of a number, so they are kept apart.
void TermPrinter::negative(const Term& operand) {
    out_ += '-';
    std::size_t start = out_.size();
    term(operand, kUnary);
    char first = out_[start];
    if (first == '-' || (first >= '0' && first <= '9')) {
        out_.insert(start, 1, '(');
        out_ += ')';
    }
}

}  // namespace entail::ast

#include "logic_program.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>

#include "neural/core/data_error.h"
#include "neural/data/file_bytes.h"
#include "symbolic/base/value.h"

namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 28U;

std::string trimmed(const std::string& text) {
    const char* const blanks = " \t\r";
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string::npos) return "";
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::vector<std::string> split(const std::string& text, const std::string& separator) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    for (std::size_t at; (at = text.find(separator, begin)) != std::string::npos;
         begin = at + separator.size())
        parts.push_back(trimmed(text.substr(begin, at - begin)));
    parts.push_back(trimmed(text.substr(begin)));
    return parts;
}

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

struct BadLine {
    std::string why;
};

/// Reads the lines of one program into its translation.
class Reader {
public:
    LogicProgram run(const std::string& text) {
        const std::vector<std::string> lines = split(text, "\n");
        for (const std::string& line : lines) {
            ++number_;
            std::string translated;
            try {
                translated = read(trimmed(split(line, ":::")[0]));
            } catch (const BadLine& bad) {
                result_.errors.push_back({number_, bad.why + ": " + line});
            }
            result_.entail += translated + "\n";
        }
        if (result_.kind == Kind::deduction) {
            if (result_.query.empty()) result_.errors.push_back({number_, "there is no query"});
            for (const auto& [name, arity] : predicates_) {
                std::string types;
                for (std::size_t i = 0; i < arity; ++i) types += i == 0 ? "term" : ", term";
                result_.entail += "pred " + entail::quote_atom(name) + "(" + types + ").\n";
            }
        }
        if (result_.kind == Kind::ordering && options_ == 0)
            result_.errors.push_back({number_, "there are no options"});
        return std::move(result_);
    }

private:
    std::string read(const std::string& line) {
        if (line.empty()) return "";
        const std::string section = line.back() == ':' ? line.substr(0, line.size() - 1) : line;
        static const std::set<std::string> kSections = {
            "Predicates", "Facts", "Rules", "Query", "Domain", "Variables", "Constraints"};
        if (kSections.contains(section)) {
            section_ = section;
            if (section == "Facts" || section == "Rules") result_.kind = Kind::deduction;
            if (section == "Variables" || section == "Constraints") result_.kind = Kind::ordering;
            return "";
        }
        if (section_ == "Predicates" || section_ == "Domain") return "";
        if (section_ == "Facts") return read_fact(line);
        if (section_ == "Rules") return read_rule(line);
        if (section_ == "Variables") return read_variable(line);
        if (section_ == "Constraints") return read_constraint(line);
        if (section_ == "Query")
            return result_.kind == Kind::ordering ? read_option(line) : read_query(line);
        throw BadLine{"it belongs to no section"};
    }

    // --- deduction ---

    Literal read_literal(std::string text) {
        const std::string written = text;
        const bool is_negated = text.starts_with("!");
        if (is_negated) text = trimmed(text.substr(1));
        const std::size_t open = text.find('(');
        if (open == std::string::npos || open == 0 || text.back() != ')')
            throw BadLine{"'" + written + "' is no atom"};
        Literal literal;
        literal.predicate = trimmed(text.substr(0, open));
        literal.arguments = split(text.substr(open + 1, text.size() - open - 2), ",");
        const std::string value = literal.arguments.back();
        literal.arguments.pop_back();
        if (value != "True" && value != "False")
            throw BadLine{"'" + written + "' does not end with True or False"};
        for (const std::string& argument : literal.arguments) {
            const bool is_whole = std::all_of(argument.begin(), argument.end(), [](char c) {
                return is_word(c) || c == '$' || c == ' ' || c == '-' || c == '\'' || c == '.';
            });
            if (argument.empty() || argument == "$" || !is_whole)
                throw BadLine{"'" + argument + "' is no name"};
        }
        literal.value = (value == "True") != is_negated;
        if (is_negated)
            result_.remarks.push_back(
                {number_, "'" + written + "' is read with the other truth value"});
        predicates_.insert({literal.predicate, literal.arguments.size() + 1});
        return literal;
    }

    std::string read_fact(const std::string& line) {
        const Literal literal = read_literal(line);
        for (const std::string& argument : literal.arguments) {
            if (argument[0] == '$') throw BadLine{"a fact with the variable " + argument};
        }
        result_.facts.emplace(number_, literal);
        return print(literal) + ".";
    }

    std::string read_rule(const std::string& line) {
        const std::vector<std::string> sides = split(line, ">>>");
        if (sides.size() != 2) throw BadLine{"a rule has one '>>>'"};
        Rule rule;
        std::set<std::string> bound;
        for (const std::string& part : split(sides[0], "&&")) {
            rule.body.push_back(read_literal(part));
            bound.insert(rule.body.back().arguments.begin(), rule.body.back().arguments.end());
        }
        std::string body, clauses;
        for (const Literal& literal : rule.body)
            body += (body.empty() ? "" : ", ") + print(literal);
        for (const std::string& part : split(sides[1], "&&")) {
            rule.heads.push_back(read_literal(part));
            for (const std::string& argument : rule.heads.back().arguments) {
                if (argument[0] == '$' && !bound.contains(argument))
                    throw BadLine{"nothing before '>>>' says what " + argument + " is"};
            }
            clauses +=
                (clauses.empty() ? "" : " ") + print(rule.heads.back()) + " :- " + body + ".";
        }
        result_.rules.emplace(number_, std::move(rule));
        return clauses;
    }

    std::string read_query(const std::string& line) {
        if (!result_.query.empty()) throw BadLine{"a second query"};
        const Literal literal = read_literal(line);
        result_.query.push_back(literal);
        std::string text = "query " + entail::quote_atom(literal.predicate) + "(";
        for (const std::string& argument : literal.arguments) {
            if (argument[0] == '$') throw BadLine{"a query with the variable " + argument};
            text += entail::quote_atom(argument) + ", ";
        }
        return text + "Value).";
    }

    // --- ordering ---

    /// `name [IN] [1, 2, 3]`
    std::string read_variable(const std::string& line) {
        const std::vector<std::string> sides = split(line, "[IN]");
        const bool has_values = sides.size() == 2 && sides[1].size() > 2 && sides[1][0] == '[' &&
                                sides[1].back() == ']';
        if (!has_values) throw BadLine{"expected 'name [IN] [values]'"};
        const std::string name = sides[0];
        if (name.empty() || !std::all_of(name.begin(), name.end(), is_word))
            throw BadLine{"'" + name + "' is no name"};
        if (!variables_.insert(name).second) throw BadLine{"'" + name + "' is there twice"};
        return "choose " + entail::quote_atom(name) + "(V) in {" +
               sides[1].substr(1, sides[1].size() - 2) + "}.";
    }

    /// The variables of an expression bound, and it itself over their values; `op` as Entail writes
    /// it, or its opposite.
    std::string read_comparison(const std::string& text, bool is_opposite) {
        struct Operator {
            const char *written, *entail, *opposite;
        };
        static constexpr Operator kOperators[] = {
            {"==", "=:=", "=\\="}, {"!=", "=\\=", "=:="}, {"<=", "=<", ">"},
            {">=", ">=", "<"},     {"<", "<", ">="},      {">", ">", "=<"},
        };
        for (const Operator& op : kOperators) {
            const std::vector<std::string> sides = split(text, op.written);
            if (sides.size() != 2) continue;
            std::set<std::string> used;
            const std::string left = read_expression(sides[0], used);
            const std::string right = read_expression(sides[1], used);
            std::string body;
            for (const std::string& name : used)
                body += entail::quote_atom(name) + "(V_" + name + "), ";
            return body + left + " " + (is_opposite ? op.opposite : op.entail) + " " + right;
        }
        throw BadLine{"expected a comparison of two sides"};
    }

    std::string read_expression(const std::string& text, std::set<std::string>& used) {
        if (text.empty()) throw BadLine{"a side is missing"};
        std::string result;
        for (std::size_t i = 0; i < text.size();) {
            if (!is_word(text[i])) {
                if (std::string("+-*() ").find(text[i]) == std::string::npos)
                    throw BadLine{"'" + text.substr(i, 1) + "' in an expression"};
                result += text[i++];
                continue;
            }
            std::size_t end = i;
            while (end < text.size() && is_word(text[end])) ++end;
            const std::string word = text.substr(i, end - i);
            const bool is_number = std::all_of(word.begin(), word.end(), [](char c) {
                return std::isdigit(static_cast<unsigned char>(c)) != 0;
            });
            if (variables_.contains(word)) {
                used.insert(word);
                result += "V_" + word;
            } else if (is_number || word == "abs") {
                result += word;
            } else {
                throw BadLine{"'" + word + "' is no variable"};
            }
            i = end;
        }
        return result;
    }

    std::string read_constraint(const std::string& line) {
        const std::string all_different = "AllDifferentConstraint([";
        if (!line.starts_with(all_different)) return ":- " + read_comparison(line, true) + ".";
        if (!line.ends_with("])")) throw BadLine{"expected '])'"};
        const std::vector<std::string> names =
            split(line.substr(all_different.size(), line.size() - all_different.size() - 2), ",");
        std::string clauses;
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (!variables_.contains(names[i])) throw BadLine{"'" + names[i] + "' is no variable"};
            for (std::size_t j = 0; j < i; ++j)
                clauses += (clauses.empty() ? ":- " : " :- ") + entail::quote_atom(names[j]) +
                           "(V), " + entail::quote_atom(names[i]) + "(V).";
        }
        return clauses;
    }

    /// `A) comparison`
    std::string read_option(const std::string& line) {
        if (line.size() < 3 || line[0] < 'A' || line[0] > 'Z' || line[1] != ')')
            throw BadLine{"expected an option 'A) …'"};
        const std::string letter = line.substr(0, 1);
        const std::string name = "option_" + letter;
        const std::string body = read_comparison(trimmed(line.substr(2)), false);
        ++options_;
        return name + " :- " + body + ". claim " + letter + ": " + name + ".";
    }

    LogicProgram result_;
    std::string section_;
    std::size_t number_ = 0;
    std::size_t options_ = 0;
    std::set<std::pair<std::string, std::size_t>> predicates_;
    std::set<std::string> variables_;
};

}  // namespace

std::string variable_name(const std::string& argument) {
    return "V_" + argument.substr(1);
}

std::string print(const Literal& literal, const std::map<std::string, std::string>& values) {
    std::string text = entail::quote_atom(literal.predicate) + "(";
    for (const std::string& argument : literal.arguments) {
        if (argument[0] == '$') {
            const auto place = values.find(variable_name(argument));
            text += place == values.end() ? variable_name(argument) : place->second;
        } else {
            text += entail::quote_atom(argument);
        }
        text += ",";
    }
    return text + (literal.value ? "true)" : "false)");
}

LogicProgram translate(const std::string& program) {
    return Reader().run(program);
}

std::vector<Problem> read_problems(const std::filesystem::path& file) {
    std::vector<Problem> problems;
    try {
        const auto json = nlohmann::json::parse(entail::neural::read_file_or_gzip(file, kMaxBytes));
        for (const auto& entry : json) {
            Problem problem;
            problem.id = entry.at("id").get<std::string>();
            problem.answer = entry.at("answer").get<std::string>();
            for (const auto& text : entry.at("raw_logic_programs"))
                problem.program += text.get<std::string>();
            problems.push_back(std::move(problem));
        }
    } catch (const nlohmann::json::exception& error) {
        throw std::runtime_error(file.string() + ": not a file of logic programs: " + error.what());
    }
    return problems;
}

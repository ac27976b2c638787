#pragma once
// Logic programs as language models write them (the format of Logic-LM), read line by line.
//
// Two kinds. *Deduction*: facts and rules over atoms whose last argument is a truth value,
//     Cold($x, True) && Smart($x, True) >>> Red($x, False) ::: what it says in words
// and a query. *Ordering*: variables with finite domains, constraints, and options to choose from,
//     blue_book > yellow_book ::: what it says in words
// The translation of line n stands on line n of the Entail program, so that places in messages and
// proofs are places in the original too.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

struct Problem {
    std::string id;
    std::string answer;  ///< the right one: `A`
    std::string program;
};
/// Of a file of JSON, gzip or not. Throws std::runtime_error.
std::vector<Problem> read_problems(const std::filesystem::path& file);

/// What is wrong with a line, or how it was understood.
struct Remark {
    std::size_t line;
    std::string text;
};

enum class Kind { unreadable, deduction, ordering };

/// An atom with its truth value; `$x` is a variable.
struct Literal {
    std::string predicate;
    std::vector<std::string> arguments;
    bool value = true;
};

struct Rule {
    std::vector<Literal> body, heads;
};

struct LogicProgram {
    Kind kind = Kind::unreadable;
    std::string entail;           ///< the Entail program
    std::vector<Remark> remarks;  ///< how lines were understood
    std::vector<Remark> errors;   ///< lines that were left out
    // Of a deduction, for checking proofs:
    std::map<std::size_t, Literal> facts;  ///< by line
    std::map<std::size_t, Rule> rules;
    std::vector<Literal> query;  ///< one, if it could be read
};
LogicProgram translate(const std::string& program);

/// As Entail prints it: `'Cold'('Bob',true)`, variables by their values.
std::string print(const Literal& literal, const std::map<std::string, std::string>& values = {});
/// The variable `$x` in Entail: `V_x`.
std::string variable_name(const std::string& argument);

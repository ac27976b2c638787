#pragma once
// A circuit with what its choices and roots stand for: what is kept in a file and shown to people.

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "symbolic/circuit/circuit.h"
#include "symbolic/circuit/compile.h"

namespace entail::circuit {

struct LabelledCircuit {
    struct Choice {
        std::string place;  ///< of its statement: "alarm.ent:3"
        bool free = false;
        bool operator==(const Choice&) const = default;
    };
    struct Answer {
        std::string atom;
        RootPair pair;
        bool operator==(const Answer&) const = default;
    };

    Circuit circuit;
    std::vector<Choice> choices;
    std::vector<std::string> alternatives;  ///< by weight: what it makes true, "(none)" if nothing
    std::vector<double> weights;            ///< of a free choice: the same for all, summing to 1
    RootId conditions = 0;                  ///< the mass of what evidence and constraints leave
    std::vector<Answer> answers;

    bool operator==(const LabelledCircuit&) const = default;
};

/// A file that is no circuit: where, why, and what to do. `line` counts from 1.
class CircuitFileError : public std::runtime_error {
public:
    CircuitFileError(const std::string& file, std::size_t line, const std::string& cause);
};

/// Text with a version and a check sum; read_circuit gives back the same value. Line breaks in
/// labels become blanks.
std::string write_circuit(const LabelledCircuit& labelled);
/// `file` stands in messages. Whatever `text` holds, the result satisfies all invariants of a
/// circuit, or CircuitFileError is thrown.
LabelledCircuit read_circuit(std::string_view text, const std::string& file);

/// For Graphviz: decisions as ellipses with their edges labelled, answers as boxes.
std::string write_dot(const LabelledCircuit& labelled);

}  // namespace entail::circuit

#pragma once
// The oracle's own ground terms: interned, so that a term is an index and equality is one compare.
// Nothing here is shared with the engine's values.

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace entail::tests {

/// What the language calls an error of the program.
class OracleProgramError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};
/// What the oracle does not judge: too large, or outside of its fragment.
class OracleRefusal : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

using Id = int;  ///< of a ground term; -1 is "none"

enum class Shape : std::uint8_t { integer, real, atom, string, compound };

struct Node {
    Shape shape = Shape::atom;
    std::int64_t integer = 0;
    double real = 0.0;
    std::string text;  ///< of atoms, strings and compounds (the functor; "." for a list cell)
    std::vector<Id> args;

    auto key() const { return std::tie(shape, integer, real, text, args); }
};

class Terms {
public:
    Id integer(std::int64_t value) { return intern({Shape::integer, value, 0.0, {}, {}}); }
    Id real(double value) { return intern({Shape::real, 0, value, {}, {}}); }
    Id atom(const std::string& name) { return intern({Shape::atom, 0, 0.0, name, {}}); }
    Id string(const std::string& text) { return intern({Shape::string, 0, 0.0, text, {}}); }
    Id compound(const std::string& functor, std::vector<Id> args) {
        return intern({Shape::compound, 0, 0.0, functor, std::move(args)});
    }
    Id list(const std::vector<Id>& elements);

    const Node& operator[](Id id) const { return nodes_[static_cast<std::size_t>(id)]; }
    std::optional<std::vector<Id>> elements(Id list) const;

    /// The standard order of terms: negative, zero or positive.
    int compare(Id a, Id b) const;
    std::string print(Id id) const;

private:
    Id intern(Node node);
    struct Less {
        bool operator()(const Node& a, const Node& b) const { return a.key() < b.key(); }
    };
    std::map<Node, Id, Less> index_;
    std::vector<Node> nodes_;
};

/// `name` as the language writes it, quoted when it is not a plain name.
std::string print_name(const std::string& name);

/// A number of an expression.
struct Number {
    bool is_real = false;
    std::int64_t integer = 0;
    double real = 0.0;
    double value() const { return is_real ? real : static_cast<double>(integer); }
};
/// Applies `functor` to numbers; throws OracleProgramError on an overflow, a division by zero, or a
/// functor that is not arithmetic.
Number arithmetic(const std::string& functor, const std::vector<Number>& args);
/// Negative, zero or positive; exact for two integers.
int compare(const Number& a, const Number& b);

}  // namespace entail::tests

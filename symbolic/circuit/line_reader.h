#pragma once
// Lines of numbers and words, for the readers of circuits.

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

#include "symbolic/circuit/labelled.h"

namespace entail::circuit {

/// Every failure names file and line.
class LineReader {
public:
    LineReader(std::string_view text, std::string file) : rest_(text), file_(std::move(file)) {}

    /// Goes on to the next line; false at the end.
    bool next() {
        if (rest_.empty()) return false;
        const std::size_t end = rest_.find('\n');
        line_ = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        if (line_.ends_with('\r')) line_.remove_suffix(1);
        ++number_;
        return true;
    }
    void need_next(const char* what) {
        if (!next()) fail(std::string("the file ends where ") + what + " was expected");
    }

    [[noreturn]] void fail(const std::string& cause) const {
        throw CircuitFileError(file_, number_, cause);
    }

    /// Bytes that the lines so far and the present one do not cover.
    std::size_t left() const { return rest_.size(); }
    bool at_end() {
        skip_blanks();
        return line_.empty();
    }
    std::string_view remainder() {
        skip_blanks();
        return line_;
    }
    std::string_view word(const char* what) {
        skip_blanks();
        const std::size_t end = std::min(line_.find_first_of(" \t"), line_.size());
        if (end == 0) fail(std::string(what) + " is missing");
        const std::string_view result = line_.substr(0, end);
        line_.remove_prefix(end);
        return result;
    }
    void need_word(std::string_view expected) {
        if (word("a word") != expected) fail("'" + std::string(expected) + "' was expected");
    }
    /// In [low, high].
    std::int64_t integer(const char* what, std::int64_t low, std::int64_t high) {
        const std::string_view text = word(what);
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc() || end != text.data() + text.size() || value < low || value > high)
            fail(std::string(what) + " is '" + shown(text) + "', expected a whole number from " +
                 std::to_string(low) + " to " + std::to_string(high));
        return value;
    }
    std::uint32_t index(const char* what, std::size_t below) {
        if (below == 0) fail(std::string("there is no ") + what);
        return static_cast<std::uint32_t>(integer(what, 0, static_cast<std::int64_t>(below) - 1));
    }
    /// A number from 0 to 1.
    double share(const char* what) {
        const std::string_view text = word(what);
        double value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= 1))
            fail(std::string(what) + " is '" + shown(text) + "', expected a number from 0 to 1");
        return value;
    }
    void need_end() {
        if (!at_end()) fail("'" + shown(line_) + "' stands after the end of the line's content");
    }

    static std::string shown(std::string_view text) {
        return std::string(text.substr(0, 40)) + (text.size() > 40 ? "..." : "");
    }

private:
    void skip_blanks() {
        line_.remove_prefix(std::min(line_.find_first_not_of(" \t"), line_.size()));
    }

    std::string_view rest_, line_;
    std::string file_;
    std::size_t number_ = 0;
};

/// validate(), within reason: it takes a bit for each node and choice.
inline void check_invariants(const Circuit& circuit, const LineReader& lines) {
    constexpr double kMostBits = 1ULL << 33U;
    if (static_cast<double>(circuit.size()) * static_cast<double>(circuit.weight_offsets().size()) >
        kMostBits)
        lines.fail("the circuit is too large to be checked");
    const std::string broken = validate(circuit);
    if (!broken.empty()) lines.fail("this is no circuit: " + broken);
}

}  // namespace entail::circuit

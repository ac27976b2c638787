#pragma once
// Source text and places in it. A span is a half-open byte range of one source; a Source finds the
// line and column of a byte and is kept alive by everything that may print a caret under it.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace entail {

/// A half-open byte range [begin, end) of the source with index `source` in its SourceSet.
struct SourceSpan {
    std::uint32_t source = 0;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;

    bool operator==(const SourceSpan&) const = default;
};

/// The smallest span that covers both (which must lie in one source).
SourceSpan cover(SourceSpan a, SourceSpan b);

/// One text with a name (its path as the user wrote it, or "<text>").
class Source {
public:
    Source(std::string name, std::string text);

    const std::string& name() const { return name_; }
    std::string_view text() const { return text_; }

    struct Position {
        std::uint32_t line;    ///< from 1
        std::uint32_t column;  ///< from 1, in code points, a tab is one
    };
    Position position(std::uint32_t byte) const;
    /// The text of line `line` (from 1), without its end-of-line characters.
    std::string_view line(std::uint32_t line) const;

private:
    std::string name_;
    std::string text_;
    std::vector<std::uint32_t> line_starts_;
};

/// All sources of one program: the file itself and what it imports.
class SourceSet {
public:
    /// Returns the index to be used in spans. Throws std::invalid_argument beyond 4 GiB of text.
    std::uint32_t add(std::string name, std::string text);
    const Source& operator[](std::uint32_t index) const { return *sources_[index]; }
    std::size_t size() const { return sources_.size(); }

    std::string_view text(SourceSpan span) const;
    /// "file:line", as proofs and messages cite a place.
    std::string place(SourceSpan span) const;

private:
    std::vector<std::shared_ptr<const Source>> sources_;
};

}  // namespace entail

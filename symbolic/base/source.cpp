#include "symbolic/base/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace entail {

SourceSpan cover(SourceSpan a, SourceSpan b) {
    return {a.source, std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

Source::Source(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)), line_starts_{0} {
    for (std::size_t i = 0; i < text_.size(); ++i) {
        if (text_[i] == '\n') line_starts_.push_back(static_cast<std::uint32_t>(i + 1));
    }
}

Source::Position Source::position(std::uint32_t byte) const {
    auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), byte);
    auto line = static_cast<std::uint32_t>(next - line_starts_.begin());
    std::uint32_t start = line_starts_[line - 1];
    std::size_t stop = std::min<std::size_t>(byte, text_.size());
    std::uint32_t column = 1;
    for (std::size_t i = start; i < stop; ++i) {
        // Continuation bytes of UTF-8 do not start a code point.
        if ((static_cast<unsigned char>(text_[i]) & 0xC0U) != 0x80U) ++column;
    }
    return {line, column};
}

std::string_view Source::line(std::uint32_t line) const {
    if (line == 0 || line > line_starts_.size()) return {};
    std::size_t start = line_starts_[line - 1];
    std::size_t end = text_.find_first_of("\r\n", start);
    if (end == std::string::npos) end = text_.size();
    return std::string_view(text_).substr(start, end - start);
}

std::uint32_t SourceSet::add(std::string name, std::string text) {
    if (text.size() >= std::numeric_limits<std::uint32_t>::max()) {
        throw std::invalid_argument("SourceSet::add: text of " + name + " exceeds 4 GiB");
    }
    sources_.push_back(std::make_shared<const Source>(std::move(name), std::move(text)));
    return static_cast<std::uint32_t>(sources_.size() - 1);
}

std::string_view SourceSet::text(SourceSpan span) const {
    std::string_view all = sources_[span.source]->text();
    if (span.begin > all.size()) return {};
    return all.substr(span.begin, span.end - span.begin);
}

std::string SourceSet::place(SourceSpan span) const {
    const Source& source = *sources_[span.source];
    return fmt::format("{}:{}", source.name(), source.position(span.begin).line);
}

}  // namespace entail

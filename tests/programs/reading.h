#pragma once
// A text read as a program, with what was said about it.

#include <string>
#include <string_view>
#include <vector>

#include "programs/syntax/parser.h"

namespace entail::tests {

struct ParsedText {
    SourceSet sources;
    Diagnostics diagnostics;
    ast::File file;

    explicit ParsedText(std::string text, std::string name = "test.ent") {
        file = ast::parse(sources.add(std::move(name), std::move(text)), sources, diagnostics);
    }

    bool clean() const { return diagnostics.all().empty(); }
    std::string report() const { return render(diagnostics, sources); }
    std::vector<std::string_view> codes() const {
        std::vector<std::string_view> result;
        for (const Diagnostic& d : diagnostics.all()) result.push_back(info(d.code).code);
        return result;
    }
    template <typename Form>
    const Form& form(std::size_t statement) const {
        return std::get<Form>(file.statements.at(statement).form);
    }
    std::string_view text(SourceSpan span) const { return sources.text(span); }
};

}  // namespace entail::tests

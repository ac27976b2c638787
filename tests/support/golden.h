#pragma once
// Expected output kept in a file. ENTAIL_UPDATE_GOLDEN=1 rewrites the file instead of comparing;
// the difference is then reviewed in version control.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace entail::tests {

/// The whole file; throws std::runtime_error when it cannot be read.
inline std::string read_text(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("read_text: cannot open " + file.string());
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

inline bool updating_golden() {
    const char* flag = std::getenv("ENTAIL_UPDATE_GOLDEN");
    return flag != nullptr && std::string_view(flag) == "1";
}

/// The lines that differ between a common beginning and a common end, `-` expected, `+` actual;
/// empty when the texts are equal.
inline std::string difference(const std::string& expected, const std::string& actual) {
    if (expected == actual) return "";
    const auto lines = [](const std::string& text) {
        std::vector<std::string> result;
        std::size_t begin = 0;
        while (begin < text.size()) {
            const std::size_t newline = std::min(text.find('\n', begin), text.size());
            const bool ends_here = newline == text.size();
            result.push_back(text.substr(begin, newline - begin) +
                             (ends_here ? "  (no newline at the end)" : ""));
            begin = newline + 1;
        }
        return result;
    };
    const std::vector<std::string> old_lines = lines(expected);
    const std::vector<std::string> new_lines = lines(actual);
    const std::size_t shorter = std::min(old_lines.size(), new_lines.size());
    std::size_t head = 0;
    while (head < shorter && old_lines[head] == new_lines[head]) ++head;
    std::size_t tail = 0;
    while (tail < shorter - head &&
           old_lines[old_lines.size() - 1 - tail] == new_lines[new_lines.size() - 1 - tail]) {
        ++tail;
    }
    std::string result = "@@ line " + std::to_string(head + 1) + " @@\n";
    for (std::size_t i = head; i < old_lines.size() - tail; ++i)
        result += "-" + old_lines[i] + "\n";
    for (std::size_t i = head; i < new_lines.size() - tail; ++i)
        result += "+" + new_lines[i] + "\n";
    return result;
}

/// Fails the running test, showing the difference, unless `actual` is exactly the text in `file`.
inline void check_golden(const std::filesystem::path& file, const std::string& actual) {
    if (updating_golden()) {
        std::filesystem::create_directories(file.parent_path());
        std::ofstream out(file, std::ios::binary);
        out << actual;
        out.close();
        REQUIRE_MESSAGE(out, "cannot write " << file.string());
        return;
    }
    if (!std::filesystem::exists(file)) {
        FAIL_CHECK("no " << file.string() << "; ENTAIL_UPDATE_GOLDEN=1 writes it. Actual text:\n"
                         << actual);
        return;
    }
    const std::string diff = difference(read_text(file), actual);
    if (!diff.empty()) {
        FAIL_CHECK(file.string() << " differs (ENTAIL_UPDATE_GOLDEN=1 rewrites it)\n" << diff);
    } else {
        CHECK(diff.empty());
    }
}

}  // namespace entail::tests

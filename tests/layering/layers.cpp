#include "tests/layering/layers.h"

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>

namespace entail::tests {

namespace fs = std::filesystem;

namespace {

bool is_source(const fs::path& file) {
    const std::string extension = file.extension().string();
    return extension == ".h" || extension == ".cpp" || extension == ".def";
}

bool contains(const std::vector<std::string>& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

bool is_below(const std::string& folder, const std::string& ancestor) {
    return folder == ancestor || folder.starts_with(ancestor + "/");
}

/// What is wrong with one `#include`, or nothing.
std::string objection(const std::string& folder, const std::string& included, bool quoted,
                      const fs::path& root, const Layers& layers) {
    for (const auto& [prefix, allowed] : layers.foreign) {
        if (!included.starts_with(prefix)) continue;
        const bool ok = std::any_of(allowed.begin(), allowed.end(),
                                    [&](const std::string& a) { return is_below(folder, a); });
        return ok ? "" : "'" + folder + "' may not include '" + included + "'";
    }
    if (!quoted) return "";
    if (!fs::exists(root / included)) {
        return "'" + included + "' is not a path from the root of the sources";
    }
    const std::string target = fs::path(included).parent_path().generic_string();
    if (target == folder || contains(layers.folders.at(folder), target)) return "";
    return "'" + folder + "' may not include '" + target + "'";
}

}  // namespace

std::vector<std::string> violations(const fs::path& root, const Layers& layers) {
    static const std::regex include(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)");
    std::set<std::string> top_level;
    for (const auto& entry : layers.folders) {
        top_level.insert(entry.first.substr(0, entry.first.find('/')));
    }
    std::vector<std::string> result;
    for (const std::string& top : top_level) {
        if (!fs::exists(root / top)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
            if (!entry.is_regular_file() || !is_source(entry.path())) continue;
            const std::string file = fs::relative(entry.path(), root).generic_string();
            const std::string folder = fs::path(file).parent_path().generic_string();
            if (!layers.folders.contains(folder)) {
                result.push_back(file + ": the table of layers does not list '" + folder + "'");
                continue;
            }
            std::ifstream in(entry.path());
            std::string text;
            for (int line = 1; std::getline(in, text); ++line) {
                std::smatch match;
                if (!std::regex_match(text, match, include)) continue;
                const std::string wrong =
                    objection(folder, match[2], match[1] == "\"", root, layers);
                if (wrong.empty()) continue;
                result.push_back(file + ":" + std::to_string(line) + ": " + wrong);
            }
        }
    }
    std::sort(result.begin(), result.end());
    return result;
}

}  // namespace entail::tests

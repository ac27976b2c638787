#pragma once
// Who may include whom: a table from folder to the folders below it, checked over all `#include`s.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace entail::tests {

struct Layers {
    /// A folder → the folders that it may include besides itself.
    std::map<std::string, std::vector<std::string>> folders;
    /// The beginning of a foreign header → the folders, with those below them, that may include it.
    std::map<std::string, std::vector<std::string>> foreign;
};

/// One line `file:line: what is wrong` for each `#include` below `root` that the table forbids, and
/// for each folder with sources, among the top-level folders of the table, that it does not list.
std::vector<std::string> violations(const std::filesystem::path& root, const Layers& layers);

}  // namespace entail::tests

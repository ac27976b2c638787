#pragma once
// Where the large real inputs (data sets, acceptance programs) lie on this machine, if anywhere.

#include <cstdlib>
#include <filesystem>
#include <optional>

namespace entail::tests {

/// The root of the source tree.
inline std::filesystem::path source_dir() {
    return ENTAIL_SOURCE_DIR;
}

/// The folder with `data/` and `programs/`: the environment variable ENTAIL_SHARED, else `shared`
/// beside the source tree; nothing when it does not exist. A test that needs it says that it skips.
inline std::optional<std::filesystem::path> shared_dir() {
    const char* override_path = std::getenv("ENTAIL_SHARED");
    const std::filesystem::path path = override_path != nullptr && *override_path != '\0'
                                           ? std::filesystem::path(override_path)
                                           : source_dir().parent_path() / "shared";
    std::error_code ignored;
    if (!std::filesystem::is_directory(path, ignored)) return std::nullopt;
    return path;
}

}  // namespace entail::tests

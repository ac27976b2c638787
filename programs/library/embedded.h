#pragma once
// The standard library, compiled in: programs/library/*.ent as the build found them.

#include <string_view>
#include <utility>
#include <vector>

namespace entail {

/// (name for `import`, text) of every file, ordered by name; the name is the path below
/// programs/library without `.ent`.
const std::vector<std::pair<std::string_view, std::string_view>>& embedded_library();

}  // namespace entail

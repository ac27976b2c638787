#include <doctest/doctest.h>

#include <fstream>

#include "tests/layering/layers.h"
#include "tests/support/shared.h"
#include "tests/support/temp_dir.h"

using namespace entail::tests;

namespace {

using Folders = std::vector<std::string>;

Folders operator+(Folders left, const Folders& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

/// The architecture (docs/architecture.md). A new folder needs its row here.
Layers entail_layers() {
    const Folders neural = {"neural", "neural/core", "neural/data", "neural/layers"};
    const Folders ir = {"symbolic/base", "symbolic/ir"};
    const Folders provenance = ir + Folders{"symbolic/proof", "symbolic/provenance"};
    const Folders symbolic = provenance + Folders{"symbolic/eval", "symbolic/circuit",
                                                  "symbolic/smt", "symbolic/decide"};
    const Folders programs = {"programs", "programs/syntax", "programs/functional",
                              "programs/lower", "programs/library"};

    Layers layers;
    layers.folders = {
        {"neural/core", {}},
        {"neural/data", {"neural/core"}},
        {"neural/layers", {"neural/core"}},
        {"neural", neural},

        {"symbolic/base", {}},
        {"symbolic/ir", {"symbolic/base"}},
        {"symbolic/proof", ir},
        {"symbolic/provenance", ir + Folders{"symbolic/proof"}},
        {"symbolic/eval", provenance},
        {"symbolic/circuit", provenance},
        {"symbolic/smt", {}},
        {"symbolic/decide",
         provenance + Folders{"symbolic/eval", "symbolic/circuit", "symbolic/smt"}},

        {"bridge", symbolic + neural},

        {"programs/syntax", {"symbolic/base"}},
        {"programs/library", {}},
        {"programs/functional", {"symbolic/base", "programs/syntax"}},
        {"programs/lower",
         ir + Folders{"programs/syntax", "programs/functional", "programs/library"}},
        {"programs/claims",
         Folders{"programs", "programs/syntax", "programs/lower", "neural/core", "neural/data"} +
             symbolic},
        {"programs", programs + symbolic + neural + Folders{"bridge"}},
        {"programs/cli", {"programs", "programs/claims", "symbolic/base", "symbolic/proof"}},
    };
    layers.foreign["Eigen/"] = {"neural", "bridge", "symbolic/circuit"};
    layers.foreign["unsupported/Eigen/"] = layers.foreign["Eigen/"];
    layers.foreign["z3"] = {"symbolic/smt"};
    return layers;
}

/// What the table says about a tree of one file, `file`, with the text `text`, beside a header in
/// each folder that it may include.
std::vector<std::string> judge(const std::string& file, const std::string& text) {
    const TempDir root;
    const auto write = [&](const std::string& name, const std::string& content) {
        std::filesystem::create_directories((root / name).parent_path());
        std::ofstream(root / name) << content;
    };
    write("neural/tensor.h", "#pragma once\n");
    write("symbolic/base/value.h", "#pragma once\n");
    write("symbolic/ir/program.h", "#pragma once\n");
    write(file, text);
    return violations(root.path(), entail_layers());
}

}  // namespace

TEST_CASE("no source file includes a folder that it may not see") {
    for (const std::string& violation : violations(source_dir(), entail_layers())) {
        FAIL_CHECK(violation);
    }
}

TEST_CASE("an include that looks down is accepted") {
    CHECK(judge("symbolic/ir/rule.h", "#include <vector>\n#include \"symbolic/base/value.h\"\n")
              .empty());
    CHECK(judge("neural/dense.h", "#include <Eigen/Core>\n#include \"neural/tensor.h\"\n").empty());
}

TEST_CASE("an include that looks up, sideways, or is not a path from the root is reported") {
    using Lines = std::vector<std::string>;
    CHECK(judge("symbolic/base/up.h", "\n#include \"symbolic/ir/program.h\"\n") ==
          Lines{"symbolic/base/up.h:2: 'symbolic/base' may not include 'symbolic/ir'"});
    CHECK(judge("neural/side.cpp", "  # include \"symbolic/base/value.h\" // why\n") ==
          Lines{"neural/side.cpp:1: 'neural' may not include 'symbolic/base'"});
    CHECK(judge("neural/local.cpp", "#include \"tensor.h\"\n") ==
          Lines{"neural/local.cpp:1: 'tensor.h' is not a path from the root of the sources"});
}

TEST_CASE("a folder that the table does not list is reported") {
    CHECK(judge("symbolic/magic/wand.h", "") ==
          std::vector<std::string>{"symbolic/magic/wand.h: the table of layers does not list "
                                   "'symbolic/magic'"});
}

TEST_CASE("Eigen and Z3 are reported outside the folders that wrap them") {
    CHECK(judge("symbolic/eval/join.cpp", "#include <Eigen/Dense>\n").size() == 1);
    CHECK(judge("symbolic/circuit/sweep.cpp", "#include <Eigen/Dense>\n").empty());
    CHECK(judge("bridge/decide.cpp", "#include <z3++.h>\n").size() == 1);
}

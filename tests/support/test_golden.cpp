#include <doctest/doctest.h>

#include "tests/support/golden.h"
#include "tests/support/temp_dir.h"

using namespace entail::tests;

TEST_CASE("equal texts have no difference") {
    CHECK(difference("a\nb\n", "a\nb\n").empty());
}

TEST_CASE("a difference shows the changed lines and nothing of the common beginning and end") {
    CHECK(difference("a\nb\nc\n", "a\nx\ny\nc\n") == "@@ line 2 @@\n-b\n+x\n+y\n");
    CHECK(difference("", "a\n") == "@@ line 1 @@\n+a\n");
    CHECK(difference("a\n", "a") == "@@ line 1 @@\n-a\n+a  (no newline at the end)\n");
}

TEST_CASE("a temporary directory is gone when its object is") {
    std::filesystem::path path;
    {
        const TempDir directory;
        path = directory.path();
        CHECK(std::filesystem::is_directory(path));
    }
    CHECK(!std::filesystem::exists(path));
}

// Whatever is handed to the command, it says what is wrong, where and what to do: it does not crash
// or hang, and its memory stays bounded. ENTAIL_COMMAND=... tests another build, a sanitized one.

#include <doctest/doctest.h>
#include <zlib.h>

#include <fstream>

#include "tests/support/golden.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

using namespace entail::tests;
namespace fs = std::filesystem;

namespace {

constexpr const char* kSum =
    "type digit = 0..9.\nmodule mnist : image -> digit = lenet.\ndigit(I, D) ~ mnist(I).\n"
    "sum(A, B, S) :- digit(A, X), digit(B, Y), S is X + Y.\nquery sum(A, B, S).\n";

/// Looks at a picture.
const std::string kOne = std::string(kSum) + "input a : image = \"a.png\".\nquery digit(a, D).\n";

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string repeated(const std::string& text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
}

std::string big_endian(std::uint32_t number) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
    return bytes;
}

std::string flipped(std::string bytes, std::size_t at) {
    bytes.at(at) = static_cast<char>(bytes[at] ^ 1);
    return bytes;
}

/// The user's data or program is wrong: exit code 1, and each of `parts` is said on standard error.
void check_refused(const ProcessResult& result, const std::vector<std::string>& parts,
                   int exit_code = 1) {
    CHECK_MESSAGE(result.exit_code == exit_code, result);
    CHECK_MESSAGE(!has(result.err, "Sanitizer"), result);
    CHECK_MESSAGE(!has(result.err, "runtime error"), result);
    CHECK(result.out.empty());
    CHECK_MESSAGE(result.peak_mib < 2048, result);
    for (const auto& part : parts) CHECK_MESSAGE(has(result.err, part), part << "\n" << result);
}

struct Folder {
    TempDir dir;
    std::string path(const std::string& name) const { return (dir / name).string(); }
    std::string put(const std::string& name, const std::string& bytes) const {
        std::ofstream(dir / name, std::ios::binary) << bytes;
        return path(name);
    }
    std::string get(const std::string& name) const { return read_text(dir / name); }
    ProcessResult run(const std::string& program, const ProcessOptions& options = {}) const {
        return run_entail({"run", put("p.ent", program)}, options);
    }
};

/// 200 rendered digits, 100 sums, the program that adds them, and weights trained on them.
struct Workplace : Folder {
    Workplace() {
        const auto made =
            run_entail({"digits", "--count", "200", "--sums", "100", "--out", path("")});
        REQUIRE_MESSAGE(made.exit_code == 0, made);
        put("sum.ent", kSum);
        fs::copy_file(std::string(ENTAIL_SOURCE_DIR) + "/examples/a.png", dir / "a.png");
        put("one.ent", kOne);
    }
    std::vector<std::string> arguments(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> all{"train",
                                     program,
                                     "--data",
                                     data,
                                     "--images",
                                     images,
                                     "--epochs",
                                     std::to_string(epochs),
                                     "--checkpoint-every",
                                     "5"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    ProcessResult train(const std::vector<std::string>& more = {},
                        const ProcessOptions& options = {}) const {
        return run_entail(arguments(more), options);
    }
    ProcessResult with_images(const std::string& name, const std::string& bytes) {
        images = put(name, bytes);
        return train();
    }
    ProcessResult with_data(const std::string& csv) {
        data = put("bad.csv", csv);
        return train();
    }
    ProcessResult with_weights(const std::string& bytes) const {
        return run_entail({"run", path("one.ent"), "--weights", "mnist=" + put("bad.w", bytes)});
    }
    std::string program = path("sum.ent"), data = path("sums.csv"), images = path("images.idx");
    int epochs = 1;
};

std::string gzipped(const std::string& bytes, const std::string& file) {
    gzFile out = gzopen(file.c_str(), "wb");
    gzwrite(out, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(out);
    return read_text(file);
}

}  // namespace

TEST_CASE("texts that are no programs are refused with their place") {
    const Folder folder;
    CHECK(folder.run("").exit_code == 0);
    CHECK(folder.run("").out.empty());
    CHECK(folder.run("% a comment alone").exit_code == 0);
    const auto parentheses = folder.run(std::string(10'000'000, '('));
    check_refused(parentheses, {"p.ent:1:201", "nested"});
    CHECK(parentheses.err.size() < 10'000);
    check_refused(folder.run("a(" + repeated("s(", 100'000) + "0" + repeated(")", 100'001) + "."),
                  {"nested"});
    check_refused(folder.run(std::string("a(1).\0b.\nc(X :- d.\n", 18)),
                  {"p.ent:1:", "NUL", "p.ent:2:"});
    check_refused(folder.run("a(" + repeated("x,", 500'000) + "x)."), {"too-many-arguments"});
    check_refused(folder.run("a(99999999999999999999999)."), {"p.ent:1:3", "64 bits"});
    check_refused(folder.run("a(1.0e999)."), {"p.ent:1:3"});
    check_refused(folder.run("n(1).\nn(Y) :- n(X), Y is X * 1000.\nquery n(X).\n"),
                  {"p.ent:2:", "too large"});
    std::string garbage;
    for (std::uint32_t i = 0, state = 1; i < 100'000; ++i) {
        state = state * 1664525U + 1013904223U;
        garbage += static_cast<char>(state >> 24U);
    }
    const auto binary = folder.run(garbage);
    check_refused(binary, {"p.ent:1:", "UTF-8"});
    CHECK(binary.err.size() < 1'000'000);
    const auto long_line = folder.run(repeated("a(x). ", 170'000) + "query a(X).");
    CHECK_MESSAGE(long_line.out == "a(x): 1\n", long_line);
    for (const auto& [file, said] : std::vector<std::pair<std::string, std::string>>{
             {folder.path(""), "is a directory"}, {folder.path("none.ent"), "no such file"}}) {
        check_refused(run_entail({"run", file}), {file, said});
        check_refused(run_entail({"explain", file, "a"}), {file, said});
        check_refused(run_entail({"train", file, "--data", file}), {file, said});
        const auto checked = run_entail({"check", file});
        CHECK_MESSAGE(checked.exit_code == 1, checked);
        CHECK(has(checked.out, said));
    }
}

TEST_CASE("terms that rules build 100,000 deep are printed") {
    const Folder folder;
    const auto result = folder.run(
        "c(0, z).\nc(M, s(T)) :- c(N, T), N < 100000, M is N + 1.\nquery c(100000, T).\n");
    CHECK_MESSAGE(result.exit_code == 0, result);
    CHECK(result.out ==
          "c(100000," + repeated("s(", 100'000) + "z" + std::string(100'000, ')') + "): 1\n");
}

TEST_CASE("files of facts that are missing, ragged or no files are refused") {
    const Folder folder;
    const std::string program = "facts e/2 from \"e.csv\".\nquery e(X, Y).\n";
    check_refused(folder.run(program), {"p.ent:1:", "e.csv", "no such file"});
    folder.put("e.csv", "a,b\nc\n");
    check_refused(folder.run(program), {"p.ent:1:", "e.csv", "line 2"});
    folder.put("e.csv", "a,b,c\n");
    check_refused(folder.run(program), {"e.csv", "3 columns, expected 2"});
    folder.put("e.csv", "a,\"b\n");
    check_refused(folder.run(program), {"e.csv", "quote"});
    fs::create_directory(folder.dir / "folder");
    check_refused(folder.run("facts e/2 from \"folder\".\nquery e(X, Y).\n"), {"is a directory"});
}

TEST_CASE("a program reads nothing outside its folder, by no path") {
    const Workplace folder;
    const std::string weights = folder.path("m.w");
    REQUIRE(folder.train({"--save", weights}).exit_code == 0);
    const Folder outside;
    const std::string secret = outside.put("secret.ent", "secret(42).\n");
    fs::create_symlink(secret, folder.dir / "link.ent");
    fs::create_symlink(outside.dir.path(), folder.dir / "folder");
    const std::string up = "../" + outside.dir.path().filename().string() + "/secret.ent";
    for (const std::string& file :
         {secret, up, std::string("link.ent"), std::string("folder/secret.ent"),
          std::string("none/../../x.ent")}) {
        CAPTURE(file);
        for (const std::string& statement :
             {"import \"" + file + "\".\n", "facts secret/1 from \"" + file + "\".\n"}) {
            const auto result = folder.run(statement);
            check_refused(result, {"p.ent:1:", "outside-root", "--root"});
            CHECK(!has(result.err, "42"));
        }
        const std::string picture =
            std::string(kSum) + "input a : image = \"" + file + "\".\nquery digit(a, D).\n";
        check_refused(
            run_entail({"run", folder.put("p.ent", picture), "--weights", "mnist=" + weights}),
            {"p.ent:6:", "outside-root", "--root"});
    }
    const auto allowed =
        run_entail({"run", folder.put("p.ent", "import \"link.ent\".\nquery secret(X).\n"),
                    "--root", outside.dir.path().string()});
    CHECK_MESSAGE(allowed.out == "secret(42): 1\n", allowed);
}

TEST_CASE("pictures that are truncated or none are refused, and so is an IDX whose header lies") {
    Workplace place;
    const std::string png = read_text(std::string(ENTAIL_SOURCE_DIR) + "/examples/a.png");
    const std::string weights = place.path("m.w");
    REQUIRE(place.train({"--save", weights}).exit_code == 0);
    const auto with_png = [&](const std::string& bytes) {
        place.put("a.png", bytes);
        return run_entail({"run", place.path("one.ent"), "--weights", "mnist=" + weights});
    };
    CHECK(with_png(png).exit_code == 0);
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{8},
                                     std::size_t{20}, std::size_t{33}, png.size() / 2}) {
        CAPTURE(length);
        check_refused(with_png(png.substr(0, length)), {"one.ent:6:", "a.png"});
    }
    check_refused(with_png(std::string("\x89PNG\r\n\x1a\n") + std::string(1000, '\xff')),
                  {"a.png"});
    // A header that promises 2 billion pixels.
    std::string huge = png;
    huge.replace(16, 8, big_endian(50'000) + big_endian(50'000));
    const auto promised = with_png(huge);
    check_refused(promised, {"a.png"});

    const std::string idx = place.get("images.idx");
    const auto lie = [&](const std::string& header, const std::string& said) {
        const auto result = place.with_images("bad.idx", header + idx.substr(header.size()));
        check_refused(result, {"bad.idx", said});
    };
    const std::string magic = idx.substr(0, 4);
    lie(magic + big_endian(0x7fffffff), "promises");
    lie(magic + big_endian(0xffffffff), "promises");
    lie(magic + big_endian(0), "promises");
    lie(magic + big_endian(0xffffffff) + big_endian(0xffffffff) + big_endian(0xffffffff),
        "promises");
    lie("\x01\x02\x03\x04", "bad.idx");
    lie(std::string("\0\0\x0d", 3), "0x0d");
    lie(std::string("\0\0\x08\xff", 4), "bad.idx");
    check_refused(place.with_images("bad.idx", ""), {"bad.idx", "empty"});
    check_refused(place.with_images("bad.idx", idx.substr(0, 10)), {"bad.idx", "truncated"});
    check_refused(place.with_images("bad.idx", idx.substr(0, idx.size() - 1)), {"truncated"});
    const std::string gz = gzipped(idx, place.path("good.idx.gz"));
    CHECK(place.with_images("good.idx.gz", gz).exit_code == 0);
    check_refused(place.with_images("bad.idx.gz", gz.substr(0, gz.size() / 2)), {"truncated"});
    check_refused(place.with_images("bad.idx.gz", gz.substr(0, gz.size() - 3)), {"truncated"});
    check_refused(place.with_images("bad.idx.gz", flipped(gz, gz.size() - 6)), {"damaged"});
    // A small file that inflates to much: the size is bounded.
    const std::string bomb =
        gzipped(idx.substr(0, 16) + std::string(200'000'000, '\0'), place.path("bomb.idx.gz"));
    check_refused(place.with_images("bomb.idx.gz", bomb), {"promises"});
    place.images = place.path("none");
    check_refused(place.train(), {"none"});
}

TEST_CASE("weights of another shape, truncated, changed or none are refused") {
    const Workplace place;
    REQUIRE(place.train({"--save", place.path("good.w")}).exit_code == 0);
    const std::string good = place.get("good.w");
    for (const std::size_t length :
         {std::size_t{0}, std::size_t{5}, std::size_t{30}, good.size() / 2, good.size() - 1}) {
        CAPTURE(length);
        check_refused(place.with_weights(good.substr(0, length)), {"mnist", "bad.w"});
    }
    for (const std::size_t at : {std::size_t{0}, std::size_t{9}, std::size_t{15}, std::size_t{40},
                                 good.size() / 2, good.size() - 1}) {
        CAPTURE(at);
        check_refused(place.with_weights(flipped(good, at)), {"mnist", "bad.w"});
    }
    check_refused(place.with_weights(good + "x"), {"after its end"});
    std::string other = kOne;
    other.replace(other.find("0..9"), 4, "0..4");
    const auto shape = run_entail(
        {"run", place.put("other.ent", other), "--weights", "mnist=" + place.path("good.w")});
    check_refused(shape, {"other.ent:2:", "good.w", "84x10", "84x5"});
    for (const std::string& file : {place.dir.path().string(), place.path("none.w")}) {
        check_refused(run_entail({"run", place.path("one.ent"), "--weights", "mnist=" + file}),
                      {"one.ent:2:", file});
        check_refused(place.train({"--weights", "mnist=" + file}), {file});
    }
}

TEST_CASE("tables that do not fit the query are refused with file and line") {
    Workplace place;
    check_refused(place.with_data("1,2,3\n4,5\n"), {"bad.csv", "line 2", "2 fields"});
    check_refused(place.with_data("1,2\n"), {"bad.csv:1"});
    check_refused(place.with_data("one,2,3\n"), {"bad.csv:1", "one"});
    check_refused(place.with_data("1,2,3\n4,400,5\n"), {"bad.csv:2", "400", "out of range"});
    check_refused(place.with_data("-1,2,3\n"), {"bad.csv:1", "-1"});
    check_refused(place.with_data("1.5,2,3\n"), {"bad.csv:1", "1.5"});
    check_refused(place.with_data("1,2,many\n"), {"bad.csv:1", "many"});
    check_refused(place.with_data("1,2,99\n"), {"bad.csv:1", "99"});
    check_refused(place.with_data("1,2,99999999999999999999999\n"), {"bad.csv:1"});
    check_refused(place.with_data("1," + std::string(1'000'000, '9') + ",3\n"), {"bad.csv:1"});
    check_refused(place.with_data(""), {"bad.csv", "empty"});
    check_refused(place.with_data("\"1,2,3\n4,5,6\n"), {"bad.csv", "line 1", "quote"});
    check_refused(place.with_data(std::string("\0\1\2\xff\xfe", 5)), {"bad.csv"});
    place.data = place.path("");
    check_refused(place.train(), {"is a directory"});
    place.data = place.path("none.csv");
    check_refused(place.train(), {"none.csv", "no such file"});
    place.data = place.path("sums.csv");
    const auto some = place.train({"--data", place.put("x.csv", "1,2,3\n")});
    CHECK(some.exit_code == 2);
}

TEST_CASE("a place that cannot be written to is found before training") {
    Workplace place;
    place.epochs = 1'000'000;
    for (const std::string option : {"--save", "--checkpoint", "--log"}) {
        CAPTURE(option);
        for (const std::string& file : {place.path("none/file"), place.path("")}) {
            const auto result = place.train({option, file}, {.time_out = 20});
            check_refused(result, {option}, 2);
            CHECK(!result.timed_out);
        }
    }
    check_refused(place.train({"--save", "other=" + place.path("w")}, {.time_out = 20}),
                  {"no module 'other'"}, 2);
}

TEST_CASE("training that was killed goes on from its checkpoint to the same bytes") {
    Workplace place;
    place.epochs = 60;
    const std::vector<std::string> whole{"--save", place.path("whole.w"), "--threads", "1"};
    const auto uninterrupted = place.train(whole);
    REQUIRE_MESSAGE(uninterrupted.exit_code == 0, uninterrupted);
    const std::vector<std::string> parts{"--save",
                                         place.path("parts.w"),
                                         "--checkpoint",
                                         place.path("checkpoint"),
                                         "--resume",
                                         "--threads",
                                         "2"};
    int killed = 0;
    for (int i = 0; i < 3; ++i) {
        const int ms = static_cast<int>(uninterrupted.seconds * (200 + 100 * i));
        killed += place.train(parts, {.signal_after_ms = ms}).signal == SIGKILL ? 1 : 0;
    }
    CHECK(killed >= 2);
    REQUIRE(fs::exists(place.dir / "checkpoint"));
    const std::string checkpoint = place.get("checkpoint");
    const auto resumed = place.train(parts);
    CHECK_MESSAGE(resumed.exit_code == 0, resumed);
    CHECK(place.get("parts.w") == place.get("whole.w"));

    // An interrupt leaves a checkpoint as well.
    fs::remove(place.dir / "checkpoint");
    const auto interrupted =
        place.train(parts, {.signal_after_ms = static_cast<int>(uninterrupted.seconds * 500),
                            .signal_to_send = SIGINT});
    CHECK_MESSAGE(interrupted.exit_code == 3, interrupted);
    fs::remove(place.dir / "parts.w");
    CHECK(place.train(parts).exit_code == 0);
    CHECK(place.get("parts.w") == place.get("whole.w"));

    // What the checkpoint does not belong to is refused.
    const auto resume = [&](const std::string& bytes, std::vector<std::string> more = {}) {
        more.insert(more.end(), {"--resume", "--checkpoint", place.put("bad.ck", bytes)});
        return place.train(more);
    };
    check_refused(resume(checkpoint, {"--seed", "9"}), {"bad.ck", "seed 1", "seed 9"});
    check_refused(resume(checkpoint, {"--batch", "7"}), {"bad.ck", "batch"});
    for (const std::size_t length :
         {std::size_t{0}, std::size_t{10}, std::size_t{1000}, checkpoint.size() - 1}) {
        check_refused(resume(checkpoint.substr(0, length)), {"bad.ck"});
    }
    check_refused(resume(flipped(checkpoint, checkpoint.size() / 2)), {"bad.ck", "checksum"});
    check_refused(resume(place.get("whole.w")), {"bad.ck", "checkpoint"});
    place.data = place.put("other.csv", place.get("sums.csv") + "1,2,3\n");
    check_refused(resume(checkpoint), {"bad.ck", "data"});
    place.data = place.path("sums.csv");
    std::string other = kSum;
    other.replace(other.find("X + Y"), 5, "X * Y");
    place.program = place.put("other.ent", other);
    check_refused(resume(checkpoint), {"bad.ck"});
}

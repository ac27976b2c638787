#include <doctest/doctest.h>
#include <zlib.h>

#include <cmath>
#include <fstream>
#include <functional>

#include "neural/core/data_error.h"
#include "neural/core/random.h"
#include "neural/data/file_bytes.h"
#include "neural/data/idx.h"
#include "neural/data/load_images.h"
#include "neural/data/pgm.h"
#include "neural/data/write_png.h"
#include "tests/support/seed.h"
#include "tests/support/temp_dir.h"

using namespace entail::neural;
namespace fs = std::filesystem;

namespace {

void write(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
}

std::string gzip(const std::string& bytes) {
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string packed(deflateBound(&stream, bytes.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

std::string idx(std::initializer_list<unsigned> extents, std::size_t bytes) {
    std::string text{'\0', '\0', '\x08', static_cast<char>(extents.size())};
    for (unsigned extent : extents) {
        for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(extent >> shift);
    }
    for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(i);
    return text;
}

ImageSet random_images(int count, int height, int width, int channels, Random& random) {
    ImageSet images{count, height, width, channels, {}, {}};
    images.pixels.resize(static_cast<std::size_t>(count) * images.image_size());
    for (auto& pixel : images.pixels) pixel = static_cast<std::uint8_t>(random.bits());
    return images;
}

/// What the error says; "accepted" if there is none.
std::string error_of(const std::function<void()>& load) {
    try {
        load();
    } catch (const DataError& error) {
        return error.what();
    }
    return "accepted";
}

#define CHECK_SAYS(expression, text)                                              \
    do {                                                                          \
        const std::string said = error_of([&] { (void)(expression); });           \
        CHECK_MESSAGE(said.find(text) != std::string::npos, "it says: " << said); \
    } while (false)

/// A baseline JPEG of 8x8 grey pixels, all of level 128: quantisation, Huffman tables of one code
/// each, a scan.
std::string tiny_jpeg() {
    std::string jpeg = "\xff\xd8";
    jpeg += std::string("\xff\xdb\x00\x43\x00", 5) + std::string(64, '\x01');
    jpeg += std::string("\xff\xc0\x00\x0b\x08\x00\x08\x00\x08\x01\x01\x11\x00", 13);
    jpeg +=
        std::string("\xff\xc4\x00\x14\x00\x01", 6) + std::string(15, '\0') + std::string(1, '\0');
    jpeg +=
        std::string("\xff\xc4\x00\x14\x10\x01", 6) + std::string(15, '\0') + std::string(1, '\0');
    jpeg += std::string("\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00", 10);
    jpeg += "\x3f";  // code 0 of the DC table, code 0 (end of block) of the AC table, ones to fill
    return jpeg + "\xff\xd9";
}

}  // namespace

TEST_CASE("IDX images and labels are read plain and compressed") {
    const entail::tests::TempDir directory;
    const fs::path file = directory.path() / "images";
    for (bool packed : {false, true}) {
        const auto pack = [&](const std::string& bytes) { return packed ? gzip(bytes) : bytes; };
        write(file, pack(idx({3, 2, 4}, 24)));
        const ImageSet grey = load_idx_images(file);
        CHECK(grey.count == 3);
        CHECK(grey.shape() == Shape{2, 4, 1});
        CHECK(grey.image(2)[7] == 23);
        write(file, pack(idx({2, 2, 2, 3}, 24)));
        CHECK(load_idx_images(file).shape() == Shape{2, 2, 3});
        write(file, pack(idx({5}, 5)));
        CHECK(load_idx_labels(file) == std::vector<int>{0, 1, 2, 3, 4});
    }
}

TEST_CASE("an IDX file that lies or is damaged gets a clear error") {
    const entail::tests::TempDir directory;
    const fs::path file = directory.path() / "images.idx";
    write(file, idx({1000, 28, 28}, 784));
    CHECK_SAYS(
        load_idx_images(file),
        file.string() + ": the IDX header promises 1000x28x28 bytes, but 784 bytes follow it");
    write(file, idx({4294967295U, 4294967295U, 4294967295U}, 100));
    CHECK_SAYS(load_idx_images(file), "the IDX header promises 4294967295x4294967295x4294967295");
    write(file, idx({0, 28, 28}, 0));
    CHECK_SAYS(load_idx_images(file), "promises 0x28x28");
    write(file, idx({1, 28, 28}, 785));
    CHECK_SAYS(load_idx_images(file), "785 bytes follow it");
    write(file, idx({1, 2, 70000}, 140000));
    CHECK_SAYS(load_idx_images(file), "above the limit of 16384 a side");
    write(file, idx({4}, 4));
    CHECK_SAYS(load_idx_images(file), "has IDX rank 1, expected 3");
    CHECK_SAYS(load_idx_images(directory.path()), "is a directory");
    CHECK_SAYS(load_idx_images(directory.path() / "none"), "no such file");
    write(file, "");
    CHECK_SAYS(load_idx_images(file), "is empty");
    write(file, std::string("\0\0\x0d\x01", 4) + std::string(8, 'x'));
    CHECK_SAYS(load_idx_labels(file), "elements of type 0x0d are not supported");
    write(file, std::string("\0\0\x08\x03\0\0", 6));
    CHECK_SAYS(load_idx_images(file), "truncated: 6 bytes cannot hold an IDX header of rank 3");
    write(file, "hello");
    CHECK_SAYS(load_idx_images(file), "is not an IDX file");
}

TEST_CASE("a damaged, truncated or exploding gzip stream gets a clear error") {
    const entail::tests::TempDir directory;
    const fs::path file = directory.path() / "images.gz";
    const std::string good = gzip(idx({10, 28, 28}, 7840));
    for (std::size_t size : {std::size_t{3}, std::size_t{15}, good.size() / 2, good.size() - 1}) {
        write(file, good.substr(0, size));
        CHECK_SAYS(load_idx_images(file), "the gzip stream is truncated");
    }
    std::string damaged = good;
    damaged[good.size() / 2] = static_cast<char>(damaged[good.size() / 2] ^ 0x55);
    write(file, damaged);
    CHECK_SAYS(load_idx_images(file), "the gzip stream is");
    write(file, gzip(std::string(50 << 20, '\0')));
    CHECK(fs::file_size(file) < 100000);
    LoadLimits limits;
    limits.bytes = 1 << 20;
    CHECK_SAYS(load_idx_images(file, limits), "decompresses to more than the limit of 1.0 MiB");
    write(file, gzip("first,") + gzip("second"));
    CHECK(read_file_or_gzip(file, 100) == "first,second");
}

TEST_CASE("PNG pictures come back as they were written, in 1 to 4 channels") {
    const entail::tests::TempDir directory;
    const fs::path file = directory.path() / "a.png";
    Random random(entail::tests::random_seed());
    for (int channels = 1; channels <= 4; ++channels) {
        const ImageSet images = random_images(2, 9, 7, channels, random);
        write_png(images, 1, file);
        const ImageSet loaded = load_picture(file);
        CHECK(loaded.shape() == images.shape());
        CHECK(std::ranges::equal(loaded.pixels, images.image(1)));
    }
    CHECK_SAYS(write_png(random_images(1, 2, 2, 1, random), 0, directory.path() / "no" / "a.png"),
               "cannot be written");
}

TEST_CASE("a truncated PNG is refused wherever it ends") {
    const entail::tests::TempDir directory;
    const fs::path file = directory.path() / "a.png";
    Random random(1);
    write_png(random_images(1, 20, 20, 1, random), 0, file);
    const std::string bytes = read_file(file, 1 << 20);
    // The last chunk, IEND, is 12 bytes without content: all pixels are there before it.
    for (std::size_t size = 1; size + 12 < bytes.size(); size += 1 + size / 20) {
        write(file, bytes.substr(0, size));
        const std::string said = error_of([&] { load_picture(file); });
        CHECK_MESSAGE(said != "accepted", "cut at " << size);
    }
    write(file, bytes.substr(0, bytes.size() / 2));
    CHECK_SAYS(load_picture(file), "PNG: the data is damaged or truncated");
}

TEST_CASE("pictures beyond the limits, unknown formats and non-files are refused") {
    const entail::tests::TempDir directory;
    const fs::path file = directory.path() / "a.png";
    Random random(1);
    write_png(random_images(1, 5, 300, 1, random), 0, file);
    LoadLimits narrow;
    narrow.side = 200;
    CHECK_SAYS(load_picture(file, narrow), "PNG: 5x300 pixels are above the limit of 200 a side");
    LoadLimits small;
    small.bytes = 100;
    CHECK_SAYS(load_picture(file, small), "above the limit");
    write(file, "GIF89a............");
    CHECK_SAYS(load_picture(file), "it begins like no PNG, JPEG or PGM");
    CHECK_SAYS(load_picture(directory.path()), "is a directory");
    CHECK_SAYS(load_picture("/dev/null"), "is not a regular file");
}

TEST_CASE("a JPEG is read, and a truncated one is refused") {
    const entail::tests::TempDir directory;
    const fs::path file = directory.path() / "a.jpg";
    const std::string bytes = tiny_jpeg();
    write(file, bytes);
    const ImageSet image = load_picture(file);
    CHECK(image.shape() == Shape{8, 8, 1});
    CHECK(image.pixels == std::vector<std::uint8_t>(64, 128));
    for (std::size_t size = 4; size < bytes.size() - 1; ++size) {
        write(file, bytes.substr(0, size));
        const std::string said = error_of([&] { load_picture(file); });
        CHECK_MESSAGE(said.find("JPEG: ") != std::string::npos, "cut at " << size << ": " << said);
    }
}

TEST_CASE("a JPEG whose Huffman table has more codes than stb_image holds is refused") {
    const entail::tests::TempDir directory;
    const fs::path file = directory.path() / "a.jpg";
    std::string bytes = tiny_jpeg();
    const std::size_t table = bytes.find("\xff\xc4");
    bytes.replace(table + 2, 2, std::string("\x0f\xf3", 2));
    for (std::size_t i = 0; i < 16; ++i) bytes[table + 5 + i] = '\xfe';
    bytes.insert(table + 21, std::string(4064 - 1, '\0'));
    write(file, bytes);
    CHECK_SAYS(load_picture(file), "a damaged Huffman table");
}

TEST_CASE("PGM is read as text and as bytes, with comments, any depth, and its errors are placed") {
    const ImageSet text = parse_pgm("P2\n# by hand\n3 2 # columns rows\n10\n0 5 10\n1 2 3", "f");
    CHECK(text.shape() == Shape{2, 3, 1});
    CHECK(text.pixels == std::vector<std::uint8_t>{0, 128, 255, 26, 51, 77});
    CHECK(parse_pgm("P5 2 1 255\nab", "f").pixels == std::vector<std::uint8_t>{'a', 'b'});
    CHECK(parse_pgm(std::string("P5 2 1 65535\n\x80\x00\xff\xff", 17), "f").pixels ==
          std::vector<std::uint8_t>{128, 255});
    CHECK_SAYS(parse_pgm("P5 2 2 255\nab", "f"), "truncated: 2 bytes cannot hold 2x2 pixels");
    CHECK_SAYS(parse_pgm("P2 2 2 255\n1 2 3", "f"), "truncated");
    CHECK_SAYS(parse_pgm("P2 2 2 255\n1 2 3    ", "f"), "truncated: a level is missing");
    CHECK_SAYS(parse_pgm("P2 2 1 9\n1 10", "f"), "a level must be from 0 to 9");
    CHECK_SAYS(parse_pgm("P2 x", "f"), "byte 3: expected the width");
    CHECK_SAYS(parse_pgm("P5 99999999999999999999 1 255\n", "f"),
               "the width must be from 1 to 16384");
    CHECK_SAYS(parse_pgm("P5 16000 16000 255\nab", "f"), "truncated");
    CHECK_SAYS(parse_pgm("P5 #", "f"), "the width is missing");
    CHECK_SAYS(parse_pgm("P5", "f"), "the width is missing");
    CHECK_SAYS(parse_pgm("P5 1 1 255", "f"), "truncated");
}

TEST_CASE("randomly damaged pictures never do anything but load or give a DataError") {
    const entail::tests::TempDir directory;
    const fs::path file = directory.path() / "a";
    Random random(entail::tests::random_seed());
    write_png(random_images(1, 12, 12, 3, random), 0, file);
    const std::vector<std::string> seeds = {read_file(file, 1 << 20), tiny_jpeg(),
                                            "P2 3 2 10 0 5 10 1 2 3", "P5 2 2 255 abcd",
                                            idx({2, 3, 3}, 18),       gzip(idx({2, 3, 3}, 18))};
    LoadLimits limits;
    limits.bytes = 1 << 22;
    for (int round = 0; round < 6000; ++round) {
        std::string bytes = seeds[static_cast<std::size_t>(round) % seeds.size()];
        for (std::uint64_t k = 1 + random.below(4); k > 0; --k) {
            bytes[random.below(bytes.size())] = static_cast<char>(random.bits());
        }
        if (random.below(4) == 0) bytes.resize(1 + random.below(bytes.size()));
        write(file, bytes);
        error_of([&] { load_images(file, Shape{4, 4, 1}, limits); });
    }
}

TEST_CASE("a directory of pictures is loaded in natural order, converted to one shape") {
    const entail::tests::TempDir directory;
    Random random(1);
    for (int i : {10, 2, 1, 0}) {
        ImageSet image{1, 4 + i, 5, 1, {}, {}};
        image.pixels.assign(image.image_size(), static_cast<std::uint8_t>(20 * i));
        write_png(image, 0, directory.path() / (std::to_string(i) + ".png"));
    }
    write(directory.path() / "3.PGM", "P2 1 1 255 60");
    write(directory.path() / "notes.txt", "not a picture");
    const ImageSet images = load_images(directory.path(), Shape{6, 6, 1});
    CHECK(images.names == std::vector<std::string>{"0.png", "1.png", "2.png", "3.PGM", "10.png"});
    CHECK(images.count == 5);
    CHECK(images.image(1)[0] == 20);
    CHECK(images.image(3)[35] == 60);
    CHECK(images.image(4)[17] == 200);
    write(directory.path() / "4.png", "broken");
    CHECK_SAYS(load_images(directory.path(), Shape{6, 6, 1}), "4.png: is no picture");
    const entail::tests::TempDir empty;
    CHECK_SAYS(load_images(empty.path(), Shape{6, 6, 1}), "has no pictures");
    CHECK_SAYS(load_directory(directory.path() / "none", Shape{6, 6, 1}),
               "cannot be read as a directory");
    CHECK_SAYS(load_images(directory.path() / "none", Shape{6, 6, 1}), "no such file");
}

TEST_CASE("names are compared with numbers by value") {
    CHECK(natural_less("2.png", "10.png"));
    CHECK(natural_less("a2b3", "a2b12"));
    CHECK(natural_less("a", "b"));
    CHECK(natural_less("9", "a"));
    CHECK(natural_less("img9", "img10"));
    CHECK_FALSE(natural_less("10", "9"));
    CHECK_FALSE(natural_less("x", "x"));
    CHECK(natural_less("99999999999999999999998", "99999999999999999999999"));
    CHECK(natural_less("01", "1") != natural_less("1", "01"));
    CHECK(natural_less("a1", "a1b"));
}

TEST_CASE("conversion keeps flat images flat, keeps the mean when shrinking and handles channels") {
    Random random(entail::tests::random_seed());
    for (const Shape& shape : {Shape{28, 28, 1}, Shape{5, 31, 3}, Shape{1, 1, 1}}) {
        ImageSet flat{1, 13, 17, 1, std::vector<std::uint8_t>(13 * 17, 77), {}};
        const ImageSet result = convert(flat, shape);
        CHECK(result.shape() == shape);
        CHECK(result.pixels ==
              std::vector<std::uint8_t>(static_cast<std::size_t>(shape.size()), 77));
    }
    const ImageSet noise = random_images(1, 40, 30, 1, random);
    double mean = 0;
    for (std::uint8_t pixel : noise.pixels) mean += pixel;
    mean /= 1200;
    CHECK(convert(noise, Shape{1, 1, 1}).pixels[0] == doctest::Approx(mean).epsilon(0.01));

    const ImageSet colour{1, 1, 1, 3, {255, 0, 0}, {}};
    CHECK(convert(colour, Shape{1, 1, 1}).pixels[0] == 76);
    const ImageSet half{1, 1, 1, 4, {200, 100, 50, 128}, {}};
    CHECK(convert(half, Shape{1, 1, 3}).pixels == std::vector<std::uint8_t>{100, 50, 25});
    const ImageSet grey{1, 1, 1, 2, {100, 255}, {}};
    CHECK(convert(grey, Shape{1, 1, 3}).pixels == std::vector<std::uint8_t>{100, 100, 100});
    CHECK_THROWS_AS(convert(grey, Shape{28, 28}), std::invalid_argument);
    // Growing: a ramp stays a ramp.
    const ImageSet ramp{1, 1, 2, 1, {0, 200}, {}};
    CHECK(convert(ramp, Shape{1, 4, 1}).pixels == std::vector<std::uint8_t>{0, 50, 150, 200});
}

TEST_CASE("a batch has the chosen images, scaled and normalised") {
    const ImageSet images{3, 1, 2, 1, {0, 255, 51, 102, 153, 204}, {}};
    Matrix<float> batch;
    const std::vector<int> which{2, 0};
    to_batch(images, which, batch, {.mean = 0.5F, .deviation = 0.25F});
    const Matrix<float> expected{{0.4F, 1.2F}, {-2, 2}};
    CHECK((batch - expected).cwiseAbs().maxCoeff() < 1e-6F);
    CHECK(to_batch(images).rows() == 3);
    const std::vector<int> wrong{3};
    CHECK_THROWS_WITH_AS(to_batch(images, wrong, batch), doctest::Contains("which has 3"),
                         std::invalid_argument);
}

TEST_CASE("sets are joined only when their shapes agree") {
    ImageSet all;
    all.append({1, 1, 1, 1, {5}, {}});
    all.append({2, 1, 1, 1, {6, 7}, {}});
    CHECK(all.count == 3);
    CHECK(all.image(2)[0] == 7);
    CHECK_THROWS_AS(all.append({1, 1, 2, 1, {5, 5}, {}}), std::invalid_argument);
}

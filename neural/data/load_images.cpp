#include "neural/data/load_images.h"

#include <fmt/format.h>
#include <stb/stb_image.h>

#include <algorithm>
#include <cctype>
#include <memory>

#include "neural/core/data_error.h"
#include "neural/data/check_jpeg.h"
#include "neural/data/file_bytes.h"
#include "neural/data/idx.h"
#include "neural/data/pgm.h"

namespace entail::neural {

namespace fs = std::filesystem;

namespace {

bool begins(std::string_view bytes, std::string_view magic) {
    return bytes.starts_with(magic);
}

bool is_png(std::string_view bytes) {
    return begins(bytes, "\x89PNG\r\n\x1a\n");
}
bool is_jpeg(std::string_view bytes) {
    return begins(bytes, "\xff\xd8\xff");
}
bool is_pgm(std::string_view bytes) {
    return begins(bytes, "P2") || begins(bytes, "P5");
}
bool is_idx_or_gzip(std::string_view bytes) {
    return begins(bytes, std::string_view("\0\0", 2)) || begins(bytes, "\x1f\x8b");
}

ImageSet parse_with_stb(std::string_view bytes, const std::string& file, const LoadLimits& limits) {
    const auto* data = reinterpret_cast<const stbi_uc*>(bytes.data());
    const int length = static_cast<int>(bytes.size());
    const char* format = is_png(bytes) ? "PNG" : "JPEG";
    const auto fail = [&](const std::string& cause) -> DataError {
        return {file, fmt::format("{}: {}", format, cause), "write the picture again"};
    };
    if (is_jpeg(bytes)) {
        const std::string cause = check_jpeg(bytes);
        if (!cause.empty()) throw fail(cause);
    }
    ImageSet image;
    image.count = 1;
    if (stbi_info_from_memory(data, length, &image.width, &image.height, &image.channels) == 0) {
        throw fail("the header is damaged or truncated");
    }
    if (image.width < 1 || image.height < 1 || image.width > limits.side ||
        image.height > limits.side || image.image_size() > limits.bytes) {
        throw fail(fmt::format("{}x{} pixels are above the limit of {} a side or {} bytes",
                               image.height, image.width, limits.side, limits.bytes));
    }
    const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
        stbi_load_from_memory(data, length, &image.width, &image.height, &image.channels, 0),
        stbi_image_free);
    if (!pixels) {
        throw fail("the data is damaged or truncated");
    }
    image.pixels.assign(pixels.get(), pixels.get() + image.image_size());
    return image;
}

ImageSet parse_picture(std::string_view bytes, const std::string& file, const LoadLimits& limits) {
    if (is_pgm(bytes)) return parse_pgm(bytes, file, limits);
    if (is_png(bytes) || is_jpeg(bytes)) return parse_with_stb(bytes, file, limits);
    throw DataError(file, "is no picture that can be read: it begins like no PNG, JPEG or PGM",
                    "convert it to PNG, JPEG or PGM");
}

std::string lower_extension(const fs::path& file) {
    std::string extension = file.extension().string();
    std::ranges::transform(extension, extension.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return extension;
}

bool has_picture_extension(const fs::path& file) {
    const std::string extension = lower_extension(file);
    return extension == ".png" || extension == ".jpg" || extension == ".jpeg" ||
           extension == ".pgm";
}

/// stb_image takes the length as an int.
std::size_t file_limit(const LoadLimits& limits) {
    return std::min(limits.bytes, std::size_t{0x7fffffff});
}

}  // namespace

ImageSet load_picture(const fs::path& file, const LoadLimits& limits) {
    return parse_picture(read_file(file, file_limit(limits)), file.string(), limits);
}

ImageSet load_directory(const fs::path& directory, const Shape& shape, const LoadLimits& limits) {
    std::error_code error;
    std::vector<std::string> names;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        if (has_picture_extension(entry->path()))
            names.push_back(entry->path().filename().string());
    }
    if (error) {
        throw DataError(directory.string(),
                        fmt::format("cannot be read as a directory: {}", error.message()),
                        "check the path and its permissions");
    }
    if (names.empty()) {
        throw DataError(directory.string(), "has no pictures (.png, .jpg, .jpeg, .pgm)",
                        "give a directory with pictures");
    }
    std::ranges::sort(names, natural_less);
    ImageSet all;
    for (const std::string& name : names) {
        ImageSet image = convert(load_picture(directory / name, limits), shape);
        image.names = {name};
        all.append(image);
        if (all.pixels.size() > limits.bytes) {
            throw DataError(directory.string(),
                            fmt::format("its pictures up to {} exceed the limit of {} bytes", name,
                                        limits.bytes),
                            "raise the limit or split the directory");
        }
    }
    return all;
}

ImageSet load_images(const fs::path& path, const Shape& shape, const LoadLimits& limits) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) return load_directory(path, shape, limits);
    const std::string bytes = read_file(path, file_limit(limits));
    if (is_idx_or_gzip(bytes)) return convert(load_idx_images(path, limits), shape);
    ImageSet image = convert(parse_picture(bytes, path.string(), limits), shape);
    image.names = {path.filename().string()};
    return image;
}

bool natural_less(std::string_view a, std::string_view b) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() && j < b.size()) {
        if (!digit(a[i]) || !digit(b[j])) {
            if (a[i] != b[j]) return a[i] < b[j];
            ++i;
            ++j;
            continue;
        }
        const auto run = [&](std::string_view text, std::size_t& at) {
            while (at < text.size() && text[at] == '0') ++at;
            const std::size_t begin = at;
            while (at < text.size() && digit(text[at])) ++at;
            return text.substr(begin, at - begin);
        };
        const std::string_view left = run(a, i);
        const std::string_view right = run(b, j);
        if (left.size() != right.size()) return left.size() < right.size();
        if (left != right) return left < right;
    }
    // "01" and "1" are the same so far; any fixed order will do.
    if (a.size() - i != b.size() - j) return a.size() - i < b.size() - j;
    return a < b;
}

}  // namespace entail::neural

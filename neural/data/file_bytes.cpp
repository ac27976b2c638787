#include "neural/data/file_bytes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "neural/core/data_error.h"

namespace entail::neural {

namespace fs = std::filesystem;

namespace {

std::string mebibytes(std::size_t bytes) {
    return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1024.0 * 1024.0));
}

}  // namespace

std::string read_file(const fs::path& file, std::size_t max_bytes) {
    std::error_code error;
    const fs::file_status status = fs::status(file, error);
    if (status.type() == fs::file_type::not_found) {
        throw DataError(file.string(), "no such file", "check the path");
    }
    if (error) {
        throw DataError(file.string(), fmt::format("cannot be read: {}", error.message()),
                        "check the path and its permissions");
    }
    if (fs::is_directory(status)) {
        throw DataError(file.string(), "is a directory", "give the file itself");
    }
    if (!fs::is_regular_file(status)) {
        throw DataError(file.string(), "is not a regular file", "give a plain file");
    }
    const std::uintmax_t size = fs::file_size(file, error);
    std::ifstream stream(file, std::ios::binary);
    if (error || !stream) {
        throw DataError(file.string(), "cannot be read", "check its permissions");
    }
    if (size == 0) throw DataError(file.string(), "is empty", "give a file with data");
    if (size > max_bytes) {
        throw DataError(
            file.string(),
            fmt::format("has {}, above the limit of {}", mebibytes(static_cast<std::size_t>(size)),
                        mebibytes(max_bytes)),
            "raise the limit or split the file");
    }
    std::string bytes(static_cast<std::size_t>(size), '\0');
    stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (stream.gcount() != static_cast<std::streamsize>(bytes.size())) {
        throw DataError(file.string(),
                        fmt::format("ended at byte {} of {}", stream.gcount(), bytes.size()),
                        "read it again when nobody writes it");
    }
    return bytes;
}

std::string read_file_or_gzip(const fs::path& file, std::size_t max_bytes) {
    std::string packed = read_file(file, max_bytes);
    if (packed.size() < 2 || packed[0] != '\x1f' || packed[1] != '\x8b') return packed;

    struct Stream : z_stream {
        Stream() : z_stream{} { inflateInit2(this, 15 + 16); }
        ~Stream() { inflateEnd(this); }
    } stream;
    stream.next_in = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    std::string bytes;
    constexpr std::size_t kStep = std::size_t{1} << 16;
    for (;;) {
        const std::size_t have = bytes.size();
        if (have > max_bytes) {
            throw DataError(
                file.string(),
                fmt::format("decompresses to more than the limit of {}", mebibytes(max_bytes)),
                "raise the limit, or do not trust this file");
        }
        bytes.resize(std::min(std::max(2 * have, kStep), max_bytes + 1));
        stream.next_out = reinterpret_cast<Bytef*>(bytes.data() + have);
        stream.avail_out = static_cast<uInt>(bytes.size() - have);
        const int result = inflate(&stream, Z_NO_FLUSH);
        bytes.resize(bytes.size() - stream.avail_out);
        if (result == Z_STREAM_END) {
            if (stream.avail_in == 0) return bytes;
            // A gzip file may be several streams, one after another.
            if (inflateReset(&stream) != Z_OK) break;
            continue;
        }
        if (result == Z_BUF_ERROR ||
            (result == Z_OK && stream.avail_in == 0 && stream.avail_out > 0)) {
            throw DataError(file.string(),
                            fmt::format("the gzip stream is truncated: {} bytes in, {} out",
                                        packed.size(), bytes.size()),
                            "fetch the file again");
        }
        if (result != Z_OK) {
            throw DataError(file.string(),
                            fmt::format("the gzip stream is damaged near byte {}: {}",
                                        packed.size() - stream.avail_in,
                                        stream.msg != nullptr ? stream.msg : "bad data"),
                            "fetch the file again");
        }
    }
    throw DataError(file.string(), "the gzip stream is damaged", "fetch the file again");
}

namespace {

[[noreturn]] void fail_to_write(const fs::path& file, const char* step) {
    throw DataError(file.string(),
                    fmt::format("cannot be written: {}: {}", step, std::strerror(errno)),
                    "check that the directory exists, is writable and has space");
}

/// The file beside the target that is to replace it; removed unless its name is cleared. The name
/// is fixed, so what a killed process leaves behind is overwritten by the next one.
struct TemporaryFile {
    explicit TemporaryFile(const fs::path& target) : name(target.string() + ".partial") {
        descriptor =
            ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (descriptor < 0) fail_to_write(target, "open");
    }
    ~TemporaryFile() {
        if (descriptor >= 0) ::close(descriptor);
        if (!name.empty()) ::unlink(name.c_str());
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    std::string name;
    int descriptor = -1;
};

}  // namespace

void write_file_atomically(const fs::path& file, std::string_view bytes) {
    std::error_code ignored;
    if (fs::is_directory(file, ignored)) {
        throw DataError(file.string(), "is a directory", "give the file itself");
    }
    TemporaryFile temporary(file);
    while (!bytes.empty()) {
        const ssize_t written = ::write(temporary.descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail_to_write(file, "write");
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(temporary.descriptor) != 0) fail_to_write(file, "fsync");
    if (::rename(temporary.name.c_str(), file.c_str()) != 0) fail_to_write(file, "rename");
    temporary.name.clear();
    // The rename itself must survive a crash; a file system that cannot sync a directory is no
    // error.
    const fs::path parent = file.parent_path().empty() ? fs::path(".") : file.parent_path();
    const int directory = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY);
    if (directory >= 0) {
        ::fsync(directory);
        ::close(directory);
    }
}

}  // namespace entail::neural

#include "neural/archive.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <limits>

#include "neural/core/data_error.h"
#include "neural/core/hash.h"
#include "neural/data/file_bytes.h"

namespace entail::neural {

static_assert(std::endian::native == std::endian::little, "the file format is little-endian");
static_assert(sizeof(float) == 4 && std::numeric_limits<float>::is_iec559);

namespace {

constexpr std::string_view kMagic = "ENTAILNN";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderSize = 8 + 4 + 8;
constexpr std::size_t kMaxRank = 8;
constexpr std::size_t kMaxFileSize = std::size_t{1} << 34;

template <class Number>
void put(std::string& to, Number value) {
    to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_text(std::string& to, std::string_view text) {
    put<std::uint64_t>(to, text.size());
    to.append(text);
}

/// Reads forward and never past the end.
class Reader {
public:
    Reader(std::string_view bytes, const std::string& file) : bytes_(bytes), file_(file) {}

    std::string_view take(std::uint64_t size, const char* what) {
        if (size > bytes_.size() - position_) {
            throw DataError(file_,
                            fmt::format("byte {}: {} needs {} bytes, {} are left", position_, what,
                                        size, bytes_.size() - position_),
                            "the file is damaged; save it again");
        }
        const std::string_view taken = bytes_.substr(position_, static_cast<std::size_t>(size));
        position_ += static_cast<std::size_t>(size);
        return taken;
    }
    template <class Number>
    Number number(const char* what) {
        Number value;
        std::memcpy(&value, take(sizeof value, what).data(), sizeof value);
        return value;
    }
    std::string text(const char* what) {
        return std::string(take(number<std::uint64_t>(what), what));
    }
    bool at_end() const { return position_ == bytes_.size(); }
    std::size_t position() const { return position_; }

private:
    std::string_view bytes_;
    const std::string& file_;
    std::size_t position_ = 0;
};

Archive::Tensor read_tensor(Reader& reader, const std::string& name, const std::string& file) {
    const auto rank = reader.number<std::uint32_t>("the rank of a tensor");
    std::uint64_t size = 1;
    bool sane = rank <= kMaxRank;
    std::vector<int> extents;
    for (std::uint32_t axis = 0; sane && axis < rank; ++axis) {
        const auto extent = reader.number<std::uint32_t>("the shape of a tensor");
        size *= extent;
        sane = extent > 0 && size <= std::numeric_limits<int>::max();
        extents.push_back(static_cast<int>(extent));
    }
    if (!sane) {
        throw DataError(
            file,
            fmt::format("byte {}: tensor \"{}\" has an impossible shape", reader.position(), name),
            "the file is damaged; save it again");
    }
    const std::string_view bytes = reader.take(4 * size, "the data of a tensor");
    Archive::Tensor tensor{Shape(std::move(extents)), {}};
    tensor.data.resize(static_cast<std::size_t>(size));
    std::memcpy(tensor.data.data(), bytes.data(), bytes.size());
    return tensor;
}

}  // namespace

std::string Archive::to_bytes() const {
    std::string payload;
    put_text(payload, architecture);
    put(payload, static_cast<std::uint32_t>(tensors.size()));
    for (const auto& [name, tensor] : tensors) {
        put_text(payload, name);
        put(payload, static_cast<std::uint32_t>(tensor.shape.rank()));
        for (int extent : tensor.shape.extents()) put(payload, static_cast<std::uint32_t>(extent));
        payload.append(reinterpret_cast<const char*>(tensor.data.data()),
                       tensor.data.size() * sizeof(float));
    }
    put(payload, static_cast<std::uint32_t>(blobs.size()));
    for (const auto& [name, bytes] : blobs) {
        put_text(payload, name);
        put_text(payload, bytes);
    }
    std::string file(kMagic);
    put(file, kVersion);
    put<std::uint64_t>(file, payload.size());
    file += payload;
    put(file, hash_bytes(file.data(), file.size()));
    return file;
}

Archive Archive::from_bytes(std::string_view bytes, const std::string& file) {
    if (bytes.substr(0, kMagic.size()) != kMagic.substr(0, bytes.size())) {
        throw DataError(file, "is not a weights file: it does not begin with \"ENTAILNN\"",
                        "give a file written by train --save");
    }
    if (bytes.size() < kHeaderSize) {
        throw DataError(
            file,
            fmt::format("truncated: {} bytes, the header alone has {}", bytes.size(), kHeaderSize),
            "save it again");
    }
    Reader header(bytes.substr(kMagic.size()), file);
    const auto version = header.number<std::uint32_t>("the version");
    if (version != kVersion) {
        throw DataError(file, fmt::format("has format version {}, known is {}", version, kVersion),
                        "save it again with this version");
    }
    const auto size = header.number<std::uint64_t>("the size");
    const std::uint64_t follows = bytes.size() - kHeaderSize;
    if (follows < 8 || follows - 8 < size) {
        throw DataError(
            file,
            fmt::format("truncated: {} bytes after the header, {} + 8 expected", follows, size),
            "save it again or fetch it again");
    }
    if (follows - 8 > size) {
        throw DataError(file, fmt::format("has {} bytes after its end", follows - 8 - size),
                        "save it again or fetch it again");
    }
    const std::string_view checked = bytes.substr(0, bytes.size() - 8);
    std::uint64_t expected = 0;
    std::memcpy(&expected, bytes.data() + checked.size(), sizeof expected);
    if (hash_bytes(checked.data(), checked.size()) != expected) {
        throw DataError(file, "the checksum does not agree with the content",
                        "the file was changed or damaged; save it again or fetch it again");
    }

    Reader reader(checked.substr(kHeaderSize), file);
    Archive archive;
    archive.architecture = reader.text("the architecture");
    const auto tensors = reader.number<std::uint32_t>("the number of tensors");
    for (std::uint32_t i = 0; i < tensors; ++i) {
        const std::string name = reader.text("the name of a tensor");
        archive.tensors[name] = read_tensor(reader, name, file);
    }
    const auto blobs = reader.number<std::uint32_t>("the number of blobs");
    for (std::uint32_t i = 0; i < blobs; ++i) {
        const std::string name = reader.text("the name of a blob");
        archive.blobs[name] = reader.text("a blob");
    }
    if (!reader.at_end()) {
        throw DataError(file,
                        fmt::format("byte {}: content after the last blob", reader.position()),
                        "the file is damaged; save it again");
    }
    return archive;
}

void Archive::save(const std::filesystem::path& file) const {
    write_file_atomically(file, to_bytes());
}

Archive Archive::load(const std::filesystem::path& file) {
    return from_bytes(read_file(file, kMaxFileSize), file.string());
}

void Archive::put_u64(const std::string& name, std::uint64_t value) {
    std::string bytes;
    put(bytes, value);
    blobs[name] = bytes;
}

std::uint64_t Archive::get_u64(const std::string& name, const std::string& file) const {
    const auto found = blobs.find(name);
    if (found == blobs.end() || found->second.size() != sizeof(std::uint64_t)) {
        throw DataError(file, fmt::format("has no number \"{}\"", name),
                        "give a checkpoint of the same kind of run");
    }
    std::uint64_t value = 0;
    std::memcpy(&value, found->second.data(), sizeof value);
    return value;
}

}  // namespace entail::neural

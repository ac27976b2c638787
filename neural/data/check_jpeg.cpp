#include "neural/data/check_jpeg.h"

#include <fmt/format.h>

#include <cstddef>

namespace entail::neural {

namespace {

constexpr unsigned kHuffmanTables = 0xc4;
constexpr unsigned kEndOfImage = 0xd9;
constexpr unsigned kStartOfScan = 0xda;

unsigned byte_at(std::string_view bytes, std::size_t i) {
    return static_cast<unsigned char>(bytes[i]);
}

bool tables_are_sane(std::string_view body) {
    while (body.size() >= 17) {
        std::size_t codes = 0;
        for (std::size_t i = 1; i <= 16; ++i) codes += byte_at(body, i);
        if (codes > 256 || body.size() < 17 + codes) return false;
        body.remove_prefix(17 + codes);
    }
    return body.empty();
}

/// Where the marker that ends a scan begins: 0xff and neither a stuffed zero, a restart nor another
/// 0xff.
std::size_t skip_scan(std::string_view bytes, std::size_t at) {
    for (; at + 1 < bytes.size(); ++at) {
        if (byte_at(bytes, at) != 0xff) continue;
        const unsigned next = byte_at(bytes, at + 1);
        if (next != 0 && next != 0xff && (next < 0xd0 || next > 0xd7)) return at;
    }
    return bytes.size();
}

}  // namespace

std::string check_jpeg(std::string_view bytes) {
    std::size_t at = 2;
    while (at + 1 < bytes.size()) {
        if (byte_at(bytes, at) != 0xff) return fmt::format("byte {}: expected a marker", at);
        const unsigned marker = byte_at(bytes, at + 1);
        if (marker == 0xff) {
            ++at;  // a fill byte
            continue;
        }
        if (marker == kEndOfImage) return "";
        if (at + 4 > bytes.size()) break;
        const std::size_t length = byte_at(bytes, at + 2) << 8 | byte_at(bytes, at + 3);
        if (length < 2) return fmt::format("byte {}: a segment of length {}", at, length);
        if (at + 2 + length > bytes.size()) break;
        if (marker == kHuffmanTables && !tables_are_sane(bytes.substr(at + 4, length - 2))) {
            return fmt::format("byte {}: a damaged Huffman table", at);
        }
        at += 2 + length;
        if (marker == kStartOfScan) at = skip_scan(bytes, at);
    }
    return "truncated: no end of image";
}

}  // namespace entail::neural

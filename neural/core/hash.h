#pragma once

#include <cstddef>
#include <cstdint>

namespace entail::neural {

inline constexpr std::uint64_t kHashStart = 0xcbf29ce484222325U;

/// FNV-1a over bytes, continued from `start`. Every step is a bijection of the state, so changing
/// any one byte always changes the result: enough for a checksum against accidents, not against an
/// adversary.
inline std::uint64_t hash_bytes(const void* data, std::size_t size,
                                std::uint64_t start = kHashStart) {
    const auto* bytes = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < size; ++i) start = (start ^ bytes[i]) * 0x100000001b3U;
    return start;
}

}  // namespace entail::neural

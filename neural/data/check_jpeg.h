#pragma once

#include <string>
#include <string_view>

namespace entail::neural {

/// What is wrong with the segments of a JPEG, empty if nothing: it ends before its end-of-image
/// marker (stb_image would read the rest as grey), or a Huffman table has more than 256 codes
/// (stb_image would write past its table).
std::string check_jpeg(std::string_view bytes);

}  // namespace entail::neural

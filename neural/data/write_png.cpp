#include "neural/data/write_png.h"

#include <fmt/format.h>
#include <stb/stb_image_write.h>

#include <algorithm>
#include <stdexcept>

#include "neural/core/data_error.h"
#include "neural/data/file_bytes.h"

namespace entail::neural {

void write_png(const ImageSet& images, int i, const std::filesystem::path& file) {
    if (i < 0 || i >= images.count || images.channels > 4) {
        throw std::invalid_argument(
            fmt::format("write_png: i is {}, there are {} images of {} channels", i, images.count,
                        images.channels));
    }
    std::string bytes;
    const auto append = [](void* to, void* data, int size) {
        static_cast<std::string*>(to)->append(static_cast<const char*>(data),
                                              static_cast<std::size_t>(size));
    };
    const int done =
        stbi_write_png_to_func(append, &bytes, images.width, images.height, images.channels,
                               images.image(i).data(), images.width * images.channels);
    if (done == 0) {
        throw DataError(file.string(), "the picture cannot be encoded as PNG", "make it smaller");
    }
    write_file_atomically(file, bytes);
}

ImageSet contact_sheet(const ImageSet& images, int columns) {
    if (columns < 1 || images.count < 1) {
        throw std::invalid_argument("contact_sheet: needs at least one image and one column");
    }
    const int rows = (images.count + columns - 1) / columns;
    ImageSet sheet{
        1, rows * (images.height + 1) - 1, columns * (images.width + 1) - 1, images.channels, {},
        {}};
    sheet.pixels.assign(sheet.image_size(), 96);
    const auto run = static_cast<std::ptrdiff_t>(images.width * images.channels);
    for (int i = 0; i < images.count; ++i) {
        const int top = i / columns * (images.height + 1);
        const int left = i % columns * (images.width + 1);
        for (int y = 0; y < images.height; ++y) {
            const auto from = images.image(i).begin() + y * run;
            std::copy(from, from + run,
                      sheet.pixels.begin() +
                          (std::ptrdiff_t{top + y} * sheet.width + left) * sheet.channels);
        }
    }
    return sheet;
}

}  // namespace entail::neural

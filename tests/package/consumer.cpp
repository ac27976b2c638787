// A program of somebody who uses Entail: it must compile, link and run with the package alone.
#include <iostream>

#include "symbolic/base/source.h"

int main() {
    entail::SourceSet sources;
    const std::uint32_t file = sources.add("rain.ent", "rain.\nquery rain.\n");
    std::cout << sources.place({file, 6, 11}) << '\n';
    return sources.place({file, 6, 11}) == "rain.ent:2" ? 0 : 1;
}

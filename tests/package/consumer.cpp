// A program of somebody who uses Entail: it must compile, link and run with the package alone.
#include <iostream>

#include "programs/engine.h"

int main() {
    auto engine = entail::Engine::from_text("0.3::rain. 0.5::wet :- rain. query wet.");
    const std::string text = entail::to_text(engine.run());
    std::cout << text;
    return text == "wet: 0.15\n" ? 0 : 1;
}

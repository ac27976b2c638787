// Which weight matters most? The derivative of an answer in every weight of the program.

#include <cmath>
#include <iostream>
#include <map>
#include <string>

#include "programs/engine.h"

namespace {

using Weights = std::map<std::string, double>;

entail::Engine plant(const Weights& weights) {
    std::string program =
        "power :- works(battery).\n"
        "power :- works(solar).\n"
        "flow  :- power, works(pump).\n";
    for (const auto& [atom, weight] : weights) {
        program += std::to_string(weight) + " :: " + atom + ".\n";
    }
    return entail::Engine::from_text(program);
}

double flow(const Weights& weights) {
    return plant(weights).ask("flow").answers.front().lower;
}

}  // namespace

int main() {
    const Weights weights = {{"works(battery)", 0.8}, {"works(pump)", 0.9}, {"works(solar)", 0.7}};
    std::cout << "P(flow) = " << flow(weights) << '\n';

    bool all_agree = true;
    for (const auto& [atom, place, derivative] : plant(weights).gradient("flow")) {
        // The same by hand: a little more, a little less.
        const double step = 1e-3;
        Weights more = weights, less = weights;
        more[atom] += step;
        less[atom] -= step;
        const double difference = (flow(more) - flow(less)) / (2 * step);
        std::cout << "  in the weight of " << atom << " (" << place << "): " << derivative
                  << ", by differences " << difference << '\n';
        all_agree = all_agree && std::abs(difference - derivative) < 1e-6;
    }
    return all_agree ? 0 : 1;
}

// Why a decision was taken, and why another was not: the most probable proof as a tree.

#include <iostream>

#include "programs/engine.h"
#include "symbolic/proof/print_text.h"

int main() {
    auto engine = entail::Engine::from_text(R"(
        % A sensor reads one of three levels; the valve opens on two grounds.
        reading(tank, L) ~ categorical{low: 0.1, normal: 0.2, high: 0.7}.
        0.95 :: works(pump).

        open(valve) :- reading(tank, high), \+ works(pump).
        open(valve) :- reading(tank, high), rate(inflow, R), R > 10.
        rate(inflow, 12).
    )",
                                            {}, "valve.ent");

    entail::proof::Proof proof = engine.explain("open(valve)");
    std::cout << entail::proof::print_text(proof) << '\n';

    // The proof is a value too: its steps, rules, bindings and choices can be walked.
    for (const entail::proof::Choice& choice : proof.choices) {
        for (std::uint32_t taken : choice.allowed) {
            std::cout << "it rests on " << choice.alternatives[taken].atom << ", line "
                      << choice.place.line << '\n';
        }
    }

    // Of what does not hold, explain says why not.
    std::cout << '\n' << entail::proof::print_text(engine.explain("\\+ open(valve)"));
}

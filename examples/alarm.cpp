// A program from text, its queries, and one more question.
//
// The same program lies in alarm.ent; Engine::from_file("alarm.ent") would load it from there.

#include <iostream>

#include "programs/engine.h"

int main() {
    auto engine = entail::Engine::from_text(R"(
        0.01 :: fire.
        0.3::toast(golden) ; 0.1::toast(burnt).
        0.95 :: smoke :- fire.
        0.6  :: smoke :- toast(burnt).
        0.98 :: alarm :- smoke.
        0.02 :: alarm :- \+ smoke.
        neighbour(ada).  neighbour(ben).
        0.8  :: rings(N) :- alarm, neighbour(N).

        query fire.
        query toast(T).
    )");

    std::cout << "Before anything is known:\n" << entail::to_text(engine.run());

    // Evidence holds for every later question.
    engine.give("rings(ada)");
    engine.give("\\+ rings(ben)");
    std::cout << "Ada rang, Ben did not:\n" << entail::to_text(engine.run());

    // A question need not be in the program; it may have variables.
    entail::QueryAnswers rings = engine.ask("rings(N)");
    for (const entail::Answer& answer : rings.answers) {
        std::cout << answer.atom << " is certain: " << std::boolalpha << (answer.lower == 1)
                  << '\n';
    }
}

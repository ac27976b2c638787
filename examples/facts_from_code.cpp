// Facts that only the caller knows, questions in between, and errors as a user should see them.

#include <cstdlib>
#include <iostream>
#include <string>

#include "programs/engine.h"

int main() {
    // `pred` says which facts will come. Without it, 'link/2' would be an undefined predicate.
    auto engine = entail::Engine::from_text(R"(
        pred link(atom, atom).
        0.9 :: up(X, Y) :- link(X, Y).
        connected(X, Y) :- up(X, Y).
        connected(X, Z) :- connected(X, Y), up(Y, Z).
    )");

    engine.add_fact("link(paris, lyon)");
    engine.add_fact("link(lyon, rome)");
    auto probability = [&](const std::string& atom) {
        return engine.ask(atom).answers.front().lower;  // a ground atom always has its answer
    };
    std::cout << "two links: " << probability("connected(paris, rome)") << '\n';

    // The next question sees the new fact.
    engine.add_fact("link(paris, rome)");
    std::cout << "and a direct one: " << probability("connected(paris, rome)") << '\n';

    // What is wrong with a program, a fact or a question comes as one text: place, cause, way out.
    try {
        engine.ask("conected(paris, rome)");
    } catch (const entail::ProgramError& error) {
        std::cout << error.what();
        return EXIT_SUCCESS;
    }
    return EXIT_FAILURE;  // not reached: the name is misspelt
}

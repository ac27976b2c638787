#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <sstream>

#include "symbolic/circuit/evaluate.h"
#include "symbolic/circuit/nnf.h"
#include "tests/support/seed.h"
#include "tests/symbolic/random_circuit.h"

using namespace entail;
using namespace entail::tests;
using circuit::CircuitFileError;
using circuit::LabelledCircuit;

namespace {

LabelledCircuit random_labelled(std::mt19937_64& random) {
    LabelledCircuit labelled;
    labelled.circuit =
        RandomCircuit(1 + static_cast<std::uint32_t>(random() % 6), 3, random).circuit();
    labelled.weights = random_weights(labelled.circuit, random);
    for (std::uint32_t w = 0; w < labelled.weights.size(); ++w)
        labelled.alternatives.push_back("a(" + std::to_string(w) + ",\"b c\")");
    for (std::size_t c = 0; c + 1 < labelled.circuit.weight_offsets().size(); ++c)
        labelled.choices.push_back({"p.ent:" + std::to_string(c), random() % 2 == 0});
    labelled.conditions = 2;
    labelled.answers = {{"x", {0, 2}}, {"y(1)", {1, 1}}};
    return labelled;
}

double value(const circuit::Circuit& circuit, const std::vector<double>& weights,
             std::size_t root) {
    const circuit::Evaluator evaluator(circuit);
    circuit::Workspace workspace;
    evaluator.forward(weights, 1, workspace);
    return workspace.value(static_cast<circuit::RootId>(root), 0);
}

/// A counter of d-DNNF as others write it: one pass over the lines.
struct SmallCounter {
    std::map<int, double> weight;
    std::vector<double> count;
    std::map<std::string, std::pair<std::size_t, std::size_t>> answers;

    explicit SmallCounter(const std::string& text) {
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words(line);
            std::string word, second, third;
            words >> word;
            if (word == "c") {
                words >> second;
                int literal = 0;
                if (second == "p" && words >> third >> literal) words >> weight[literal];
                std::pair<std::size_t, std::size_t> nodes;
                if (second == "answer" && words >> nodes.first >> nodes.second >> third)
                    answers[third] = nodes;
            } else if (word == "L") {
                int literal = 0;
                words >> literal;
                count.push_back(weight.at(literal));
            } else if (word == "A" || word == "O") {
                std::size_t size = 0, child = 0;
                int variable = 0;
                if (word == "O") words >> variable;
                words >> size;
                double result = word == "A" ? 1 : 0;
                while (words >> child) {
                    if (word == "A") {
                        result *= count.at(child);
                    } else {
                        result += count.at(child);
                    }
                }
                count.push_back(result);
            }
        }
    }
};

constexpr const char* kXor =
    "c of c2d\nnnf 7 6 2\nL -2\nL 1\nA 2 0 1\nL 2\nL -1\nA 2 3 4\nO 1 2 2 5\n";

}  // namespace

TEST_CASE("a circuit that was written is read as it was") {
    std::mt19937_64 random(random_seed());
    for (int round = 0; round < 100; ++round) {
        const LabelledCircuit labelled = random_labelled(random);
        CHECK(circuit::read_circuit(circuit::write_circuit(labelled), "f") == labelled);
        CHECK(circuit::write_dot(labelled).starts_with("digraph"));
    }
}

TEST_CASE("a damaged circuit file is refused with its line, and never believed") {
    std::mt19937_64 random(random_seed());
    const LabelledCircuit labelled = random_labelled(random);
    const std::string text = circuit::write_circuit(labelled);
    CHECK_THROWS_WITH_AS(circuit::read_circuit("", "f"),
                         "f:0: the file ends where the header was expected", CircuitFileError);
    CHECK_THROWS_AS(circuit::read_circuit("entail-circuit 2\n", "f"), CircuitFileError);
    CHECK_THROWS_WITH_AS(circuit::read_circuit("entail-circuit 1\nchoices 900000000\n", "f"),
                         "f:2: the file is shorter than that", CircuitFileError);
    for (int round = 0; round < 2000; ++round) {
        std::string damaged = text;
        const std::size_t at = random() % damaged.size();
        if (random() % 3 == 0) {
            damaged.resize(at);
        } else {
            damaged[at] =
                static_cast<char>(random() % 2 == 0 ? '0' + random() % 10 : random() % 256);
        }
        if (damaged == text) continue;
        try {  // only the end of the last line carries nothing
            const LabelledCircuit read = circuit::read_circuit(damaged, "f");
            CHECK(read == labelled);
        } catch (const CircuitFileError&) {
        }
    }
}

TEST_CASE("a counter of d-DNNF finds the value of each answer in the written NNF") {
    std::mt19937_64 random(random_seed());
    for (int round = 0; round < 200; ++round) {
        const LabelledCircuit labelled = random_labelled(random);
        for (std::size_t answer : {0U, 1U}) {
            const circuit::NnfText written = circuit::write_nnf(labelled, answer);
            const SmallCounter counter(written.text);
            REQUIRE(counter.count.size() == written.nodes);
            CHECK(counter.count.back() ==
                  doctest::Approx(value(labelled.circuit, labelled.weights, answer)));
            const auto [numerator, denominator] = counter.answers.at("x");
            CHECK(counter.count.at(numerator) ==
                  doctest::Approx(value(labelled.circuit, labelled.weights, 0)));
            CHECK(counter.count.at(denominator) ==
                  doctest::Approx(value(labelled.circuit, labelled.weights, 2)));
            const circuit::Nnf read = circuit::read_nnf(written.text, "f");
            CHECK(read.weights.size() == 2 * written.variables);
            CHECK(value(read.circuit, read.weights, 0) ==
                  doctest::Approx(counter.count.back()).epsilon(1e-12));
        }
        CHECK_THROWS_AS(circuit::write_nnf(labelled, 2), std::invalid_argument);
    }
}

TEST_CASE("NNF of other compilers is read, with and without decision variables") {
    const circuit::Nnf read = circuit::read_nnf(kXor, "f");
    CHECK(read.weights == std::vector<double>(4, 0.5));
    CHECK(value(read.circuit, {0.3, 0.7, 0.9, 0.1}, 0) == doctest::Approx(0.3 * 0.1 + 0.7 * 0.9));
    std::string plain = kXor;
    plain.replace(plain.find("O 1"), 3, "O 0");
    CHECK(value(circuit::read_nnf(plain, "f").circuit, {0.3, 0.7, 0.9, 0.1}, 0) ==
          doctest::Approx(0.3 * 0.1 + 0.7 * 0.9));
    const circuit::Nnf weighted =
        circuit::read_nnf("c p weight -2 0.25 0\nnnf 1 0 2\r\n\nL 2\n", "f");
    CHECK(value(weighted.circuit, weighted.weights, 0) == 0.75);
}

TEST_CASE("NNF that is not decomposable, deterministic or whole is refused by its line") {
    const auto refused = [](const std::string& text, const std::string& message) {
        CHECK_THROWS_WITH_AS(circuit::read_nnf(text, "f"), message.c_str(), CircuitFileError);
    };
    refused("", "f:0: the file ends where 'nnf' was expected");
    refused("cnf 1 0 1\nL 1\n", "f:1: 'nnf' was expected");
    refused("nnf 1 0 1\nL 2\n", "f:2: a literal is '2', expected a whole number from -1 to 1");
    refused("nnf 1 0 1\nL 0\n", "f:2: 0 is no literal");
    refused("nnf 2 1 1\nL 1\nA 1 1\n",
            "f:3: earlier node is '1', expected a whole number from 0 to 0");
    refused("nnf 1 0 1\nX 1\n", "f:2: a node is 'L', 'A' or 'O', not 'X'");
    refused("nnf 3 0 1\nL 1\n", "f:2: the file ends where a node was expected");
    refused("nnf 1 0 1\nL 1\nL -1\n", "f:3: there are more nodes than announced");
    refused("nnf 2 1 1\nL 1\nA 2 0\n", "f:3: 1 children, 2 were announced");
    refused("nnf 3 2 2\nL 1\nL 1\nA 2 0 1\n", "f:4: a factor stands twice");
    refused("nnf 3 2 1\nL 1\nL 1\nO 1 2 0 1\n", "f:4: two terms of an Or take its variable alike");
    refused("nnf 3 2 2\nL 1\nL 1\nO 0 2 0 1\n", "f:4: terms of an Or do not exclude each other");
    refused("nnf 3 2 1\nL 1\nL -1\nA 2 0 1\n",
            "f:4: this is no circuit: node 4: factors share a choice");
    refused("nnf 1 0 90000000\nL 1\n", "f:1: the file is too short for so many variables");
    std::mt19937_64 random(random_seed());
    const std::string text = circuit::write_nnf(random_labelled(random), 0).text;
    for (int round = 0; round < 2000; ++round) {
        std::string damaged = text;
        for (std::size_t k = 1 + random() % 3; k > 0; --k)
            damaged[random() % damaged.size()] = " 0123456789-LAOc\n"[random() % 17];
        try {
            const circuit::Nnf read = circuit::read_nnf(damaged, "f");
            CHECK(validate(read.circuit) == "");
            value(read.circuit, read.weights, 0);
        } catch (const CircuitFileError&) {
        }
    }
}

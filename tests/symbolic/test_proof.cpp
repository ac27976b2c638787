#include <doctest/doctest.h>

#include <string>

#include "symbolic/proof/json.h"
#include "symbolic/proof/names.h"
#include "symbolic/proof/print_text.h"
#include "symbolic/proof/proof.h"

using namespace entail::proof;

namespace {

/// sum(a,b,8) from two perceived digits: what `entail explain` on the digit program shows.
Proof digit_proof() {
    Proof proof;
    proof.query = "sum(a,b,8)";
    proof.lower = proof.upper = 0.25;
    for (const char* input : {"a", "b"}) {
        Choice choice;
        choice.kind = Choice::Kind::distribution;
        choice.weights = Choice::Weights::perceived;
        choice.place = {"sum.ent", 3, 40, 60};
        choice.text = "digit(I, D) ~ mnist(I).";
        choice.instance = {{"I", input}};
        for (int digit : {3, 5, 8}) {
            std::string value = std::to_string(digit);
            double weight = digit == 5 ? 0.1 : (digit == 3) == (*input == 'a') ? 0.85 : 0.05;
            choice.alternatives.push_back(
                {std::string("digit(") + input + "," + value + ")", value, weight});
        }
        choice.module = "mnist";
        choice.input = input;
        choice.input_path = std::string(input) + ".png";
        proof.choices.push_back(choice);
    }
    for (std::uint32_t i = 0; i < 2; ++i) {
        Step given;
        given.atom = i == 0 ? "image(a)" : "image(b)";
        given.place = {"sum.ent", 1 + i, 0, 10};
        given.is_input = true;
        Step seen;
        seen.kind = Step::Kind::rule;
        seen.atom = i == 0 ? "digit(a,3)" : "digit(b,5)";
        seen.place = {"sum.ent", 3, 40, 60};
        seen.text = "digit(I, D) ~ mnist(I).";
        seen.rule = 0;
        seen.premises = {{given.atom, 2 * i}};
        seen.uses = {{i, {i}}};
        proof.steps.push_back(given);
        proof.steps.push_back(seen);
    }
    Step sum;
    sum.kind = Step::Kind::rule;
    sum.atom = "sum(a,b,8)";
    sum.place = {"sum.ent", 4, 61, 110};
    sum.text = "sum(A, B, S) :- digit(A, X), digit(B, Y), S is X + Y.";
    sum.rule = 1;
    sum.bindings = {{"A", "a"}, {"B", "b"}, {"S", "8"}, {"X", "3"}, {"Y", "5"}};
    sum.premises = {{"digit(a,3)", 1}, {"digit(b,5)", 3}, {"8 is 3+5"}};
    proof.steps.push_back(sum);
    proof.root = 4;
    set_probabilities(proof);
    return proof;
}

/// \+ p where p needs q, q needs p, and q needs a coin that falls the other way.
Proof circular_proof() {
    Proof proof;
    proof.query = "\\+ p";
    Choice coin;
    coin.alternatives = {{"c", "", 0.3}, {"", "", 0.7}};
    proof.choices = {coin};
    Step c, q, p;
    c.kind = q.kind = p.kind = Step::Kind::absent;
    c.atom = "c";
    q.atom = "q";
    p.atom = "p";
    Failure falls;
    falls.kind = Failure::Kind::choice;
    falls.use = {0, {1}};
    c.failures = {falls};
    Failure by_p;
    by_p.kind = Failure::Kind::circular;
    by_p.literal = "p";
    by_p.step = 2;
    Failure by_c;
    by_c.kind = Failure::Kind::premise;
    by_c.literal = "c";
    by_c.step = 0;
    q.failures = {by_p, by_c};
    Failure by_q;
    by_q.kind = Failure::Kind::premise;
    by_q.literal = "q";
    by_q.step = 1;
    p.failures = {by_q};
    proof.steps = {c, q, p};
    proof.root = 2;
    set_probabilities(proof);
    return proof;
}

std::string refusal(const std::string& json) {
    try {
        from_json(json);
    } catch (const FormatError& error) {
        return error.what();
    }
    return "accepted";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    auto place = text.find(from);
    REQUIRE(place != std::string::npos);
    return text.replace(place, from.size(), to);
}

}  // namespace

TEST_CASE("a step is worth the product of the choices below it, each counted once") {
    Proof proof = digit_proof();
    CHECK(!proof.steps[0].probability);
    CHECK(*proof.steps[1].probability == doctest::Approx(0.85));
    CHECK(*proof.steps[3].probability == doctest::Approx(0.1));
    CHECK(*proof.steps[4].probability == doctest::Approx(0.085));
    CHECK(proof.choices[1].allowed == std::vector<std::uint32_t>{1});

    // The same digit twice is one choice.
    proof.steps[4].premises[1].step = 1;
    set_probabilities(proof);
    CHECK(*proof.steps[4].probability == doctest::Approx(0.85));
    // Two values of one choice exclude each other.
    proof.steps[4].uses = {{0, {1, 2}}};
    set_probabilities(proof);
    CHECK(*proof.steps[4].probability == 0);
}

TEST_CASE("what a circle of failures rests on counts for every step of it") {
    Proof proof = circular_proof();
    CHECK(malformed(proof) == "");
    for (const Step& step : proof.steps) CHECK(*step.probability == doctest::Approx(0.7));
    CHECK(print_text(proof) ==
          "\\+ p\n"
          "the most probable proof: 0.7 by itself\n"
          "\n"
          "\\+ p  0.7\n"
          "└─ \\+ q  0.7\n"
          "   ├─ p would need this itself\n"
          "   └─ \\+ c  0.7  the coin falls the other way\n");
}

TEST_CASE("free choices have no probability of their own") {
    Proof proof = circular_proof();
    proof.choices[0].kind = Choice::Kind::free;
    set_probabilities(proof);
    CHECK(!proof.steps[2].probability);
}

TEST_CASE("a proof from pictures is printed down to its inputs") {
    CHECK(print_text(digit_proof()) ==
          "sum(a,b,8): 0.25\n"
          "the most probable proof: 0.085 by itself\n"
          "\n"
          "sum(a,b,8)  0.085  sum.ent:4  sum(A, B, S) :- digit(A, X), digit(B, Y), S is X + Y.  "
          "[X = 3, Y = 5]\n"
          "├─ digit(a,3)  0.85  sum.ent:3  perceived by mnist on input a (\"a.png\"): 3 0.85, "
          "5 0.1, 8 0.05\n"
          "├─ digit(b,5)  0.1  sum.ent:3  perceived by mnist on input b (\"b.png\"): 8 0.85, "
          "5 0.1, 3 0.05\n"
          "└─ 8 is 3+5\n");
}

TEST_CASE("a shared step is printed once and referred to") {
    Proof proof = digit_proof();
    Step both;
    both.kind = Step::Kind::rule;
    both.atom = "both";
    both.premises = {{"sum(a,b,8)", 4}, {"sum(a,b,8)", 4}};
    proof.steps.push_back(both);
    proof.root = 5;
    std::string text = print_text(proof);
    CHECK(text.find("└─ sum(a,b,8)  0.085  (see above)\n") != std::string::npos);
}

TEST_CASE("a search that found nothing is printed and written as such") {
    Proof proof;
    proof.query = "hard";
    proof.search = Proof::Search::failed;
    CHECK(print_text(proof) == "hard\nno proof found: the search was cut off\n");
    CHECK(from_json(to_json(proof)) == proof);
}

TEST_CASE("proofs survive JSON unchanged") {
    Proof digits = digit_proof();
    digits.conditions = {{true, ":- a, b.", {"sum.ent", 9, 1, 2}}, {false, "\\+ c", {}}};
    digits.meets_conditions = false;
    digits.steps[4].total = 0.25;
    CHECK(from_json(to_json(digits)) == digits);

    Proof circular = circular_proof();
    Step sum;
    sum.kind = Step::Kind::aggregate;
    sum.atom = "3 = #sum{ X : q(X) }";
    sum.function = "sum";
    sum.value = "3";
    sum.members = {{"3", Member::Status::absent, 0}, {"0", Member::Status::open, kNone}};
    circular.steps.push_back(sum);
    circular.search = Proof::Search::cut_off;
    circular.lower = 0.25;
    circular.upper = 0.5;
    CHECK(from_json(to_json(circular)) == circular);
}

TEST_CASE("bytes that are no UTF-8 do not stop a proof from being written") {
    Proof proof = digit_proof();
    proof.choices[0].input_path = "\xff\xfe.png";
    CHECK(from_json(to_json(proof)).steps == proof.steps);
}

TEST_CASE("JSON that is no proof is refused with the place and what is wanted") {
    std::string good = to_json(digit_proof());
    CHECK(refusal("") == "proof: no JSON: byte 1: the text is empty");
    CHECK(refusal("{").starts_with("proof: no JSON: byte"));
    CHECK(refusal("[]") == "proof: the whole: an object is wanted");
    CHECK(refusal("{}") == "proof: the whole: 'version' is missing");
    CHECK(refusal(replaced(good, "\"version\":1", "\"version\":7")) ==
          "proof: version: 7 is not known, only 1");
    CHECK(refusal(replaced(good, "\"root\":4", "\"root\":5")) == "proof: 'root' names no step");
    CHECK(refusal(replaced(good, "\"root\":4", "\"root\":-1")) ==
          "proof: root: a natural number below 2^32 is wanted");
    CHECK(refusal(replaced(good, "\"step\":0", "\"step\":4")) ==
          "proof: step 1: a premise comes after it");
    CHECK(refusal(replaced(good, "\"kind\":\"given\"", "\"kind\":\"gift\"")) ==
          "proof: steps[0].kind: 'gift' is none of given, library, rule, aggregate, absent, "
          "assumed");
    CHECK(refusal(replaced(good, "\"weight\":0.85", "\"weight\":\"much\"")) ==
          "proof: choices[0].alternatives[0].weight: a number is wanted");
    CHECK(refusal(replaced(good, "\"weight\":0.85", "\"weight\":1.85")) ==
          "proof: choice 0: the weight 1.85 is not between 0 and 1");
    CHECK(refusal(replaced(good, "\"alternatives\":[0]", "\"alternatives\":[9]")) ==
          "proof: step 1: a use names no alternative");
    CHECK(refusal(std::string(100'000, '[')).starts_with("proof: "));
}

TEST_CASE("every kind has a name of its own that leads back to it") {
    const auto check = [](auto example) {
        for (const auto& [kind, text] : names(example)) {
            CHECK(name(kind) == text);
            CHECK(kind_of<decltype(example)>(text) == kind);
        }
    };
    check(Step::Kind::given);
    check(Failure::Kind::choice);
    check(Member::Status::counted);
    check(Choice::Kind::coin);
    check(Choice::Weights::constant);
    check(Proof::Search::best);
    CHECK(!kind_of<Step::Kind>("nothing"));
}

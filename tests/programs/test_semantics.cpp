// Sentences of language.md, each with the smallest program that tells it from its neighbours.
#include <doctest/doctest.h>

#include "tests/programs/oracle/expect.h"

namespace entail::tests {

// --- facts, rules, order of answers ---

TEST_CASE("the order of clauses and literals does not matter") {
    expect(R"(query p(X, Z). p(X, Z) :- Z is Y + 1, q(X, Y). q(a, 1).)", {"p(a,2): 1"});
}

TEST_CASE("a fact stated twice is one fact") {
    expect("p(a). p(a). p(X) :- q(X). q(a). query p(X).", {"p(a): 1"});
}

TEST_CASE("answers descend by probability, then follow the standard order of terms") {
    expect(R"(0.5::p(b). 0.5::p(a). 0.7::p(z). 0.5::p(2). 0.5::p(1.5). 0.5::p("s"). 0.5::p(f(x)).
              0.5::p([]). 0.5::p(-3). 0.5::p(a(1,2)). 0.5::p(g(b)). 0.9::p(g(a)). query p(X).)",
           {"p(g(a)): 0.9", "p(z): 0.7", "p(-3): 0.5", "p(1.5): 0.5", "p(2): 0.5", "p([]): 0.5",
            "p(a): 0.5", "p(b): 0.5", "p(\"s\"): 0.5", "p(f(x)): 0.5", "p(g(b)): 0.5",
            "p(a(1,2)): 0.5"});
}

TEST_CASE("probabilities that print alike are ties") {
    expect("0.30000000000001::p(b). 0.3::p(a). query p(X).", {"p(a): 0.3", "p(b): 0.3"});
}

TEST_CASE(
    "a ground query has its line, probability 0 included; an open query has none for nothing") {
    expect("0.5::p(1). query p(2). query p(1).", {"p(2): 0", "p(1): 0.5"});
    expect("0.5::p(1). q(X) :- p(X), X > 1. query q(X).", {});
}

TEST_CASE("queries answer in the order of the file, repeated variables and blanks included") {
    expect(
        R"(e(a,a). 0.5::e(a,b). e(b,c). query e(X,X). query e(_,b). query e(a,Y). query(e(b,Z)).)",
        {"e(a,a): 1", "e(a,b): 0.5", "e(a,a): 1", "e(a,b): 0.5", "e(b,c): 1"});
}

TEST_CASE("what can only be derived from itself is false") {
    expect("p :- q. q :- p. query p.", {"p: 0"});
}

TEST_CASE("probability through a cyclic recursion counts each world once") {
    expect(R"(0.5::e(a,b). 0.5::e(b,a). 0.5::e(b,c). 0.5::e(a,c). 0.5::e(c,b).
              path(X,Y) :- e(X,Y). path(X,Z) :- path(X,Y), e(Y,Z).
              query path(a,c). query path(a,b).)",
           {"path(a,c): 0.625", "path(a,b): 0.625"});
}

TEST_CASE("facts that wait for each other's laws are counted all the same") {
    expect(R"(p5(X0,[b]) :- p4, d(X0).  p6(X0,[c]) :- p3(_), p3(X0).  p6(c,[b]) :- p4, not u0(_).
              2/3::p7(2) :- p5(_,_), p6(_,_).  0.25::p4 ; 0.6::p4 :- d(_), u0(_).
              0.5::u0(X) :- d(X).  p3(X0) :- u0(X0).  d(a).  d(b).  d(c).
              query p7(N0).)",
           {"p7(2): 0.859367337"});
}

TEST_CASE("facts that share a coin and are asked together are counted as when asked alone") {
    expect(R"(d(a). d(b). d(c).  0.2::e(c,a).  e(a,b).  0.2::u1(X) :- d(X).
              p3(X0,X1) :- u1(X1), e(_,X1), u1(X0).
              query(p3(b,a)). query(p3(c,b)). query p3(a,O1).)",
           {"p3(b,a): 0.008", "p3(c,b): 0.04", "p3(a,a): 0.04", "p3(a,b): 0.04"});
}

// --- coins ---

TEST_CASE("two weighted clauses for one head are two causes") {
    expect("0.3::a. 0.4::a. query a.", {"a: 0.58"});
}

TEST_CASE("one coin per instance of the rule") {
    expect("0.5::h(X) :- d(X). d(1). d(2). both :- h(1), h(2). query both.", {"both: 0.25"});
}

TEST_CASE("an instance is one choice however often it is used") {
    expect("0.5::c. a :- c. b :- c. both :- a, b. query both.", {"both: 0.5"});
    expect("e(1). 0.5::c(X) :- e(X). both :- c(1), c(X), c(X). query both.", {"both: 0.5"});
}

TEST_CASE("every variable of the clause belongs to the instance, '_' included") {
    expect("e(1,2). e(1,3). 0.5::h(X) :- e(X,_). query h(1).", {"h(1): 0.75"});
    expect("e(1,2). e(1,3). 0.5::h :- e(1,Y). query h.", {"h: 0.75"});
}

TEST_CASE("variables local to an aggregate do not belong to the instance") {
    expect("e(1,2). e(1,3). 0.5::h(N) :- N = #count{ Y : e(1,Y) }. query h(N).", {"h(2): 0.5"});
    expect("e(1,2). e(1,3). 0.5::h :- 2 = #count{ Y : e(_,Y) }. query h.", {"h: 0.5"});
}

TEST_CASE("the branches of a disjunction share the instance, two clauses do not") {
    expect("a. b. 0.5::h :- ( a ; b ). query h.", {"h: 0.5"});
    expect("a. b. 0.5::h :- a. 0.5::h :- b. query h.", {"h: 0.75"});
    expect("0.5::a. 0.5::b. 0.4::h :- ( a ; b ). query h.", {"h: 0.3"});
}

TEST_CASE("weights may be fractions and expressions over variables bound in the body") {
    expect("1/3::a. query a.", {"a: 0.333333333"});
    expect("w(x, 0.25). w(y, 0.5). P::h(X) :- w(X, P). query h(X).", {"h(y): 0.5", "h(x): 0.25"});
    expect("n(2). n(4). 1/N :: h(N) :- n(N). query h(X).", {"h(2): 0.5", "h(4): 0.25"});
    expect("n(2). 0.1*N :: h :- n(N). query h.", {"h: 0.2"});
}

TEST_CASE("two weights that bind differently are two instances") {
    expect("w(a, 0.5). w(a, 0.2). P::h(X) :- w(X, P). query h(a).", {"h(a): 0.6"});
}

TEST_CASE("a value of weight zero does not exist") {
    expect("0.0::a(1). 0.5::a(2). query a(X).", {"a(2): 0.5"});
    expect("0.0::a ; 1.0::b. query a. query b.", {"a: 0", "b: 1"});
    expect_error("0.0::a. evidence a. query a.", "inconsistent");
}

TEST_CASE("a weight of one is certain") {
    expect("1.0::a. b :- \\+ a. query a. query b.", {"a: 1", "b: 0"});
}

TEST_CASE("a learnable weight counts with its initial value") {
    expect("t(0.4)::a. query a.", {"a: 0.4"});
}

// --- annotated disjunctions ---

TEST_CASE("the heads of an annotated disjunction exclude each other") {
    expect("0.5::a ; 0.5::b. both :- a, b. any :- a. any :- b. query both. query any.",
           {"both: 0", "any: 1"});
}

TEST_CASE("weights that sum to less than 1 leave a silent last value") {
    expect("0.2::a ; 0.3::b. none :- \\+ a, \\+ b. query none.", {"none: 0.5"});
}

TEST_CASE("literal weights are added as exact rationals") {
    expect(R"(1/6::f(1) ; 1/6::f(2) ; 1/6::f(3) ; 1/6::f(4) ; 1/6::f(5) ; 1/6::f(6).
              any :- f(_). none :- \+ any. query any. query none.)",
           {"any: 1", "none: 0"});
    expect(R"(0.1::f(1) ; 0.2::f(2) ; 0.7::f(3). none :- \+ f(_). query none.)", {"none: 0"});
}

TEST_CASE("computed weights may miss 1 by 1e-9") {
    expect(R"(w(0.3333333333). W::a ; W::b ; W::c :- w(W). none :- \+ a, \+ b, \+ c. query none.)",
           {"none: 0"});
    expect_error("w(0.6). W::a ; W::b :- w(W). query a.", "error");
}

TEST_CASE("weights beyond 1 are an error") {
    expect_error("0.7::a ; 0.6::b. query a.", "error");
    expect_error("1.5::a. query a.", "error");
    expect_error("w(1.5). W::a :- w(W). query a.", "error");
    expect_error("w(-0.5). W::a :- w(W). query a.", "error");
}

TEST_CASE("one categorical per instance of an annotated disjunction") {
    expect(R"(0.5::c(X,r) ; 0.5::c(X,g) :- d(X). d(1). d(2). same :- c(1,C), c(2,C). query same.)",
           {"same: 0.5"});
}

TEST_CASE("a head that occurs twice in a disjunction has both weights") {
    expect("0.3::a ; 0.4::a. query a.", {"a: 0.7"});
}

TEST_CASE("a disjunction is drawn only where its body holds") {
    expect("0.5::b. 0.2::x(1) ; 0.8::x(2) :- b. query x(V).", {"x(2): 0.4", "x(1): 0.1"});
}

TEST_CASE("a distribution draws the last argument") {
    expect(
        "c(X,V) ~ categorical{r: 0.2, g: 0.8} :- d(X). d(1). d(2). s :- c(1,V), c(2,V). query s.",
        {"s: 0.68"});
    expect("0.5::d. c(V) ~ categorical{r: 0.2, g: 0.8} :- d. query c(V).",
           {"c(g): 0.4", "c(r): 0.1"});
}

// --- evidence and constraints ---

TEST_CASE("evidence excludes worlds and the rest is renormalised") {
    expect("0.5::a. 0.5::b. c :- a. c :- b. evidence c. query a.", {"a: 0.666666667"});
    expect("0.5::a. 0.5::b. c :- a. c :- b. evidence \\+ c. query a.", {"a: 0"});
}

TEST_CASE("ProbLog's forms of query and evidence are accepted") {
    expect(
        "0.5::a(1). 0.5::b. c :- a(1). c :- b. evidence(c, true). evidence(b, false). query(a(X)).",
        {"a(1): 1"});
    expect("0.5::a. 0.5::b. c :- a. c :- b. evidence(c). query(a).", {"a: 0.666666667"});
}

TEST_CASE("constraints condition the probabilities") {
    expect("0.5::a. 0.5::b. :- a, b. query a.", {"a: 0.333333333"});
    expect("0.5::a. 0.5::b. :- \\+ a, \\+ b. query a.", {"a: 0.666666667"});
    expect("0.5::p(1). 0.5::p(2). 0.5::p(3). :- p(X), p(Y), X < Y. query p(1).", {"p(1): 0.25"});
}

TEST_CASE("evidence and constraints that leave nothing are an error") {
    expect_error("0.5::a. evidence a. evidence \\+ a. query a.", "inconsistent");
    expect_error("0.5::a. b. :- b. query a.", "inconsistent");
    expect_error("0.5::a. :- a. evidence a. query a.", "inconsistent");
    expect_error("0.5::a ; 0.5::b. evidence a. evidence b. query a.", "inconsistent");
}

TEST_CASE("evidence on something certain changes nothing") {
    expect("a. 0.5::b. evidence a. query b. query a.", {"b: 0.5", "a: 1"});
}

// --- negation ---

TEST_CASE("negation is the complement") {
    expect("0.3::a. b :- \\+ a. c :- not a. query b. query c.", {"b: 0.7", "c: 0.7"});
}

TEST_CASE("negation over '_' asks whether there is any") {
    expect("0.5::e(1,2). 0.5::e(1,3). d(1). d(2). n(X) :- d(X), \\+ e(X,_). query n(X).",
           {"n(2): 1", "n(1): 0.25"});
}

TEST_CASE("a conjunction and a disjunction can be negated") {
    expect("0.5::a. 0.5::b. c :- \\+ (a, b). d :- \\+ (a ; b). query c. query d.",
           {"c: 0.75", "d: 0.25"});
}

TEST_CASE("a cycle through negation is refused, also through another predicate or an aggregate") {
    expect_error("p :- \\+ q. q :- \\+ p. query p.", "negation");
    expect_error("p :- \\+ q. q :- r. r :- p. query p.", "negation");
    expect_error("d(1). p(X) :- d(X), 0 = #count{ Y : p(Y) }. query p(X).", "error");
}

// --- terms, comparison, arithmetic ---

TEST_CASE("=:= compares across types, = does not") {
    expect(
        "a :- 1 = 1.0. b :- 1 =:= 1.0. c :- 1 \\= 1.0. d :- 1 =\\= 1.0. query a. query b. query c. "
        "query d.",
        {"a: 0", "b: 1", "c: 1", "d: 0"});
    expect("p(1). p(1.0). q(X) :- p(X), X = 1. query q(X).", {"q(1): 1"});
}

TEST_CASE("= builds and takes apart terms") {
    expect("p(f(1, [2, 3])). q(A, T) :- p(X), X = f(A, [_|T]). query q(A, T).", {"q(1,[3]): 1"});
    expect("p(1). q(X) :- p(Y), X = g(Y, Y). query q(X).", {"q(g(1,1)): 1"});
}

TEST_CASE("/ gives a real, // floors, mod has the divisor's sign") {
    expect("x(X) :- X is 6 / 3. query x(X).", {"x(2.0): 1"});
    expect("x(X) :- X is 7 // 2. x(X) :- X is -7 // 2. query x(X).", {"x(-4): 1", "x(3): 1"});
    expect("x(X) :- X is -7 mod 3. x(X) :- X is 7 mod -3. query x(X).", {"x(-2): 1", "x(2): 1"});
}

TEST_CASE("the other functions of arithmetic") {
    expect("x(X) :- X is 2 ** 10. query x(X).", {"x(1024): 1"});
    expect("x(X) :- X is abs(-3) + min(2, 5) * max(1, 4) - 1. query x(X).", {"x(10): 1"});
    expect("x(X) :- X is 2 + 3 * 4 - 10 // 4. query x(X).", {"x(12): 1"});
    expect("x(X) :- X is 1 + 0.5. query x(X).", {"x(1.5): 1"});
}

TEST_CASE("an integer overflow is an error, never a wrap") {
    expect_error("x(X) :- X is 9223372036854775807 + 1. query x(X).", "error[arithmetic-error]");
    expect_error("x(X) :- X is 4000000000 * 4000000000. query x(X).", "error[arithmetic-error]");
    expect_error("x(X) :- X is -9223372036854775807 - 2. query x(X).", "error[arithmetic-error]");
    expect("x(X) :- X is 9223372036854775806 + 1. query x(X).", {"x(9223372036854775807): 1"});
    expect_error("v(9223372036854775807). v(1). x(S) :- S = #sum{ V : v(V) }. query x(S).",
                 "error[arithmetic-error]");
}

TEST_CASE("comparisons over uncertain numbers") {
    expect(
        R"(1/4::n(1) ; 1/4::n(2) ; 1/2::n(3). a :- n(X), X < 3. b :- n(X), X >= 2. c :- n(X), X =< 1.
              d :- n(X), X > 2. query a. query b. query c. query d.)",
        {"a: 0.5", "b: 0.75", "c: 0.25", "d: 0.5"});
}

TEST_CASE("X in a range, a set, a type") {
    expect("p(X) :- X in 1..3. query p(X).", {"p(1): 1", "p(2): 1", "p(3): 1"});
    expect("p(X) :- X in {b, a}. query p(X).", {"p(a): 1", "p(b): 1"});
    expect("type color = {red, green}. p(X) :- X in color. query p(X).",
           {"p(green): 1", "p(red): 1"});
    expect("type digit = 0..2. q(1). q(7). p(X) :- q(X), X in digit. query p(X).", {"p(1): 1"});
    expect("q(2). p(X) :- q(N), X in N..N+1. query p(X).", {"p(2): 1", "p(3): 1"});
}

TEST_CASE("strings, quoted names and comments") {
    expect(R"(p("hi there"). p('Hello'). p(abc). % p(no).
              /* p(neither). */ query p(X).)",
           {"p('Hello'): 1", "p(abc): 1", "p(\"hi there\"): 1"});
    expect(R"(p("a"). q :- p(a). query q.)", {"q: 0"});
}

// --- disjunction ---

TEST_CASE("a disjunction in a body holds when a branch does") {
    expect("0.5::a. 0.5::b. 0.5::c. h :- c, ( a ; b ). query h.", {"h: 0.375"});
    expect("p(1). q(2). r(X) :- ( p(X) ; q(X) ). query r(X).", {"r(1): 1", "r(2): 1"});
}

TEST_CASE("a disjunction may contain tests and negation") {
    expect("0.5::n(1) ; 0.5::n(5). 0.5::a. h :- n(X), ( X > 3, a ; X < 3, \\+ a ). query h.",
           {"h: 0.5"});
}

// --- aggregates ---

TEST_CASE("a sum or a count of nothing is 0, a min or a max of nothing fails") {
    expect(R"(0.0::v(1). s(S) :- S = #sum{ V : v(V) }. c(C) :- C = #count{ V : v(V) }.
              l(L) :- L = #min{ V : v(V) }. h(H) :- H = #max{ V : v(V) }.
              query s(S). query c(C). query l(L). query h(H).)",
           {"s(0): 1", "c(0): 1"});
}

TEST_CASE("an aggregate is over a set of tuples") {
    expect(
        "v(a,2). v(b,2). s(S) :- S = #sum{ V : v(_,V) }. t(S) :- S = #sum{ V, I : v(I,V) }. query "
        "s(S). query t(S).",
        {"s(2): 1", "t(4): 1"});
}

TEST_CASE("aggregates work over uncertain facts") {
    expect("0.5::v(1). 0.5::v(2). s(S) :- S = #sum{ V : v(V) }. query s(S).",
           {"s(0): 0.25", "s(1): 0.25", "s(2): 0.25", "s(3): 0.25"});
    expect("0.5::v(1). 0.5::v(2). s(S) :- S = #max{ V : v(V) }. query s(S).",
           {"s(2): 0.5", "s(1): 0.25"});
    expect("0.5::v(1). 0.5::v(2). s(S) :- S = #min{ V : v(V) }. query s(S).",
           {"s(1): 0.5", "s(2): 0.25"});
    expect("0.5::v(1). 0.5::v(2). s(S) :- S = #count{ V : v(V) }. query s(S).",
           {"s(1): 0.5", "s(0): 0.25", "s(2): 0.25"});
}

TEST_CASE("two facts for one tuple count once") {
    expect("0.5::v(1,a). 0.5::v(1,b). s(S) :- S = #sum{ V : v(V,_) }. query s(S).",
           {"s(1): 0.75", "s(0): 0.25"});
}

TEST_CASE("an aggregate is grouped by the variables bound outside of it") {
    expect("d(a). d(b). e(a,1). e(a,2). c(X,N) :- d(X), N = #count{ Y : e(X,Y) }. query c(X,N).",
           {"c(a,2): 1", "c(b,0): 1"});
}

TEST_CASE("an aggregate can be compared, in either order") {
    expect(
        "0.5::v(1). 0.5::v(2). 0.5::v(3). h :- #count{ V : v(V) } >= 2. g :- 3 < #sum{ V : v(V) }. "
        "query h. query g.",
        {"h: 0.5", "g: 0.375"});
}

TEST_CASE("aggregates condition and are conditioned") {
    expect("0.5::v(1). 0.5::v(2). s(S) :- S = #sum{ V : v(V) }. evidence v(1). query s(S).",
           {"s(1): 0.5", "s(3): 0.5"});
    expect("0.5::v(1). 0.5::v(2). :- 3 = #sum{ V : v(V) }. query v(1).", {"v(1): 0.333333333"});
    expect("0.5::v(1). 0.5::v(2). s(S) :- S = #sum{ V : v(V) }. evidence s(3). query v(1).",
           {"v(1): 1"});
}

TEST_CASE("the same name in two aggregates is local to each") {
    expect(
        "u(1). u(2). v(5). p(A, B) :- A = #count{ X : u(X) }, B = #sum{ X : v(X) }. query p(A, B).",
        {"p(2,5): 1"});
}

TEST_CASE("dice: the law of a sum, the number of sixes, the highest") {
    expect(R"(die(D) :- between(1, 2, D).
              1/6::face(D,1) ; 1/6::face(D,2) ; 1/6::face(D,3) ; 1/6::face(D,4) ; 1/6::face(D,5) ; 1/6::face(D,6) :- die(D).
              total(S) :- S = #sum{ F, D : face(D, F) }. sixes(N) :- N = #count{ D : face(D, 6) }.
              high(M) :- M = #max{ F : face(_, F) }.
              query total(7). query total(12). query total(13). query sixes(1). query high(6).)",
           {"total(7): 0.166666667", "total(12): 0.0277777778", "total(13): 0",
            "sixes(1): 0.277777778", "high(6): 0.305555556"});
}

// --- the library ---

TEST_CASE("the usual library of lists and numbers") {
    expect("p(X) :- between(1, 3, X). query p(X).", {"p(1): 1", "p(2): 1", "p(3): 1"});
    expect("p(X) :- member(X, [a, b, a]). query p(X).", {"p(a): 1", "p(b): 1"});
    expect("p(X) :- append([1], [2, 3], X). query p(X).", {"p([1,2,3]): 1"});
    expect("p(X, Y) :- append(X, Y, [1]). query p(X, Y).", {"p([],[1]): 1", "p([1],[]): 1"});
    expect("p(N) :- length([a, b], N). query p(N).", {"p(2): 1"});
    expect("p(X) :- nth0(1, [a, b], X). query p(X).", {"p(b): 1"});
    expect("p(X) :- reverse([1, 2], X). query p(X).", {"p([2,1]): 1"});
    expect("p(X) :- sum_list([1, 2, 3], X). query p(X).", {"p(6): 1"});
}

TEST_CASE("library predicates over uncertain lists") {
    expect(
        "0.4::l([a, b]) ; 0.6::l([c]). p(N) :- l(L), length(L, N). m(X) :- l(L), member(X, L). "
        "query p(N). query m(X).",
        {"p(1): 0.6", "p(2): 0.4", "m(c): 0.6", "m(a): 0.4", "m(b): 0.4"});
}

TEST_CASE("a program's own predicate hides the library's of that name") {
    expect("length(a, b). query length(X, Y).", {"length(a,b): 1"});
    expect("member(X, Y) :- m(Y, X). m(l, z). p(X) :- member(X, l). query p(X).", {"p(z): 1"});
}

TEST_CASE("use_module is accepted and ignored") {
    expect(":- use_module(library(lists)). p(X) :- member(X, [1]). query p(X).", {"p(1): 1"});
}

TEST_CASE("statement words are ordinary predicates elsewhere") {
    expect("type(1). input(2). query type(X). query input(X).", {"type(1): 1", "input(2): 1"});
    expect("choose(1). module(2). p(X) :- choose(X). p(X) :- module(X). query p(X).",
           {"p(1): 1", "p(2): 1"});
    expect(
        "fun(1). always(1). never(1). import(1). evidence(x(1), true). 0.5::x(1). p :- fun(X), "
        "always(X), never(X), import(X), x(X). query p.",
        {"p: 1"});
}

// --- demand ---

TEST_CASE("a query's bindings make a rule safe") {
    expect("double(X, Y) :- Y is X * 2. query double(4, Y).", {"double(4,8): 1"});
}

TEST_CASE("recursion over lists ends because the query asks for little") {
    expect(R"(len([], 0). len([_|T], N) :- len(T, M), N is M + 1. query len([a, b, c], N).)",
           {"len([a,b,c],3): 1"});
    expect(R"(rev([], A, A). rev([H|T], A, R) :- rev(T, [H|A], R). query rev([1, 2, 3], [], R).)",
           {"rev([1,2,3],[],[3,2,1]): 1"});
    expect(R"(0.3::x(1) ; 0.7::x(2). count(0). count(N) :- N > 0, M is N - 1, count(M).
              p(X) :- x(X), count(X). query p(X).)",
           {"p(2): 0.7", "p(1): 0.3"});
}

TEST_CASE("a rule whose variable nothing binds is refused") {
    expect_error("p(X) :- q. q. query p(X).", "unbound");
    expect_error("p(X, Y) :- q(X). q(1). query p(X, Y).", "unbound");
    expect_error("p(X) :- q(X), Y > 1. q(1). query p(X).", "error");
    expect_error("p(X) :- q(X), \\+ r(X, Y). q(1). r(1, 1). s(Y) :- \\+ q(Y). query s(Y).",
                 "error");
}

// --- free choices ---

TEST_CASE("a free choice is answered by the least and the greatest probability over the ways") {
    expect("choose c(V) in 1..2. 0.3::a. h :- c(1), a. h :- c(2), \\+ a. query h.",
           {"h: [0.3, 0.7]"});
    expect("choose c(V) in {x, y}. query c(V).", {"c(x): [0, 1]", "c(y): [0, 1]"});
}

TEST_CASE("where the ways agree the answer is one number") {
    expect("choose c(V) in 1..2. 0.5::w. h :- w, c(1). h :- \\+ w, c(2). query h.", {"h: 0.5"});
}

TEST_CASE("ways with no mass left are dropped") {
    expect("choose c(V) in 1..2. 0.3::a. h :- c(1), a. h :- c(2), \\+ a. :- c(1). query h.",
           {"h: 0.7"});
}

TEST_CASE("probabilities are conditioned within each way") {
    expect(R"(choose s(V) in {x, y}. 0.2::a :- s(x). 0.6::a :- s(y). 0.5::b :- a. 0.5::c.
              e :- b. e :- c. evidence e. query a.)",
           {"a: [0.272727273, 0.692307692]"});
}

TEST_CASE("a free choice of an uncertain instance has its value before the draw") {
    expect("0.5::d. choose c(V) in 1..2 :- d. query c(1).", {"c(1): [0, 0.5]"});
}

TEST_CASE("exactly one value per instance") {
    expect(
        "d(1). d(2). choose c(X, V) in 1..2 :- d(X). two(X) :- c(X, 1), c(X, 2). some(X) :- c(X, "
        "_). query two(X). query some(X).",
        {"some(1): 1", "some(2): 1"});
}

TEST_CASE("constraints over free choices leave the only seating") {
    expect(R"(person(ann). person(bob). person(cai).
              choose seat(P, S) in 1..3 :- person(P).
              :- seat(P, S), seat(Q, S), P \= Q.
              :- seat(ann, A), seat(bob, B), A >= B.
              :- seat(cai, 3). :- seat(cai, 1).
              query seat(P, S).)",
           {"seat(ann,1): 1", "seat(bob,3): 1", "seat(cai,2): 1"});
}

TEST_CASE("free choices without a way left are an error") {
    expect_error("choose c(V) in 1..2. :- c(V), V > 0. query c(1).", "inconsistent");
}

// --- bugs that were there once ---

TEST_CASE("an aggregate met through another literal's news still sees all members") {
    expect(
        "0.5::u(b,a). n(b). p3(X,N) :- n(X), N = #count{ Y : u(X,Y) }. "
        "p4(X,N) :- v(X), p3(X,N). 0.5::v(b). query p4(X,N).",
        {"p4(b,0): 0.25", "p4(b,1): 0.25"});
    expect(
        "s(b). v(b). 0.6::u(X) :- v(X). p(X,2) :- s(X). "
        "p(X,N) :- p(X,2), ( d(X) ; d(X) ), N = #count{ 1 : u(X) }. d(b). query p(O,N).",
        {"p(b,2): 1", "p(b,1): 0.6", "p(b,0): 0.4"});
    expect(
        "0.5::u(b,a). n(b). p3(X,N) :- n(X), N = #count{ Y : u(X,Y) }. "
        "p4 :- u(_,X), p3(X,_). :- p3(b,0). query p4.",
        {"p4: 0"});
}

TEST_CASE("a recursion over the parts of a list whose values another rule computes ends") {
    expect(R"(symbol(x, 3). symbol(o, plus). symbol(y, 4).
              sum(L, V) :- term(L, V).
              sum(L, V) :- append(A, [O | B], L), symbol(O, plus), sum(A, X), term(B, Y),
                           add(X, Y, V).
              term([X], n(D)) :- symbol(X, D), D in 0..9.
              add(n(X), n(Y), n(Z)) :- Z is X + Y.
              query sum([x, o, y], V).)",
           {"sum([x,o,y],n(7)): 1"});
}

}  // namespace entail::tests

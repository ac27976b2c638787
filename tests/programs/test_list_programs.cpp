// The programs over lists that everybody writes first: they end, and give what they give elsewhere.

#include <doctest/doctest.h>

#include <algorithm>

#include "programs/engine.h"

using namespace entail;

namespace {

std::string answers(const std::string& program) {
    Options options;
    options.time_limit = 60;
    RunResult result = Engine::from_text(program, options).run();
    CHECK(result.limits.empty());
    return to_text(result);
}

std::size_t count(const std::string& program) {
    std::string lines = answers(program);
    return static_cast<std::size_t>(std::ranges::count(lines, '\n'));
}

constexpr const char* kAppend =
    "app([], L, L).\n"
    "app([H|T], L, [H|R]) :- app(T, L, R).\n";

}  // namespace

TEST_CASE("append runs in every direction that has finitely many answers") {
    std::string append = kAppend;
    CHECK(count(append + "query app(X, Y, [1,2,3]).\n") == 4);
    CHECK(answers(append + "query app(X, [3], [1,2,3]).\n") == "app([1,2],[3],[1,2,3]): 1\n");
    CHECK(answers(append + "query app([1], [2], Z).\n") == "app([1],[2],[1,2]): 1\n");
}

TEST_CASE("permutations, by select, by append and by the library") {
    CHECK(count(std::string(kAppend) +
                "perm([], []).\n"
                "perm(L, [H|T]) :- app(V, [H|U], L), app(V, U, W), perm(W, T).\n"
                "query perm([1,2,3,4], P).\n") == 24);
    CHECK(count("perm([], []).\n"
                "perm(L, [H|T]) :- take(H, L, R), perm(R, T).\n"
                "take(X, [X|T], T).\n"
                "take(X, [H|T], [H|R]) :- take(X, T, R).\n"
                "query perm([1,2,3,4], P).\n") == 24);
    CHECK(count("query permutation([1,2,3,4,5], P).\n") == 120);
}

TEST_CASE("queens by select") {
    CHECK(answers("queens(N, Qs) :- numlist(1, N, Ns), place(Ns, [], Qs).\n"
                  "place([], Qs, Qs).\n"
                  "place(Un, Safe, Qs) :- select(Q, Un, Rest), \\+ attack(Q, 1, Safe),\n"
                  "    place(Rest, [Q|Safe], Qs).\n"
                  "attack(X, N, [Y|_]) :- X is Y + N.\n"
                  "attack(X, N, [Y|_]) :- X is Y - N.\n"
                  "attack(X, N, [_|Ys]) :- M is N + 1, attack(X, M, Ys).\n"
                  "query queens(6, Qs).\n") ==
          "queens(6,[2,4,6,1,3,5]): 1\n"
          "queens(6,[3,6,2,5,1,4]): 1\n"
          "queens(6,[4,1,5,2,6,3]): 1\n"
          "queens(6,[5,3,1,6,4,2]): 1\n");
}

TEST_CASE("sorting, reversing and towers") {
    CHECK(answers("qsort([], []).\n"
                  "qsort([H|T], S) :- part(H, T, L, G), qsort(L, SL), qsort(G, SG),\n"
                  "    append(SL, [H|SG], S).\n"
                  "part(_, [], [], []).\n"
                  "part(P, [X|Xs], [X|L], G) :- X =< P, part(P, Xs, L, G).\n"
                  "part(P, [X|Xs], L, [X|G]) :- X > P, part(P, Xs, L, G).\n"
                  "query qsort([3,1,4,1,5,9,2,6], S).\n") ==
          "qsort([3,1,4,1,5,9,2,6],[1,1,2,3,4,5,6,9]): 1\n");
    CHECK(answers("nrev([], []).\n"
                  "nrev([H|T], R) :- nrev(T, RT), append(RT, [H], R).\n"
                  "query nrev([a,b,c,d], R).\n") == "nrev([a,b,c,d],[d,c,b,a]): 1\n");
    CHECK(answers("hanoi(0, _, _, _, []).\n"
                  "hanoi(N, A, B, C, Ms) :- N > 0, M is N - 1, hanoi(M, A, C, B, M1),\n"
                  "    hanoi(M, C, B, A, M2), append(M1, [A-B|M2], Ms).\n"
                  "moves(N, L) :- hanoi(N, a, b, c, Ms), length(Ms, L).\n"
                  "query moves(8, L).\n") == "moves(8,255): 1\n");
}

TEST_CASE("parsing by differences of lists, over words that are uncertain") {
    CHECK(answers("0.6::word(2, sees) ; 0.4::word(2, sleeps).\n"
                  "word(1, dog).\n"
                  "s(S0, S) :- np(S0, S1), vp(S1, S).\n"
                  "np([dog|S], S).\n"
                  "np([cat|S], S).\n"
                  "vp([sees|S1], S) :- np(S1, S).\n"
                  "vp([sleeps|S], S).\n"
                  "sound :- word(1, A), word(2, B), s([A, B], []).\n"
                  "query s([dog, sees, cat], []).\n"
                  "query sound.\n") == "s([dog,sees,cat],[]): 1\nsound: 0.4\n");
}

TEST_CASE("paths that carry what they have visited, over coins") {
    CHECK(
        answers("0.5::edge(a,b). edge(b,c). 0.5::edge(c,a). edge(b,d).\n"
                "path(X, Y, V, [Y|V]) :- edge(X, Y), \\+ member(Y, V).\n"
                "path(X, Y, V, P) :- edge(X, Z), Z \\= Y, \\+ member(Z, V), path(Z, Y, [Z|V], P).\n"
                "way(X, Y, P) :- path(X, Y, [X], R), reverse(R, P).\n"
                "query way(a, Y, P).\n") ==
        "way(a,b,[a,b]): 0.5\n"
        "way(a,c,[a,b,c]): 0.5\n"
        "way(a,d,[a,b,d]): 0.5\n");
}

TEST_CASE("numbers count down, and what is computed twice is computed once") {
    CHECK(answers("fib(0, 0). fib(1, 1).\n"
                  "fib(N, F) :- N > 1, A is N - 1, B is N - 2, fib(A, X), fib(B, Y), F is X + Y.\n"
                  "query fib(80, F).\n") == "fib(80,23416728348467685): 1\n");
}

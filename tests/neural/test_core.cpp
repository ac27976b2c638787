#include <doctest/doctest.h>

#include <atomic>
#include <numeric>
#include <set>
#include <stdexcept>

#include "neural/core/gemm.h"
#include "neural/core/hash.h"
#include "neural/core/random.h"
#include "neural/core/row_module.h"
#include "neural/core/thread_pool.h"
#include "tests/neural/gradient_check.h"
#include "tests/support/seed.h"

using namespace entail::neural;

TEST_CASE("random numbers are the same on every platform") {
    Random random(42);
    CHECK(random.bits() == 0x85fdb65af16123e0U);
    CHECK(random.bits() == 0x4855a0c33971ae61U);
    CHECK(mix(0) == 0xe220a8397b1dcdafU);
    CHECK(hash_bytes("a", 1) == 0xaf63dc4c8601ec8cU);
}

TEST_CASE("random numbers have the mean and variance of their distribution") {
    Random random(entail::tests::random_seed());
    constexpr int kCount = 200000;
    double uniform = 0;
    double normal = 0;
    double squares = 0;
    std::vector<int> counts(7);
    for (int i = 0; i < kCount; ++i) {
        uniform += random.uniform();
        const double x = random.normal();
        normal += x;
        squares += x * x;
        ++counts[random.below(7)];
    }
    CHECK(uniform / kCount == doctest::Approx(0.5).epsilon(0.01));
    CHECK(normal / kCount == doctest::Approx(0).scale(1).epsilon(0.015));
    CHECK(squares / kCount == doctest::Approx(1).epsilon(0.02));
    for (int count : counts) CHECK(count == doctest::Approx(kCount / 7.0).epsilon(0.04));
}

TEST_CASE("a generator continues from its saved state, and a damaged state is refused") {
    Random random(7);
    random.normal();
    Random copy = Random::from_state(random.state());
    CHECK(copy == random);
    CHECK(copy.bits() == random.bits());
    CHECK_THROWS_AS(Random::from_state("12"), std::invalid_argument);
    CHECK_THROWS_AS(Random::from_state(std::string(64, '0')), std::invalid_argument);
    CHECK_THROWS_AS(Random::from_state(std::string(64, 'x')), std::invalid_argument);
}

TEST_CASE("shuffle gives a permutation") {
    Random random(entail::tests::random_seed());
    std::vector<int> items(100);
    std::iota(items.begin(), items.end(), 0);
    random.shuffle(items);
    CHECK(std::set<int>(items.begin(), items.end()).size() == 100);
    CHECK_FALSE(std::is_sorted(items.begin(), items.end()));
}

TEST_CASE("a pool runs every task once, again and again, for any number of threads") {
    for (int threads : {1, 2, 5}) {
        ThreadPool pool(threads);
        CHECK(pool.threads() == threads);
        for (int round = 0; round < 300; ++round) {
            std::vector<std::atomic<int>> runs(static_cast<std::size_t>(round % 40));
            pool.run(round % 40, [&](int task) { ++runs[static_cast<std::size_t>(task)]; });
            for (const auto& count : runs) REQUIRE(count == 1);
        }
    }
}

TEST_CASE("an exception in a task reaches the caller, and the pool goes on") {
    ThreadPool pool(3);
    CHECK_THROWS_WITH_AS(pool.run(20,
                                  [](int task) {
                                      if (task == 7) throw std::runtime_error("seven");
                                  }),
                         "seven", std::runtime_error);
    std::atomic<int> sum = 0;
    pool.run(10, [&](int task) { sum += task; });
    CHECK(sum == 45);
}

TEST_CASE("a batch is split into shards that cover it in order, whatever its size") {
    for (Index rows = 1; rows < 1000; ++rows) {
        const RowShards shards(rows);
        REQUIRE(shards.count >= 1);
        REQUIRE(shards.count <= RowShards::kMaxShards);
        Index next = 0;
        for (int shard = 0; shard < shards.count; ++shard) {
            REQUIRE(shards.begin(shard) == next);
            REQUIRE(shards.end(shard) > next);
            next = shards.end(shard);
        }
        REQUIRE(next == rows);
    }
}

TEST_CASE_TEMPLATE("a packed product agrees with Eigen for every instruction set", Scalar, float,
                   double) {
    Random random(entail::tests::random_seed());
    for (int round = 0; round < 300; ++round) {
        const int rows = 1 + static_cast<int>(random.below(30));
        const int depth = 1 + static_cast<int>(random.below(40));
        const int columns = 1 + static_cast<int>(random.below(70));
        const bool add = random.below(2) == 1;
        const Matrix<Scalar> left =
            entail::tests::random_matrix(rows, depth, random).cast<Scalar>();
        const Matrix<Scalar> right =
            entail::tests::random_matrix(depth, columns, random).cast<Scalar>();
        const Matrix<Scalar> start =
            entail::tests::random_matrix(1, columns, random).cast<Scalar>();
        const Matrix<Scalar> before =
            entail::tests::random_matrix(rows, columns, random).cast<Scalar>();
        std::vector<Index> left_rows;
        std::vector<Index> out_rows;
        for (int i = 0; i < rows; ++i) {
            left_rows.push_back(Index{i} * depth);
            out_rows.push_back(Index{i} * columns);
        }
        Matrix<Scalar> expected = left * right;
        if (add) {
            expected += before;
        } else {
            expected.rowwise() += start.row(0);
        }
        for (Simd simd : {Simd::portable, Simd::avx2, Simd::avx512}) {
            if (simd > widest_simd()) continue;
            CAPTURE(static_cast<int>(simd));
            PackedMatrix<Scalar> packed;
            packed.pack(right.data(), depth, columns, columns, 1, start.data(), simd);
            Matrix<Scalar> out = before;
            multiply<Scalar>({left.data(), left_rows.data(), rows, 1, 0, depth, 1}, packed,
                             out.data(), out_rows.data(), add);
            const double tolerance = sizeof(Scalar) == 4 ? 1e-4 : 1e-12;
            REQUIRE(static_cast<double>((out - expected).cwiseAbs().maxCoeff()) < tolerance);
        }
    }
}

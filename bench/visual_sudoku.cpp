// Sudoku whose given digits are pictures: perception, then the most probable board that satisfies
// the rules. How many boards are right with the rules, and how many if each digit is read alone?
//
//     visual_sudoku --weights W --images I --labels L [--puzzles LINES]
//
// Pictures and labels are IDX files, gzip or not; W is what `entail train examples/sum.ent` saves.
// Boards of 4 x 4 are made here (from one Latin square, shuffled, with 6 digits given at least,
// which may leave several solutions); those of 9 x 9 are lines of puzzle,solution. Nothing is told
// about which digit a picture shows.

#include <CLI/CLI.hpp>
#include <fstream>
#include <map>
#include <sstream>

#include "bench/harness.h"
#include "neural/core/random.h"
#include "neural/data/file_bytes.h"
#include "neural/data/idx.h"
#include "programs/engine.h"

using namespace entail;

namespace {

struct Board {
    std::string given, solution;  // row by row; empty cells are dots
};

int side(const Board& board) {
    return board.given.size() == 16 ? 4 : 9;
}

Board random_small_board(neural::Random& random) {
    const char* const square = "1234341221434321";
    std::string names = "1234";
    for (std::size_t k = 4; k > 1; --k) std::swap(names[k - 1], names[random.below(k)]);
    Board board;
    for (int i = 0; i < 16; ++i) board.solution += names[static_cast<std::size_t>(square[i] - '1')];
    // Rows of one band, and bands, may change places.
    if (random.below(2) == 1) {
        for (std::size_t c = 0; c < 4; ++c) std::swap(board.solution[c], board.solution[4 + c]);
    }
    if (random.below(2) == 1) {
        for (std::size_t c = 0; c < 8; ++c) std::swap(board.solution[c], board.solution[8 + c]);
    }
    board.given = board.solution;
    for (char& cell : board.given) {
        if (random.below(2) == 1) cell = '.';
    }
    for (std::size_t i = 0; std::ranges::count(board.given, '.') > 10; ++i)
        board.given[i] = board.solution[i];
    return board;
}

std::string perception_of(const Board& board) {
    const auto n = static_cast<std::size_t>(side(board));
    std::string text =
        "type digit = 0..9.\n"
        "module mnist : image -> digit = lenet.\n"
        "shows(I, D) ~ mnist(I).\n";
    for (std::size_t i = 0; i < board.given.size(); ++i) {
        if (board.given[i] == '.') continue;
        text += fmt::format("input p{0} : image = \"p{0}.png\".\nseen({1}, {2}, p{0}).\n", i, i / n,
                            i % n);
    }
    return text;
}

std::string rules_of(const Board& board) {
    const int n = side(board), block = n == 4 ? 2 : 3;
    return fmt::format(
        "cell(R, C) :- R in 0..{0}, C in 0..{0}.\n"
        "box(R, C, B) :- cell(R, C), B is {1} * (R // {1}) + C // {1}.\n"
        "choose v(R, C, V) in 1..{2} :- cell(R, C).\n"
        ":- v(R, C, V), v(R, D, V), C < D.\n"
        ":- v(R, C, V), v(S, C, V), R < S.\n"
        ":- box(R, C, B), box(S, D, B), R < S, C =\\= D, v(R, C, V), v(S, D, V).\n"
        ":- seen(R, C, I), v(R, C, V), shows(I, D), D =\\= V.\n"
        "query v(R, C, V).\n",
        n - 1, block, n);
}

struct Count {
    int boards = 0, with_rules = 0, without = 0, whole = 0, unknown = 0;
    double seconds = 0;
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Visual Sudoku: boards read with and without the rules"};
    std::string weights, images_file, labels_file, puzzles;
    std::size_t count = 100;
    double limit = 60;
    app.add_option("--weights", weights, "Weights of the digits' network")->required();
    app.add_option("--images", images_file, "Pictures of digits (IDX)")->required();
    app.add_option("--labels", labels_file, "What they show (IDX)")->required();
    app.add_option("--puzzles", puzzles, "Lines of puzzle,solution for 9 x 9");
    app.add_option("--count", count, "Boards of each size");
    app.add_option("--time-limit", limit, "Seconds a board");
    CLI11_PARSE(app, argc, argv);

    const neural::ImageSet images = neural::load_idx_images(images_file);
    const std::string labels = neural::read_file_or_gzip(labels_file, std::size_t{1} << 30U);
    constexpr std::size_t kHeader = 8;  // of an IDX file of one dimension
    std::map<char, std::vector<int>> pictures;
    for (int i = 0; i < images.count; ++i) {
        const char label = labels.at(kHeader + static_cast<std::size_t>(i));
        pictures[static_cast<char>('0' + label)].push_back(i);
    }
    const auto pixels = static_cast<std::size_t>(images.height) * images.width;

    neural::Random random(7);
    std::vector<Board> boards;
    for (std::size_t k = 0; k < count; ++k) boards.push_back(random_small_board(random));
    std::ifstream lines(puzzles);
    for (std::string line; boards.size() < 2 * count && std::getline(lines, line);) {
        Board board{line.substr(0, 81), line.substr(82, 81)};
        std::ranges::replace(board.given, '0', '.');
        boards.push_back(board);
    }

    std::map<int, Count> counts;
    for (const Board& board : boards) {
        Options options;
        options.weights["mnist"] = weights;
        options.time_limit = limit;
        Engine engine = Engine::from_text(perception_of(board) + rules_of(board), options);
        Engine alone = Engine::from_text(perception_of(board) + "query shows(I, D).\n", options);
        for (std::size_t i = 0; i < board.given.size(); ++i) {
            if (board.given[i] == '.') continue;
            const std::vector<int>& of_digit = pictures.at(board.given[i]);
            const auto which = static_cast<std::size_t>(of_digit[random.below(of_digit.size())]);
            const auto first = images.pixels.begin() + static_cast<std::ptrdiff_t>(which * pixels);
            InputImage image;
            image.height = images.height;
            image.width = images.width;
            image.pixels.assign(first, first + static_cast<std::ptrdiff_t>(pixels));
            engine.set_input(fmt::format("p{}", i), image);
            alone.set_input(fmt::format("p{}", i), std::move(image));
        }
        Count& counted = counts[side(board)];
        ++counted.boards;
        Solution found;
        counted.seconds += bench::seconds_of([&] { found = engine.solve(); });
        std::string solution(board.given.size(), '.');
        if (found.worlds.empty()) {
            ++counted.unknown;
        } else {
            for (const std::string& atom : found.worlds[0].atoms) {
                if (atom[0] != 'v') continue;  // v(0,4,7)
                solution[static_cast<std::size_t>((atom[2] - '0') * side(board) +
                                                  (atom[4] - '0'))] = atom[6];
            }
        }
        counted.whole += solution == board.solution ? 1 : 0;
        bool given_right = true;
        for (std::size_t i = 0; i < board.given.size(); ++i)
            given_right = given_right && (board.given[i] == '.' || board.given[i] == solution[i]);
        counted.with_rules += given_right ? 1 : 0;
        // Each picture by its most probable digit: answers descend.
        std::map<std::string, std::string> read;
        const RunResult answers = alone.run();
        for (const Answer& answer : answers.results[0].answers) {
            const std::size_t comma = answer.atom.find(',');  // shows(p3,7)
            read.emplace(answer.atom.substr(6, comma - 6), answer.atom.substr(comma + 1, 1));
        }
        bool all_right = true;
        for (std::size_t i = 0; i < board.given.size(); ++i) {
            all_right = all_right &&
                        (board.given[i] == '.' || read[fmt::format("p{}", i)][0] == board.given[i]);
        }
        counted.without += all_right ? 1 : 0;
    }
    for (const auto& [size, counted] : counts) {
        fmt::print(
            "{0} x {0}: {1} boards; all given digits read right without the rules: {2}, with them: "
            "{3}; whole board right: {4}; undecided: {5}; {6:.0f} ms each\n",
            size, counted.boards, counted.without, counted.with_rules, counted.whole,
            counted.unknown, 1e3 * counted.seconds / counted.boards);
    }
    return 0;
}

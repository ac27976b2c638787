// entail digits: writes rendered digits and their sums, to train on.

#include "programs/cli/command.h"
#include "programs/cli/options.h"
#include "programs/digits.h"

namespace entail::cli {

Action add_digits(CLI::App& app) {
    CLI::App* command = app.add_subcommand(
        "digits", "Write pictures of handwritten-looking digits, their labels and sums of them");
    auto options = std::make_shared<DigitsOptions>();
    command->add_option("--count", options->count, "How many pictures of digits")
        ->type_name("N")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    command->add_option("--sums", options->sums, "How many lines of sums.csv")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command->add_option("--numbers", options->numbers, "Digits of each of the two numbers")
        ->type_name("N")
        ->check(CLI::Range(1, 9))
        ->capture_default_str();
    command->add_option("--seed", options->seed, "Other digits and sums for another seed")
        ->type_name("N")
        ->capture_default_str();
    command->add_option("--out", options->folder, "The folder to write into")
        ->type_name("FOLDER")
        ->required();
    return [options] {
        for (const std::filesystem::path& file : write_digits(*options)) {
            print(file.string() + "\n");
        }
        return kDone;
    };
}

}  // namespace entail::cli

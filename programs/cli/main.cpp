#include "programs/cli/command.h"

int main(int argc, char** argv) {
    return entail::cli::run_command(argc, argv);
}

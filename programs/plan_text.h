#pragma once
// How answers were found, in words: `entail run --explain-plan`.

#include <string>

#include "programs/inference.h"

namespace entail {

/// Lines for people; their form is no interface.
std::string describe_plan(const Inference& inference, const Questions& questions,
                          const ir::Program& program);

}  // namespace entail

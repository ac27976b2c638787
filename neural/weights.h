#pragma once

#include <filesystem>
#include <string>

#include "neural/archive.h"
#include "neural/core/module.h"

namespace entail::neural {

/// Puts all parameters and statistics into the archive, as tensors "<prefix><parameter name>"
/// (values are rounded to float32 if Scalar is double), and, if the prefix is empty, sets its
/// architecture.
template <class Scalar>
void put_weights(Module<Scalar>& module, Archive& archive, const std::string& prefix = "");

/// Sets all parameters and statistics from tensors with this prefix. Throws DataError, and changes
/// nothing, if one is missing, one is left over, a shape differs (the message names both) or, with
/// an empty prefix, the architecture differs. `file` is for messages.
template <class Scalar>
void get_weights(Module<Scalar>& module, const Archive& archive, const std::string& file,
                 const std::string& prefix = "");

template <class Scalar>
void save_weights(Module<Scalar>& module, const std::filesystem::path& file);

template <class Scalar>
void load_weights(Module<Scalar>& module, const std::filesystem::path& file);

}  // namespace entail::neural

#pragma once
// Proofs as JSON, by the schema of docs/proof-format.md.

#include <stdexcept>
#include <string>
#include <string_view>

#include "symbolic/proof/proof.h"

namespace entail::proof {

/// The JSON text that is no proof: where, what is wrong, what is wanted.
class FormatError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

std::string to_json(const Proof& proof);
/// Throws FormatError.
Proof from_json(std::string_view text);

}  // namespace entail::proof

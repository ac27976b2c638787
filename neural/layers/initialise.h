#pragma once

#include "neural/core/parameter.h"
#include "neural/core/random.h"

namespace entail::neural {

/// How weights start: normal with variance 2 / fan-in (He: before a ReLU) or 2 / (fan-in + fan-out)
/// (Glorot).
enum class Start { he, glorot };

template <class Scalar>
void initialise(Parameter<Scalar>& weight, int fan_in, int fan_out, Start start, Random& random);

}  // namespace entail::neural

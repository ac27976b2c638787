#include "neural/layers/initialise.h"

#include <cmath>

namespace entail::neural {

template <class Scalar>
void initialise(Parameter<Scalar>& weight, int fan_in, int fan_out, Start start, Random& random) {
    const double variance = start == Start::he ? 2.0 / fan_in : 2.0 / (fan_in + fan_out);
    const double deviation = std::sqrt(variance);
    for (Scalar& value : weight.edit()) value = static_cast<Scalar>(deviation * random.normal());
}

template void initialise(Parameter<float>&, int, int, Start, Random&);
template void initialise(Parameter<double>&, int, int, Start, Random&);

}  // namespace entail::neural

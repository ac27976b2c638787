#include "neural/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "neural/core/data_error.h"

namespace entail::neural {

namespace {

constexpr const char* kWayOut = "use the file that was saved from this network, or train it again";

}  // namespace

template <class Scalar>
void put_weights(Module<Scalar>& module, Archive& archive, const std::string& prefix) {
    if (prefix.empty()) archive.architecture = module.describe();
    for (const auto& [name, parameter] : module.parameters()) {
        const auto value = parameter->value();
        archive.tensors[prefix + name] = {parameter->shape(), {value.begin(), value.end()}};
    }
}

template <class Scalar>
void get_weights(Module<Scalar>& module, const Archive& archive, const std::string& file,
                 const std::string& prefix) {
    const auto parameters = module.parameters();
    std::set<std::string> known;
    for (const auto& [name, parameter] : parameters) {
        known.insert(prefix + name);
        const auto found = archive.tensors.find(prefix + name);
        if (found == archive.tensors.end()) {
            throw DataError(file, fmt::format("tensor \"{}\" is missing", prefix + name), kWayOut);
        }
        if (found->second.shape != parameter->shape()) {
            throw DataError(
                file,
                fmt::format("tensor \"{}\" has shape {}, but the network's has {}", prefix + name,
                            found->second.shape.text(), parameter->shape().text()),
                kWayOut);
        }
    }
    for (auto tensor = archive.tensors.lower_bound(prefix);
         tensor != archive.tensors.end() && tensor->first.starts_with(prefix); ++tensor) {
        if (!known.contains(tensor->first)) {
            throw DataError(file,
                            fmt::format("tensor \"{}\" is not part of the network", tensor->first),
                            kWayOut);
        }
    }
    if (prefix.empty() && archive.architecture != module.describe()) {
        throw DataError(file,
                        fmt::format("holds weights of {}, but the network is {}",
                                    archive.architecture, module.describe()),
                        kWayOut);
    }
    for (const auto& [name, parameter] : parameters) {
        const std::vector<float>& data = archive.tensors.at(prefix + name).data;
        std::copy(data.begin(), data.end(), parameter->edit().begin());
    }
}

template <class Scalar>
void save_weights(Module<Scalar>& module, const std::filesystem::path& file) {
    Archive archive;
    put_weights(module, archive);
    archive.save(file);
}

template <class Scalar>
void load_weights(Module<Scalar>& module, const std::filesystem::path& file) {
    get_weights(module, Archive::load(file), file.string());
}

#define ENTAIL_INSTANTIATE(Scalar)                                                 \
    template void put_weights(Module<Scalar>&, Archive&, const std::string&);      \
    template void get_weights(Module<Scalar>&, const Archive&, const std::string&, \
                              const std::string&);                                 \
    template void save_weights(Module<Scalar>&, const std::filesystem::path&);     \
    template void load_weights(Module<Scalar>&, const std::filesystem::path&);
ENTAIL_INSTANTIATE(float)
ENTAIL_INSTANTIATE(double)
#undef ENTAIL_INSTANTIATE

}  // namespace entail::neural

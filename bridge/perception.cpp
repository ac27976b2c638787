#include "bridge/perception.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "neural/core/data_error.h"
#include "neural/core/hash.h"
#include "neural/core/random.h"
#include "neural/weights.h"

namespace entail::bridge {

using neural::Archive;
using neural::DataError;

const neural::Shape Perception::kImage{28, 28, 1};

namespace {

constexpr const char* kWayOut = "use the file that was saved from this module, or train it again";

void check_concepts(const std::string& module, const std::vector<ConceptSpace>& concepts) {
    if (concepts.empty()) {
        throw std::invalid_argument(
            fmt::format("Perception: concepts: module '{}' has none", module));
    }
    std::set<std::string> names;
    for (const ConceptSpace& one : concepts) {
        if (one.classes.size() < 2) {
            throw std::invalid_argument(
                fmt::format("Perception: concepts: '{}' of module '{}' has {} classes, must have "
                            "at least 2",
                            one.name, module, one.classes.size()));
        }
        if (!names.insert(one.name).second || (one.name.empty() && concepts.size() > 1)) {
            throw std::invalid_argument(fmt::format(
                "Perception: concepts: the name '{}' in module '{}' is empty or used twice",
                one.name, module));
        }
    }
}

/// Sets the last layer with weights to 0, so that every class starts equally probable. Trained from
/// weak labels, a network that starts with opinions can settle in a mirror image of the truth (of
/// sums of two digits, every even digit taken for the odd one above it and back: one seed in ten);
/// an undecided one follows the data from the first step.
void make_undecided(neural::Sequential<float>& network) {
    for (auto child = network.children().rbegin(); child != network.children().rend(); ++child) {
        const auto parameters = child->module->parameters();
        if (parameters.empty()) continue;
        for (const auto& [name, parameter] : parameters) {
            std::ranges::fill(parameter->edit(), 0.0F);
        }
        return;
    }
}

}  // namespace

std::string why_unsupported(std::string_view architecture) {
    const auto known = neural::builtin_names();
    for (const std::string& name : known) {
        if (name == architecture) return "";
    }
    if (architecture == "onnx") {
        return fmt::format("the architecture 'onnx' is not supported yet; known are {}",
                           fmt::join(known, ", "));
    }
    return fmt::format("the architecture '{}' is not known; known are {}", architecture,
                       fmt::join(known, ", "));
}

Perception::Perception(std::string name, std::string architecture,
                       std::vector<ConceptSpace> concepts, std::uint64_t seed, neural::Shape input)
    : name_(std::move(name)),
      architecture_(std::move(architecture)),
      input_(std::move(input)),
      concepts_(std::move(concepts)) {
    check_concepts(name_, concepts_);
    if (const std::string reason = why_unsupported(architecture_); !reason.empty()) {
        throw std::invalid_argument(
            fmt::format("Perception: architecture: module '{}': {}", name_, reason));
    }
    for (std::size_t i = 0; i < concepts_.size(); ++i) {
        const std::string text = title(i);
        networks_.push_back(neural::make_builtin<float>(
            architecture_, input_, static_cast<int>(concepts_[i].classes.size()),
            neural::mix(seed, neural::hash_bytes(text.data(), text.size()))));
        make_undecided(*networks_.back());
    }
}

neural::Sequential<float>& Perception::network(std::size_t concept_index) {
    if (concept_index >= networks_.size()) {
        throw std::invalid_argument(
            fmt::format("Perception::network: concept_index is {}, but module '{}' has {} concepts",
                        concept_index, name_, networks_.size()));
    }
    return *networks_[concept_index];
}

std::string Perception::title(std::size_t concept_index) const {
    return concepts_.size() == 1 ? name_ : name_ + "." + concepts_[concept_index].name;
}

std::string Perception::describe() const {
    std::string text;
    for (std::size_t i = 0; i < networks_.size(); ++i) {
        if (networks_.size() > 1) {
            text += fmt::format("{}{}: ", i == 0 ? "" : "; ", concepts_[i].name);
        }
        text += networks_[i]->describe();
    }
    return text;
}

neural::Matrix<float> Perception::prepare(const neural::ImageSet& images) const {
    if (images.shape() == input_) return neural::to_batch(images);
    return neural::to_batch(neural::convert(images, input_));
}

const neural::Matrix<float>& Perception::infer(std::size_t concept_index,
                                               const neural::Matrix<float>& batch,
                                               neural::Context& context) {
    return network(concept_index).forward(batch, neural::Mode::infer, context);
}

std::string Perception::own_prefix(std::size_t concept_index) const {
    return networks_.size() == 1 ? "" : concepts_[concept_index].name + ".";
}

void Perception::put(Archive& archive, const std::string& prefix) {
    for (std::size_t i = 0; i < networks_.size(); ++i) {
        neural::put_weights(*networks_[i], archive, prefix + own_prefix(i));
    }
    if (prefix.empty()) archive.architecture = describe();
}

void Perception::get(const Archive& archive, const std::string& file, const std::string& prefix) {
    // Into copies first: a file that is wrong in its second network must not change the first.
    for (std::size_t i = 0; i < networks_.size(); ++i) {
        const auto copy = networks_[i]->clone();
        neural::get_weights(*copy, archive, file, prefix + own_prefix(i));
    }
    for (std::size_t i = 0; i < networks_.size(); ++i) {
        neural::get_weights(*networks_[i], archive, file, prefix + own_prefix(i));
    }
}

void Perception::load(const std::filesystem::path& path) {
    const Archive archive = Archive::load(path);
    const std::string file = path.string();
    if (networks_.size() > 1) {
        for (const auto& [tensor, ignored] : archive.tensors) {
            bool known = false;
            for (const ConceptSpace& one : concepts_) {
                known = known || tensor.starts_with(one.name + ".");
            }
            if (!known) {
                throw DataError(file,
                                fmt::format("tensor \"{}\" belongs to none of the concepts of "
                                            "module '{}'",
                                            tensor, name_),
                                kWayOut);
            }
        }
    }
    get(archive, file, "");
}

void Perception::save(const std::filesystem::path& file) {
    Archive archive;
    put(archive, "");
    archive.save(file);
}

std::uint64_t Perception::hash() {
    std::uint64_t result = neural::kHashStart;
    for (const auto& network : networks_) {
        result = neural::mix(result, neural::parameter_hash(*network));
    }
    return result;
}

Perception make_perception(const ir::Program& program, std::size_t index, std::uint64_t seed) {
    const ir::ModuleDeclaration& module = program.modules.at(index);
    std::vector<ConceptSpace> concepts;
    for (const ir::ConceptDeclaration& declared : module.concepts) {
        ConceptSpace& space = concepts.emplace_back();
        space.name = declared.name;
        for (const Value value : declared.domain) {
            space.classes.push_back(program.values.print(value));
        }
    }
    return Perception(module.name, module.architecture, std::move(concepts), seed);
}

}  // namespace entail::bridge

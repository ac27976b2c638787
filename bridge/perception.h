#pragma once
// A perception module of a program: one network for each of its concepts.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "neural/architectures.h"
#include "neural/archive.h"
#include "neural/data/images.h"
#include "symbolic/ir/program.h"

namespace entail::bridge {

/// A set of exclusive classes that a network tells apart; output k of the network is classes[k].
struct ConceptSpace {
    std::string name;  ///< may be empty if the module has only this one
    std::vector<std::string> classes;
};

/// Why a module with this architecture cannot be made, listing those that can; empty if it can.
std::string why_unsupported(std::string_view architecture);

/// One declared module. Not thread-safe, as the networks are not.
class Perception {
public:
    /// The images that modules look at, unless told otherwise.
    static const neural::Shape kImage;

    /// Networks start from `seed`, the module's name and the concept's, all classes equally
    /// probable. Throws std::invalid_argument if there is no concept, a concept has fewer than 2
    /// classes, several have the same name or one of several has none, or
    /// why_unsupported(architecture).
    Perception(std::string name, std::string architecture, std::vector<ConceptSpace> concepts,
               std::uint64_t seed, neural::Shape input = kImage);

    const std::string& name() const { return name_; }
    const std::string& architecture() const { return architecture_; }
    const neural::Shape& input_shape() const { return input_; }
    const std::vector<ConceptSpace>& concepts() const { return concepts_; }
    /// For training. Throws std::invalid_argument if there is no such concept.
    neural::Sequential<float>& network(std::size_t concept_index);
    /// "mnist", or "seen.color" if there are several concepts.
    std::string title(std::size_t concept_index) const;
    /// The networks' structure in one line.
    std::string describe() const;

    /// Images of any size and colour as a batch [images x input_shape().size()].
    neural::Matrix<float> prepare(const neural::ImageSet& images) const;
    /// Probabilities [n x classes], valid until the network runs again.
    const neural::Matrix<float>& infer(std::size_t concept_index,
                                       const neural::Matrix<float>& batch,
                                       neural::Context& context);

    /// A weights file: tensors are named as the network names them, after "<concept>." if there
    /// are several concepts. load throws neural::DataError, and changes nothing, if the file is
    /// not whole or holds another network's weights.
    void load(const std::filesystem::path& file);
    void save(const std::filesystem::path& file);
    /// The same within an archive, tensors after `prefix`. `file` is for messages.
    void put(neural::Archive& archive, const std::string& prefix);
    void get(const neural::Archive& archive, const std::string& file, const std::string& prefix);

    /// Of all weights, bit for bit.
    std::uint64_t hash();

private:
    std::string own_prefix(std::size_t concept_index) const;

    std::string name_;
    std::string architecture_;
    neural::Shape input_;
    std::vector<ConceptSpace> concepts_;
    std::vector<neural::NetworkPtr<float>> networks_;
};

/// The module `index` of a program. Throws as the constructor does.
Perception make_perception(const ir::Program& program, std::size_t index, std::uint64_t seed);

}  // namespace entail::bridge

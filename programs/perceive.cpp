#include "programs/perceive.h"

#include <algorithm>

#include "neural/core/data_error.h"
#include "neural/data/load_images.h"

namespace entail {

void Perceiver::set_weights(std::uint32_t module, std::filesystem::path file) {
    files_[module] = std::move(file);
    modules_.erase(module);
}

void Perceiver::set_image(Value entity, neural::ImageSet image) {
    given_[entity.bits()] = std::move(image);
    images_.erase(entity.bits());
}

bridge::Perception* Perceiver::module(const LoadedProgram& loaded, std::uint32_t index,
                                      Diagnostics& diagnostics) {
    auto [place, added] = modules_.try_emplace(index);
    if (!added) return place->second.get();
    const ir::ModuleDeclaration& declared = loaded.program.modules[index];
    std::optional<std::filesystem::path> file;
    if (auto given = files_.find(index); given != files_.end()) {
        file = given->second;
    } else if (!declared.arguments.empty()) {
        file = loaded.files.resolve(declared.arguments[0], declared.span, diagnostics);
        if (!file) return nullptr;
    } else {
        diagnostics.report(DiagnosticCode::no_weights, declared.span, declared.name).hint =
            fmt::format(
                "train it ('entail train'), then name the file here or give "
                "'--weights {}=FILE'",
                declared.name);
        return nullptr;
    }
    try {
        auto perception =
            std::make_unique<bridge::Perception>(bridge::make_perception(loaded.program, index, 0));
        perception->load(*file);
        place->second = std::move(perception);
    } catch (const neural::DataError& error) {
        diagnostics
            .report(DiagnosticCode::module_weights, declared.span, declared.name,
                    error.file() + ": " + error.cause())
            .hint = error.way_out();
    }
    return place->second.get();
}

bool Perceiver::is_input(const LoadedProgram& loaded, Value entity) const {
    return given_.contains(entity.bits()) ||
           std::ranges::find(loaded.program.inputs, entity, &ir::InputDeclaration::entity) !=
               loaded.program.inputs.end();
}

const neural::Matrix<float>* Perceiver::image(const LoadedProgram& loaded,
                                              bridge::Perception& perception, Value entity,
                                              Diagnostics& diagnostics) {
    auto [place, added] = images_.try_emplace(entity.bits());
    if (!added) return place->second ? &*place->second : nullptr;
    if (auto given = given_.find(entity.bits()); given != given_.end()) {
        place->second = perception.prepare(given->second);
        return &*place->second;
    }
    const auto& inputs = loaded.program.inputs;
    auto declared = std::ranges::find(inputs, entity, &ir::InputDeclaration::entity);
    auto path = loaded.files.resolve(declared->path, declared->span, diagnostics);
    if (!path) return nullptr;
    try {
        place->second = perception.prepare(neural::load_picture(*path));
        return &*place->second;
    } catch (const neural::DataError& error) {
        diagnostics
            .report(DiagnosticCode::cannot_read, declared->span, declared->path, error.cause())
            .hint = error.way_out();
    }
    return nullptr;
}

void Perceiver::perceive(const LoadedProgram& loaded, const eval::Database& database,
                         std::vector<double>& weights, Diagnostics& diagnostics) {
    // All choices of one network in one batch.
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<provenance::ChoiceId>> by_network;
    for (provenance::ChoiceId c = 0; c < database.graph.choice_count(); ++c) {
        const std::uint32_t source = database.graph.choice(c).source;
        if (source >= loaded.program.choices.size()) continue;  // added by the question
        const ir::ChoiceRule& rule = loaded.program.choices[source];
        if (rule.module != ir::kNone) by_network[{rule.module, rule.concept_index}].push_back(c);
    }
    for (const auto& [network, choices] : by_network) {
        bool all_are_inputs = true;
        for (provenance::ChoiceId c : choices) {
            Value entity = database.weights[c].input;
            if (is_input(loaded, entity)) continue;
            all_are_inputs = false;
            diagnostics
                .report(DiagnosticCode::not_an_input,
                        loaded.program.choices[database.graph.choice(c).source].span,
                        loaded.program.modules[network.first].name, database.values.print(entity))
                .hint = "declare it: 'input name : image = \"file.png\".'";
        }
        bridge::Perception* perception = module(loaded, network.first, diagnostics);
        if (perception == nullptr || !all_are_inputs) continue;
        std::vector<const neural::Matrix<float>*> pictures;
        for (provenance::ChoiceId c : choices) {
            const auto* picture =
                image(loaded, *perception, database.weights[c].input, diagnostics);
            if (picture != nullptr) pictures.push_back(picture);
        }
        if (pictures.size() != choices.size()) continue;
        neural::Matrix<float> batch(pictures.size(), perception->input_shape().size());
        for (std::size_t i = 0; i < pictures.size(); ++i) {
            batch.row(static_cast<neural::Index>(i)) = pictures[i]->row(0);
        }
        neural::Context context{pool_};
        const auto& outputs = perception->infer(network.second, batch, context);
        for (std::size_t i = 0; i < choices.size(); ++i) {
            auto row = outputs.row(static_cast<neural::Index>(i)).cast<double>();
            double sum = row.sum();  // of floats: 1 up to rounding
            std::uint32_t offset = database.graph.weight_offset(choices[i]);
            const auto& alternatives = database.weights[choices[i]].alternatives;
            for (std::size_t a = 0; a < alternatives.size(); ++a) {
                weights[offset + a] = row[static_cast<neural::Index>(alternatives[a])] / sum;
            }
        }
    }
}

}  // namespace entail

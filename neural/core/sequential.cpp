#include "neural/core/sequential.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

namespace entail::neural {

namespace {

template <class Scalar>
void check_children(const std::vector<typename Sequential<Scalar>::Child>& children) {
    if (children.empty()) throw std::invalid_argument("Sequential: children is empty");
    std::set<std::string> names;
    const Shape* shape = &children.front().module->input_shape();
    for (const auto& child : children) {
        if (child.name.empty() || child.name.find('.') != std::string::npos ||
            !names.insert(child.name).second) {
            throw std::invalid_argument(fmt::format(
                "Sequential: child name \"{}\" is empty, has a dot or is taken", child.name));
        }
        if (child.module->input_shape() != *shape) {
            throw std::invalid_argument(
                fmt::format("Sequential: child \"{}\" takes {}, but the one before gives {}",
                            child.name, child.module->input_shape().text(), shape->text()));
        }
        shape = &child.module->output_shape();
    }
}

// Each checks first: which of a constructor's arguments is evaluated first is open.
template <class Scalar>
const Shape& first_input(const std::vector<typename Sequential<Scalar>::Child>& children) {
    check_children<Scalar>(children);
    return children.front().module->input_shape();
}

template <class Scalar>
const Shape& last_output(const std::vector<typename Sequential<Scalar>::Child>& children) {
    check_children<Scalar>(children);
    return children.back().module->output_shape();
}

/// Appends the modules of nested chains in order.
template <class Scalar>
void flatten(const Sequential<Scalar>& chain, std::vector<Module<Scalar>*>& modules) {
    for (const auto& child : chain.children()) {
        if (const auto* inner = dynamic_cast<const Sequential<Scalar>*>(child.module.get())) {
            flatten(*inner, modules);
        } else {
            modules.push_back(child.module.get());
        }
    }
}

}  // namespace

template <class Scalar>
Sequential<Scalar>::Sequential(std::vector<Child> children)
    : Module<Scalar>(first_input<Scalar>(children), last_output<Scalar>(children)),
      children_(std::move(children)) {
    std::vector<Module<Scalar>*> modules;
    flatten(*this, modules);
    std::vector<RowModule<Scalar>*> run;
    const auto close_run = [&] {
        if (!run.empty()) segments_.emplace_back(RowPipeline<Scalar>(std::exchange(run, {})));
    };
    for (Module<Scalar>* module : modules) {
        if (auto* row_module = dynamic_cast<RowModule<Scalar>*>(module)) {
            run.push_back(row_module);
        } else {
            close_run();
            segments_.emplace_back(module);
        }
    }
    close_run();
    inputs_.resize(segments_.size());
}

template <class Scalar>
std::string Sequential<Scalar>::describe() const {
    std::string text;
    for (const Child& child : children_) {
        text += fmt::format("{}{}: {}", text.empty() ? "[" : ", ", child.name,
                            child.module->describe());
    }
    return text + "]";
}

template <class Scalar>
std::vector<NamedParameter<Scalar>> Sequential<Scalar>::parameters() {
    std::vector<NamedParameter<Scalar>> all;
    for (const Child& child : children_) {
        for (auto& [name, parameter] : child.module->parameters()) {
            all.push_back({child.name + "." + name, parameter});
        }
    }
    return all;
}

template <class Scalar>
ModulePtr<Scalar> Sequential<Scalar>::clone() const {
    std::vector<Child> children;
    for (const Child& child : children_) children.push_back({child.name, child.module->clone()});
    return std::make_unique<Sequential>(std::move(children));
}

template <class Scalar>
const Matrix<Scalar>& Sequential<Scalar>::forward_batch(const Matrix<Scalar>& input, Mode mode,
                                                        Context& context) {
    const Matrix<Scalar>* current = &input;
    for (std::size_t s = 0; s < segments_.size(); ++s) {
        inputs_[s] = current;
        if (auto* pipeline = std::get_if<RowPipeline<Scalar>>(&segments_[s])) {
            current = &pipeline->forward(*current, mode, context);
        } else {
            current = &std::get<Module<Scalar>*>(segments_[s])->forward(*current, mode, context);
        }
    }
    return *current;
}

template <class Scalar>
const Matrix<Scalar>& Sequential<Scalar>::backward_batch(const Matrix<Scalar>&,
                                                         const Matrix<Scalar>& output_gradient,
                                                         bool want_input_gradient,
                                                         Context& context) {
    const Matrix<Scalar>* gradient = &output_gradient;
    for (std::size_t s = segments_.size(); s-- > 0;) {
        const bool want = s > 0 || want_input_gradient;
        if (auto* pipeline = std::get_if<RowPipeline<Scalar>>(&segments_[s])) {
            gradient = &pipeline->backward(*inputs_[s], *gradient, want, context);
        } else {
            gradient = &std::get<Module<Scalar>*>(segments_[s])->backward(*gradient, context, want);
        }
    }
    return *gradient;
}

template class Sequential<float>;
template class Sequential<double>;

}  // namespace entail::neural

#pragma once

#include <string>
#include <variant>
#include <vector>

#include "neural/core/row_module.h"

namespace entail::neural {

/// A chain of modules, a module itself. Runs of row modules (nested chains included) are fused into
/// one pipeline. A parameter is named "<child>.<its name>".
template <class Scalar>
class Sequential final : public Module<Scalar> {
public:
    struct Child {
        std::string name;
        ModulePtr<Scalar> module;
    };

    /// Throws std::invalid_argument if there is no child, two have the same name, a name is empty
    /// or has a dot, or one's output shape is not the next one's input shape.
    explicit Sequential(std::vector<Child> children);

    std::string describe() const override;
    std::vector<NamedParameter<Scalar>> parameters() override;
    ModulePtr<Scalar> clone() const override;

    const std::vector<Child>& children() const { return children_; }

protected:
    const Matrix<Scalar>& forward_batch(const Matrix<Scalar>& input, Mode mode,
                                        Context& context) override;
    const Matrix<Scalar>& backward_batch(const Matrix<Scalar>& input,
                                         const Matrix<Scalar>& output_gradient,
                                         bool want_input_gradient, Context& context) override;

private:
    using Segment = std::variant<RowPipeline<Scalar>, Module<Scalar>*>;

    std::vector<Child> children_;
    std::vector<Segment> segments_;
    std::vector<const Matrix<Scalar>*> inputs_;  // of each segment, in the last forward
};

}  // namespace entail::neural

#pragma once

#include <stdexcept>
#include <string>

namespace entail::neural {

/// A data file is not what it should be. `what()` reads "<file>: <cause> (<way out>)"; the cause
/// names the place (line or byte) where there is one.
class DataError : public std::runtime_error {
public:
    DataError(std::string file, std::string cause, std::string way_out);

    const std::string& file() const { return file_; }
    const std::string& cause() const { return cause_; }
    const std::string& way_out() const { return way_out_; }

private:
    std::string file_;
    std::string cause_;
    std::string way_out_;
};

}  // namespace entail::neural

#include "neural/data/csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "neural/core/data_error.h"
#include "neural/data/file_bytes.h"

namespace entail::neural {

namespace {

std::string_view trim(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number value{};
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.empty()) return {};
    if constexpr (std::is_floating_point_v<Number>) {
        if (!std::isfinite(value)) return {};
    }
    return value;
}

/// Walks over the text once, a record at a time.
class CsvReader {
public:
    CsvReader(std::string_view text, const std::string& file) : text_(text), file_(file) {
        if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
    }

    /// The fields of the next record that is not blank; false at the end.
    bool next(std::vector<std::string>& fields, int& line) {
        while (at_ < text_.size()) {
            fields.clear();
            line = line_;
            const std::size_t begin = at_;
            while (!read_field(fields)) {
            }
            if (fields.size() > 1 || !fields[0].empty() || text_[begin] == '"') return true;
        }
        return false;
    }

private:
    [[noreturn]] void fail(int line, const std::string& cause, const char* way_out) const {
        throw DataError(file_, fmt::format("line {}: {}", line, cause), way_out);
    }

    /// Reads a field and what ends it; true if that ends the record.
    bool read_field(std::vector<std::string>& fields) {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
        if (at_ < text_.size() && text_[at_] == '"') {
            fields.push_back(read_quoted());
        } else {
            const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
            const std::string_view field = text_.substr(at_, end - at_);
            if (field.find('"') != std::string_view::npos) {
                fail(line_, fmt::format("a quote within the unquoted field \"{}\"", trim(field)),
                     "quote the whole field and double the quotes in it");
            }
            fields.emplace_back(trim(field));
            at_ = end;
        }
        if (at_ >= text_.size()) return true;
        if (text_[at_] == ',') {
            ++at_;
            // A comma at the very end still has an empty field after it.
            if (at_ == text_.size()) fields.emplace_back();
            return at_ == text_.size();
        }
        if (text_.substr(at_, 2) == "\r\n") ++at_;
        ++at_;
        ++line_;
        return true;
    }

    std::string read_quoted() {
        const int opened = line_;
        std::string field;
        for (++at_;; ++at_) {
            if (at_ >= text_.size()) {
                fail(opened, "the quote that opens here is never closed", "close the quote");
            }
            if (text_[at_] == '"') {
                if (text_.substr(at_, 2) != "\"\"") break;
                ++at_;
            }
            if (text_[at_] == '\n') ++line_;
            field += text_[at_];
        }
        ++at_;
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
        if (at_ < text_.size() &&
            std::string_view(",\r\n").find(text_[at_]) == std::string_view::npos) {
            fail(line_, "text after a closing quote", "put a comma, or double the quote");
        }
        return field;
    }

    std::string_view text_;
    const std::string& file_;
    std::size_t at_ = 0;
    int line_ = 1;
};

bool has_number(const std::vector<std::string>& fields) {
    return std::ranges::any_of(
        fields, [](const std::string& field) { return parse_number<double>(field).has_value(); });
}

}  // namespace

int CsvTable::columns() const {
    return static_cast<int>(header.empty() ? rows.front().size() : header.size());
}

int CsvTable::column(std::string_view name) const {
    const auto found = std::ranges::find(header, name);
    if (found != header.end()) return static_cast<int>(found - header.begin());
    if (header.empty()) {
        const auto number = parse_number<int>(name);
        if (number && *number >= 0 && *number < columns()) return *number;
        throw DataError(
            file,
            fmt::format("has no column \"{}\": it has no header and {} columns", name, columns()),
            "name a column by its number from 0, or add a header line");
    }
    throw DataError(
        file,
        fmt::format("has no column \"{}\"; its columns are {}", name, fmt::join(header, ", ")),
        "add the column or name one of these");
}

namespace {

template <class Number>
Number number_at(const CsvTable& table, std::size_t row, int column, const char* kind) {
    const std::string& field = table.rows.at(row).at(static_cast<std::size_t>(column));
    if (const auto value = parse_number<Number>(field)) return *value;
    const std::string name = table.header.empty() ? std::to_string(column)
                                                  : table.header[static_cast<std::size_t>(column)];
    throw DataError(table.file,
                    fmt::format("line {}, column \"{}\": \"{}\" is not {}", table.lines[row], name,
                                field, kind),
                    "correct the field");
}

}  // namespace

double CsvTable::number(std::size_t row, int column) const {
    return number_at<double>(*this, row, column, "a number");
}

long long CsvTable::integer(std::size_t row, int column) const {
    return number_at<long long>(*this, row, column, "an integer");
}

CsvTable parse_csv(std::string_view text, const std::string& file, CsvHeader header) {
    CsvTable table;
    table.file = file;
    CsvReader reader(text, file);
    std::vector<std::string> fields;
    int line = 0;
    while (reader.next(fields, line)) {
        if (!table.rows.empty() && fields.size() != table.rows.front().size()) {
            throw DataError(
                file,
                fmt::format("line {}: {} fields, but line {} has {}", line, fields.size(),
                            table.lines.front(), table.rows.front().size()),
                "give every line as many fields");
        }
        table.rows.push_back(fields);
        table.lines.push_back(line);
    }
    if (table.rows.empty()) throw DataError(file, "has no data", "give at least one line");
    const bool detected = header == CsvHeader::detect && !has_number(table.rows.front()) &&
                          std::any_of(table.rows.begin() + 1, table.rows.end(), has_number);
    if (header == CsvHeader::present || detected) {
        table.header = std::move(table.rows.front());
        table.rows.erase(table.rows.begin());
        table.lines.erase(table.lines.begin());
    }
    return table;
}

CsvTable load_csv(const std::filesystem::path& file, CsvHeader header, std::size_t max_bytes) {
    return parse_csv(read_file(file, max_bytes), file.string(), header);
}

}  // namespace entail::neural

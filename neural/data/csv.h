#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace entail::neural {

enum class CsvHeader { detect, present, absent };

/// A table of text, read from comma-separated values (RFC 4180: quotes, "" within quotes, line
/// breaks within quotes, LF or CRLF; a byte order mark and blank lines are skipped, blanks around
/// unquoted fields dropped).
struct CsvTable {
    std::string file;                            ///< for messages
    std::vector<std::string> header;             ///< column names; empty if there is no header
    std::vector<std::vector<std::string>> rows;  ///< all with as many fields
    std::vector<int> lines;                      ///< of each row, in the file, from 1

    int columns() const;

    /// The index of a column by name, or by number from 0 where there is no header. Throws
    /// DataError listing the columns there are.
    int column(std::string_view name) const;
    /// A field as a number. Throws DataError naming the line, the column and the text.
    double number(std::size_t row, int column) const;
    long long integer(std::size_t row, int column) const;
};

/// `detect`: the first line is a header if none of its fields is a number and some field below is
/// one. Throws DataError: missing file, directory, empty, an open quote, text after a closing
/// quote, a line with another number of fields (each with its line number), more than `max_bytes`.
CsvTable load_csv(const std::filesystem::path& file, CsvHeader header = CsvHeader::detect,
                  std::size_t max_bytes = std::size_t{1} << 28);
CsvTable parse_csv(std::string_view text, const std::string& file,
                   CsvHeader header = CsvHeader::detect);

}  // namespace entail::neural

#include "tidemill/training/csv_reader.h"

#include <algorithm>

#include "tidemill/core/errors.h"

namespace tidemill {

CsvReader::CsvReader(const DataFile& file) : file_(&file), text_(file.bytes) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
}

bool CsvReader::Next(std::vector<std::string_view>& cells) {
  cells.clear();
  unquoted_.clear();
  while (AtLineEnd()) EndLine();
  record_line_ = line_;
  if (at_ >= text_.size()) return false;
  while (true) {
    cells.push_back(ReadCell());
    if (at_ >= text_.size()) return true;
    if (text_[at_] != ',') break;
    ++at_;
  }
  EndLine();
  return true;
}

std::string_view CsvReader::ReadCell() {
  if (at_ < text_.size() && text_[at_] == '"') return ReadQuoted();
  const std::size_t end =
      std::min(text_.find_first_of(",\r\n", at_), text_.size());
  const std::string_view cell = text_.substr(at_, end - at_);
  at_ = end;
  return cell;
}

std::string_view CsvReader::ReadQuoted() {
  const RowPlace opened{.file = &file_->name, .line = line_};
  const std::size_t begin = ++at_;
  bool doubled = false;
  std::size_t quote = 0;
  while (true) {
    quote = text_.find('"', at_);
    if (quote == std::string_view::npos) {
      throw DataError({.where = opened.Text(),
                       .expected = "a quote that closes the cell",
                       .got = "the end of the file"});
    }
    at_ = quote + 1;
    if (at_ >= text_.size() || text_[at_] != '"') break;
    doubled = true;
    ++at_;
  }
  const std::string_view raw = text_.substr(begin, quote - begin);
  line_ += static_cast<std::size_t>(std::count(raw.begin(), raw.end(), '\n'));
  if (at_ < text_.size() && text_[at_] != ',' && !AtLineEnd()) {
    throw DataError(
        {.where = RowPlace{.file = &file_->name, .line = line_}.Text(),
         .expected = "a comma or the end of the line behind a closing quote",
         .got = "more text"});
  }
  if (!doubled) return raw;
  std::string& cell = unquoted_.emplace_back();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    cell += raw[i];
    if (raw[i] == '"') ++i;
  }
  return cell;
}

void CsvReader::EndLine() {
  if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') {
    ++at_;
  }
  ++at_;
  ++line_;
}

}  // namespace tidemill

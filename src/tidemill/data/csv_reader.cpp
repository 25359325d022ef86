#include "tidemill/data/csv_reader.h"

#include <algorithm>
#include <utility>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{256} * 1024;

bool EndsLine(char c) { return c == '\n' || c == '\r'; }

/// The first line, but for line ends within quotes.
std::string_view FirstRecord(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (!quoted && EndsLine(text[i])) return text.substr(0, i);
  }
  return text;
}

std::size_t CountOutsideQuotes(std::string_view text, char wanted) {
  bool quoted = false;
  std::size_t count = 0;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && c == wanted) ++count;
  }
  return count;
}

}  // namespace

CsvReader::CsvReader(ByteSource& text, std::string name, char separator)
    : source_(text), name_(std::move(name)), separator_(separator) {}

bool CsvReader::Next(std::vector<std::string_view>& cells) {
  if (separator_ == '\0') ChooseSeparator();
  while (true) {
    const Found found = Parse(cells);
    if (found != Found::kNeedsMore) return found == Found::kRecord;
    Fill();
  }
}

CsvReader::Found CsvReader::Parse(std::vector<std::string_view>& cells) {
  cells.clear();
  unquoted_.clear();
  Found found = Found::kRecord;
  while ((found = ParseLineEnd(next_)) == Found::kRecord) continue;
  if (found == Found::kNeedsMore) return found;
  record_line_ = next_.line;
  Cursor cursor = next_;
  if (cursor.at == text_.size()) return AtEndOfText();
  while (true) {
    std::string_view cell;
    found = ParseCell(cursor, cell);
    if (found == Found::kNeedsMore) return found;
    cells.push_back(cell);
    if (found == Found::kEnd) break;
    if (text_[cursor.at] != separator_) {
      if (ParseLineEnd(cursor) == Found::kNeedsMore) return Found::kNeedsMore;
      break;
    }
    ++cursor.at;
  }
  next_ = cursor;
  return Found::kRecord;
}

/// kRecord: a separator or a line end follows; kEnd: the text is over.
CsvReader::Found CsvReader::ParseCell(Cursor& cursor, std::string_view& cell) {
  if (cursor.at < text_.size() && text_[cursor.at] == '"') {
    return ParseQuoted(cursor, cell);
  }
  const std::size_t begin = cursor.at;
  while (cursor.at < text_.size() && text_[cursor.at] != separator_ &&
         !EndsLine(text_[cursor.at])) {
    ++cursor.at;
  }
  cell = std::string_view(text_).substr(begin, cursor.at - begin);
  return cursor.at < text_.size() ? Found::kRecord : AtEndOfText();
}

CsvReader::Found CsvReader::ParseQuoted(Cursor& cursor,
                                        std::string_view& cell) {
  const RowPlace opened{.file = &name_, .line = cursor.line};
  const std::size_t begin = ++cursor.at;
  bool doubled = false;
  std::size_t quote = 0;
  while (true) {
    quote = text_.find('"', cursor.at);
    if (quote == std::string::npos) {
      if (!ended_) return Found::kNeedsMore;
      throw DataError({.where = opened.Text(),
                       .expected = "a quote that closes the cell",
                       .got = "the end of the file"});
    }
    cursor.at = quote + 1;
    if (cursor.at == text_.size() && !ended_) return Found::kNeedsMore;
    if (cursor.at == text_.size() || text_[cursor.at] != '"') break;
    doubled = true;
    ++cursor.at;
  }
  const auto raw = std::string_view(text_).substr(begin, quote - begin);
  cursor.line +=
      static_cast<std::size_t>(std::count(raw.begin(), raw.end(), '\n'));
  cell = doubled ? Unquoted(raw) : raw;
  if (cursor.at == text_.size()) return Found::kEnd;
  if (text_[cursor.at] != separator_ && !EndsLine(text_[cursor.at])) {
    throw DataError(
        {.where = RowPlace{.file = &name_, .line = cursor.line}.Text(),
         .expected = DescribeSeparator(separator_) +
                     " or the end of the line behind a closing quote",
         .got = "more text"});
  }
  return Found::kRecord;
}

std::string_view CsvReader::Unquoted(std::string_view raw) {
  std::string& cell = unquoted_.emplace_back();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    cell += raw[i];
    if (raw[i] == '"') ++i;
  }
  return cell;
}

CsvReader::Found CsvReader::ParseLineEnd(Cursor& cursor) const {
  if (cursor.at == text_.size() || !EndsLine(text_[cursor.at])) {
    return Found::kEnd;
  }
  std::size_t end = cursor.at + 1;
  if (text_[cursor.at] == '\r') {
    if (end == text_.size() && !ended_) return Found::kNeedsMore;
    if (end < text_.size() && text_[end] == '\n') ++end;
  }
  cursor = {.at = end, .line = cursor.line + 1};
  return Found::kRecord;
}

void CsvReader::Fill() {
  text_.erase(0, std::exchange(next_.at, 0));
  const std::size_t had = text_.size();
  if (had >= kMaxRecordBytes) {
    throw DataError(
        {.where = RowPlace{.file = &name_, .line = next_.line}.Text(),
         .expected = "a row of at most " + std::to_string(kMaxRecordBytes) +
                     " bytes (is a quote not closed?)",
         .got = "a longer one"});
  }
  // As much again as there is, so that a long row is not parsed too often.
  text_.resize(had + std::max(kBlockBytes, had));
  const std::size_t more =
      source_.Read({text_.data() + had, text_.size() - had});
  text_.resize(had + more);
  ended_ = more == 0;
}

void CsvReader::ChooseSeparator() {
  while (!ended_ && FirstRecord(text_).size() == text_.size()) Fill();
  const std::string_view header = FirstRecord(text_);
  // What spreadsheets write for each other.
  constexpr std::string_view kNamed = "sep=";
  if (header.size() == kNamed.size() + 1 && header.starts_with(kNamed)) {
    separator_ = header.back();
    next_.at = header.size();
    return;
  }
  separator_ = ',';
  std::size_t most = 0;
  for (const char candidate : {',', ';', '\t', '|'}) {
    const std::size_t count = CountOutsideQuotes(header, candidate);
    if (count > most) separator_ = candidate;
    most = std::max(most, count);
  }
}

std::string DescribeSeparator(char separator) {
  if (separator == ',') return "a comma";
  if (separator == '\t') return "a tab";
  return std::string("'") + separator + "'";
}

}  // namespace tidemill

#include "tidemill/cli/finding.h"

#include <charconv>
#include <utility>

#include "tidemill/cli/one_line.h"

namespace tidemill {
namespace {

/// Takes ":NUMBER" from the text's end; 0 when it ends otherwise.
int TakeNumber(std::string_view& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return 0;
  int number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] =
      std::from_chars(text.data() + colon + 1, end, number);
  if (error != std::errc{} || stop != end) return 0;
  text = text.substr(0, colon);
  return number;
}

}  // namespace

Finding ErrorFinding(const Error& error) {
  const ErrorText* parts = error.parts();
  if (parts == nullptr) return {.where = {}, .message = error.what()};
  return {.where = parts->where,
          .message = "expected " + parts->expected + ", got " + parts->got};
}

void AddErrors(const ConfigProblems& problems, std::vector<Finding>& findings) {
  for (const ConfigError& error : problems.all()) {
    findings.push_back(ErrorFinding(error));
  }
}

void AddWarning(std::string where, std::string message,
                std::vector<Finding>& findings) {
  findings.push_back({.is_error = false,
                      .where = std::move(where),
                      .message = std::move(message)});
}

PlaceParts SplitPlace(std::string_view where) {
  PlaceParts parts;
  const std::size_t open = where.rfind(" (");
  if (where.ends_with(')') && open != std::string_view::npos) {
    parts.key = where.substr(open + 2, where.size() - open - 3);
    where = where.substr(0, open);
  }
  std::string_view file = where;
  const int column = TakeNumber(file);
  const int line = column > 0 ? TakeNumber(file) : 0;
  if (line > 0) {
    parts.line = line;
    parts.column = column;
    where = file;
  }
  parts.source = where;
  return parts;
}

std::string ToText(const Finding& finding) {
  const char* severity = finding.is_error ? "error: " : "warning: ";
  return OneLine((finding.where.empty() ? "" : finding.where + ": ") +
                 severity + finding.message) +
         "\n";
}

}  // namespace tidemill

#include "tidemill/cli/format_options.h"

#include <optional>
#include <string>

#include "tidemill/data/encoding.h"

namespace tidemill {
namespace {

/// Nothing when the text names no separator.
std::optional<char> ParseSeparator(const std::string& text) {
  if (text == "tab" || text == "\\t" || text == "\t") return '\t';
  const bool fits =
      text.size() == 1 && text[0] >= ' ' && text[0] <= '~' && text[0] != '"';
  return fits ? std::optional(text[0]) : std::nullopt;
}

CLI::Validator Separator() {
  return CLI::Validator(
      [](const std::string& text) {
        return ParseSeparator(text) ? std::string()
                                    : "expected one character of ASCII, or "
                                      "tab, got '" +
                                          text + "'";
      },
      "");
}

CLI::Validator Encoding() {
  return CLI::Validator(
      [](const std::string& text) {
        return IsEncoding(text)
                   ? std::string()
                   : "expected an encoding that iconv knows, such as utf-8, "
                     "utf-16, latin-1, windows-1252, got '" +
                         text + "'";
      },
      "");
}

}  // namespace

void AddFormatOptions(CLI::App& command, DataFormat& format) {
  command
      .add_option_function<std::string>(
          "--separator",
          [&format](const std::string& text) {
            format.separator = ParseSeparator(text).value_or('\0');
          },
          "Between CSV cells: one character, or tab\n(default: the one of , ; "
          "tab | that the header holds most often)")
      ->check(Separator());
  command
      .add_option("--encoding", format.encoding,
                  "Of the text: latin-1, windows-1252, ... (default: UTF-8, or "
                  "UTF-16 by its mark)")
      ->check(Encoding());
  command
      .add_option_function<std::string>(
          "--decimal",
          [&format](const std::string& text) { format.decimal = text[0]; },
          "Before the fraction of a CSV number: . (the default) or ,")
      ->check(CLI::IsMember({".", ","}));
}

std::string FormatArguments(const DataFormat& format) {
  std::string text;
  if (format.separator == '\t') {
    text += " --separator tab";
  } else if (format.separator != '\0') {
    text += std::string(" --separator '") + format.separator + "'";
  }
  if (!format.encoding.empty()) text += " --encoding " + format.encoding;
  if (format.decimal != '.') text += " --decimal ,";
  return text;
}

}  // namespace tidemill

#include "tidemill/cli/format_options.h"

#include <string>

#include "tidemill/core/errors.h"
#include "tidemill/data/encoding.h"

namespace tidemill {
namespace {

char ReadSeparator(const std::string& text) {
  if (text == "tab" || text == "\\t") return '\t';
  const bool fits =
      text.size() == 1 && text[0] >= ' ' && text[0] <= '~' && text[0] != '"';
  if (text == "\t" || fits) return text[0];
  throw UsageError({.where = "--separator",
                    .expected = "one character of ASCII, or tab",
                    .got = "'" + text + "'"});
}

}  // namespace

void AddFormatOptions(CLI::App& command, DataFormat& format) {
  command.add_option_function<std::string>(
      "--separator",
      [&format](const std::string& text) {
        format.separator = ReadSeparator(text);
      },
      "Between CSV cells: one character, or tab (default: the one of , ; tab | "
      "that the header holds most often)");
  command.add_option_function<std::string>(
      "--encoding",
      [&format](const std::string& text) {
        CheckEncoding(text);
        format.encoding = text;
      },
      "Of the text: latin-1, windows-1252, ... (default: UTF-8, or UTF-16 by "
      "its mark)");
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

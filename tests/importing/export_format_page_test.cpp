// With TIDEMILL_TEST_WRITE set, this test writes the part of the page that it
// compares: an example of every step and predictor as the export file has it.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "features/step_cases.h"
#include "importing/json_writer.h"
#include "importing/predictor_cases.h"

namespace tidemill {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kMark =
    "<!-- Below this line the test export_format_page writes. -->\n";

std::string PagePath() {
  return std::string(TIDEMILL_SOURCE_DIR) + "/docs/export-format.md";
}

/// A line per value of an object; lists of objects a line per object.
std::string Text(const Json& object) {
  std::string text = "{";
  for (const auto& [key, value] : object.items()) {
    if (text.size() > 1) text += ",\n ";
    text += Json(key).dump() + ": ";
    const bool objects =
        value.is_array() && !value.empty() && value.front().is_object();
    if (!objects) {
      text += value.dump();
      continue;
    }
    std::string items;
    for (const Json& item : value) {
      items += (items.empty() ? "\n   " : ",\n   ") + item.dump();
    }
    text += "[" + items + "]";
  }
  return text + "}";
}

std::string Section(const std::string& name, const Json& example) {
  return "\n### " + name + "\n\n```json\n" + Text(example) + "\n```\n";
}

Json StepExample(const StepCase& one) {
  JsonWriter out;
  out.Text("step", one.step);
  FittedCase(one)->Save(out);
  return out.Finish();
}

std::string Examples() {
  std::map<std::string, Json> steps;  // by name, the first case of each
  for (const StepCase& one : StepCases()) {
    steps.try_emplace(one.step, StepExample(one));
  }
  std::string text(kMark);
  text += "\n## Steps\n";
  for (const auto& [name, example] : steps) text += Section(name, example);
  text += "\n## Predictors\n";
  for (const PredictorPtr& predictor : PredictorCases()) {
    JsonWriter out;
    SavePredictor(*predictor, out);
    text += Section(std::string(predictor->family()), out.Finish());
  }
  return text;
}

std::string PageText() {
  std::ifstream file(PagePath(), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ExportFormatPageTest, TheExamplesAreTheCommittedOnes) {
  const std::string page = PageText();
  const std::size_t mark = page.find(kMark);
  ASSERT_NE(mark, std::string::npos) << "no line: " << kMark;
  const std::string examples = Examples();
  if (std::getenv("TIDEMILL_TEST_WRITE") != nullptr) {
    std::ofstream(PagePath(), std::ios::binary)
        << page.substr(0, mark) << examples;
  }
  EXPECT_TRUE(PageText().substr(mark) == examples)
      << "Write it anew: TIDEMILL_TEST_WRITE=1 importing_test "
         "--gtest_filter='ExportFormatPageTest.*'";
}

}  // namespace
}  // namespace tidemill

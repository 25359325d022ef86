#include "tidemill/training/suggested_config.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "training/training_testing.h"

namespace tidemill {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Suggest(const std::string& csv, const std::string& target,
                    const std::string& name = "my file.csv") {
  const TableProfile profile = ProfileTable({.name = name, .bytes = csv},
                                            [](std::size_t, std::size_t) {});
  const std::size_t column = profile.Find(target);
  return SuggestConfig(profile, column, FindLeakage(profile, column), "");
}

/// A file as people have them: names with spaces and colons, dates, gaps.
std::string Orders(int rows) {
  Random random(4);
  std::string csv =
      "Order No;Date: placed;\"Shop \"\"A\"\"\";Größe;is new;yes;Weight "
      "kg;constant;Weight copy;Returned\n";
  for (int i = 0; i < rows; ++i) {
    const std::string weight =
        i % 9 == 0 ? "" : std::to_string(0.5 + 4.0 * random.Uniform());
    csv += "o-" + std::to_string(i) + ";2024-0" + std::to_string(1 + i % 9) +
           "-11 1" + std::to_string(i % 10) + ":30;shop " +
           std::to_string(random.Below(40)) + ";" + "SML"[random.Below(3)] +
           ";" + (random.Below(2) == 0 ? "true" : "false") + ";" +
           std::to_string(random.Below(50)) + ";" + weight + ";k;" + weight +
           ";" + (random.Uniform() < 0.3 ? "Y" : "N") + "\n";
  }
  return csv;
}

TEST(SuggestedConfigTest, TrainsTheFileAsItIs) {
  const std::string csv = Orders(300);
  const TrainingConfig config = ConfigOf(Suggest(csv, "Returned"));
  EXPECT_EQ(config.name, "my-file");
  EXPECT_EQ(config.task, Task::kBinary);
  EXPECT_EQ(config.target.positive, "Y");
  EXPECT_EQ(config.schema.field(*config.schema.id_field()).name, "Order No");
  EXPECT_EQ(config.schema.field(*config.schema.event_time_field()).name,
            "Date: placed");
  EXPECT_TRUE(config.schema.Find("Shop \"A\""));
  EXPECT_TRUE(config.schema.Find("yes"));
  EXPECT_FALSE(config.schema.Find("constant"));
  EXPECT_FALSE(config.schema.Find("Weight copy"));
  EXPECT_EQ(Train(config, csv).report.rows, 300U);
}

TEST(SuggestedConfigTest, SaysWhyAColumnIsLeftOut) {
  const std::string text = Suggest(Orders(300), "Returned");
  EXPECT_THAT(text, HasSubstr("#   constant: one value in every row\n"));
  EXPECT_THAT(text,
              HasSubstr("#   \"Weight copy\": the same as \"Weight kg\"\n"));
}

TEST(SuggestedConfigTest, ANumberMakesARegression) {
  const std::string csv = Orders(300);
  const TrainingConfig config = ConfigOf(Suggest(csv, "Weight kg"));
  EXPECT_EQ(config.task, Task::kRegression);
  EXPECT_EQ(config.model.name, "XGBRegressor");
  EXPECT_FALSE(config.schema.Find("Weight copy"));  // it tells the target
  EXPECT_LT(Train(config, csv).report.rows, 300U);
}

TEST(SuggestedConfigTest, MoreClassesMakeAMulticlassTask) {
  const std::string text = Suggest(Orders(300), "Größe");
  EXPECT_THAT(text, HasSubstr("task: multiclass\n"));
  EXPECT_THAT(text, HasSubstr("target: {column: \"Größe\"}   # 3 classes\n"));
  EXPECT_THAT(text, Not(HasSubstr("positive")));
}

TEST(SuggestedConfigTest, TakesWhatSaysYesForPositiveElseTheRarer) {
  std::string csv = "x,y\n";
  for (int i = 0; i < 30; ++i) {
    csv +=
        std::to_string(i * 7 % 11) + "," + (i % 3 == 0 ? "no" : "yes") + "\n";
  }
  EXPECT_EQ(ConfigOf(Suggest(csv, "y")).target.positive, "yes");
  csv = "x,y\n";
  for (int i = 0; i < 30; ++i) {
    csv +=
        std::to_string(i * 7 % 11) + "," + (i % 3 == 0 ? "cat" : "dog") + "\n";
  }
  EXPECT_EQ(ConfigOf(Suggest(csv, "y")).target.positive, "cat");
}

/// Rows of an id, a number and a target.
std::string WithIds(const std::string& before, std::uint64_t first) {
  std::string csv = "customer_id,x,y\n";
  for (std::uint64_t i = 0; i < 30; ++i) {
    csv += before + std::to_string(first + i) + "," +
           std::to_string(i * 7 % 11) + "," + (i % 3 == 0 ? "no" : "yes") +
           "\n";
  }
  return csv;
}

TEST(SuggestedConfigTest, WholeIdsOfCsvAreIntegers) {
  EXPECT_THAT(Suggest(WithIds("", 10'000), "y"),
              HasSubstr("customer_id: {type: integer, required: true}\n"));
}

TEST(SuggestedConfigTest, IdsThatANumberWouldChangeAreTexts) {
  constexpr std::uint64_t kBeyond = (std::uint64_t{1} << 53U) - 28;
  for (const std::string& csv :
       {WithIds("0", 10'000), WithIds("+", 10'000), WithIds("-", 10'000),
        WithIds("c", 10'000), WithIds("", kBeyond)}) {
    EXPECT_THAT(Suggest(csv, "y"),
                HasSubstr("customer_id: {type: text, required: true}\n"))
        << csv;
  }
}

TEST(SuggestedConfigTest, ClassesThatDifferByBlanksAreOneAsInTraining) {
  std::string csv = "x,y\n";
  for (int i = 0; i < 300; ++i) {
    const char* label = i % 5 == 0 ? "yes " : i % 5 == 1 ? "yes" : "no";
    csv += std::to_string(i * 7 % 11) + "," + label + "\n";
  }
  const TrainingConfig config = ConfigOf(Suggest(csv, "y"));
  EXPECT_EQ(config.task, Task::kBinary);
  EXPECT_EQ(config.target.positive, "yes");
  EXPECT_EQ(Train(config, csv).report.rows, 300U);
}

TEST(SuggestedConfigTest, NotesAreCommentsOfTheirFields) {
  std::string csv = "x;z;y\n";
  for (int i = 0; i < 30; ++i) {
    csv += (i % 2 == 0 ? "NA" : std::to_string(i % 7)) + ";\"" +
           (i == 4 ? "o\nd\"\"d" : std::to_string(i % 5)) + "\";" +
           (i % 3 == 0 ? "no" : "yes") + "\n";
  }
  const std::string text = Suggest(csv, "y");
  EXPECT_THAT(text, HasSubstr("    # all numbers but 15, the first in line 2: "
                              "'NA' (only an empty cell is missing)\n"
                              "    x: category\n"));
  EXPECT_THAT(text, HasSubstr("'o d\"d'"));
  EXPECT_EQ(ConfigOf(text).schema.size(), 2U);
}

TEST(SuggestedConfigTest, TextsAreLeftOutForTheirWordsOrForBeingDifferent) {
  std::string csv = "note;name;x;y\n";
  for (int i = 0; i < 60; ++i) {
    const std::string n = std::to_string(i);
    // One name comes twice, so that it is no id.
    const std::string name = "Ann" + std::to_string(i == 1 ? 0 : i);
    csv += "it is the door " + n + ";" + name + ";" + std::to_string(i % 7) +
           ";" + (i % 3 == 0 ? "no" : "yes") + "\n";
  }
  const std::string text = Suggest(csv, "y");
  EXPECT_THAT(text, HasSubstr("#   note: a text of many words (as"));
  EXPECT_THAT(text, HasSubstr("#   name: hardly ever the same text twice (as"));
}

TEST(SuggestedConfigTest, NothingToLearnFromIsRefused) {
  EXPECT_THAT(MessageOf([] { Suggest("a,y\n1,no\n1,yes\n", "y"); }),
              HasSubstr("expected a column to learn from beside the target"));
}

TEST(YamlScalarTest, QuotesWhatCouldBeTakenForAnythingElse) {
  EXPECT_EQ(YamlScalar("tenure"), "tenure");
  for (const char* text : {"yes", "Null", "1", "a b", "a: b", "", "- x", "#",
                           "caf\xC3\xA9", "tab\there", "say \"hi\" \\ there"}) {
    const ParameterValue tree =
        ParseYaml("key: " + YamlScalar(text) + "\n", "test");
    const auto* value =
        std::get_if<std::string>(&tree.map()->front().second.value);
    ASSERT_NE(value, nullptr) << text;
    EXPECT_EQ(*value, text);
  }
}

}  // namespace
}  // namespace tidemill

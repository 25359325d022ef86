#include "producers/registry_model_differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Field Number(const std::string& name, bool required = false) {
  return {.name = name,
          .type = FieldType::kNumber,
          .required = required,
          .unit = "",
          .categories = {}};
}

Field Category(const std::string& name, std::vector<std::string> values) {
  return {.name = name,
          .type = FieldType::kCategory,
          .required = false,
          .unit = "",
          .categories = Dictionary(std::move(values))};
}

/// "FIELD KIND A|B"
std::vector<std::string> Texts(const Schema& a, const Schema& b) {
  std::vector<std::string> texts;
  for (const FieldDifference& one : CompareSchemas(a, b)) {
    texts.push_back(one.field + " " + one.kind + " " + one.a + "|" + one.b);
  }
  return texts;
}

TEST(CompareSchemasTest, TheOrderOfFieldsIsNoDifference) {
  EXPECT_THAT(Texts(Schema({Number("x"), Number("y")}, "", ""),
                    Schema({Number("y"), Number("x")}, "", "")),
              IsEmpty());
}

TEST(CompareSchemasTest, NamesAddedAndRemovedFields) {
  EXPECT_THAT(Texts(Schema({Number("x"), Number("y")}, "", ""),
                    Schema({Number("x"), Category("z", {"a"})}, "", "")),
              ElementsAre("y removed number|", "z added |category"));
}

TEST(CompareSchemasTest, NamesTypeAndWhatIsRequired) {
  Field other = Number("x", true);
  other.type = FieldType::kInteger;
  other.unit = "USD";
  EXPECT_THAT(
      Texts(Schema({Number("x")}, "", ""), Schema({other}, "", "")),
      ElementsAre("x type number|integer", "x required no|yes", "x unit |USD"));
}

TEST(CompareSchemasTest, NamesCategoriesThatOnlyOneHas) {
  EXPECT_THAT(Texts(Schema({Category("x", {"a", "b", "c"})}, "", ""),
                    Schema({Category("x", {"d", "b"})}, "", "")),
              ElementsAre("x categories 2: a, c|1: d"));
}

TEST(CompareSchemasTest, AHundredCategoriesAreNotAllNamed) {
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i) many.push_back("v" + std::to_string(i));
  EXPECT_THAT(Texts(Schema({Category("x", many)}, "", ""),
                    Schema({Category("x", {})}, "", "")),
              ElementsAre("x categories 100: v0, v1, v2, v3, v4, ...|"));
}

TEST(CompareSchemasTest, NamesTheFieldThatBecameTheId) {
  const std::vector<Field> fields = {Category("x", {}), Category("y", {})};
  EXPECT_THAT(Texts(Schema(fields, "x", ""), Schema(fields, "y", "")),
              ElementsAre("x role id|input", "y role input|id"));
}

/// "NAME A|B", "-" for what is absent
std::vector<std::string> Texts(const std::vector<SideBySide>& rows) {
  std::vector<std::string> texts;
  for (const SideBySide& row : rows) {
    texts.push_back(row.name + " " + row.a.value_or("-") + "|" +
                    row.b.value_or("-"));
  }
  return texts;
}

TEST(CompareParametersTest, ShowsBothSideBySide) {
  Manifest a;
  a.parameters = {{"model.XGBClassifier.n_estimators", "20"},
                  {"split.test_size", "0.2"}};
  Manifest b;
  b.parameters = {{"split.test_size", "0.2"},
                  {"model.XGBClassifier.n_estimators", "60"}};
  EXPECT_THAT(Texts(CompareParameters(a, b)),
              ElementsAre("model.XGBClassifier.n_estimators 20|60",
                          "split.test_size 0.2|0.2"));
}

TEST(CompareParametersTest, AnEmptyTextIsNotAbsent) {
  Manifest a;
  a.parameters = {{"target.unit", ""}, {"seed", "1"}};
  Manifest b;
  b.parameters = {{"threshold", ""}, {"seed", "1"}};
  EXPECT_THAT(Texts(CompareParameters(a, b)),
              ElementsAre("target.unit |-", "seed 1|1", "threshold -|"));
}

TEST(CompareFeaturesTest, NamesWhatOnlyOneHas) {
  const auto found = CompareFeatures({"x", "y", "z"}, {"z", "w"});
  EXPECT_THAT(found.only_a, ElementsAre("x", "y"));
  EXPECT_THAT(found.only_b, ElementsAre("w"));
  EXPECT_FALSE(found.other_order);
}

TEST(CompareFeaturesTest, TheOrderCounts) {
  EXPECT_TRUE(CompareFeatures({"x", "y"}, {"y", "w", "x"}).other_order);
  EXPECT_FALSE(CompareFeatures({"x", "y"}, {"x", "w", "y"}).other_order);
}

}  // namespace
}  // namespace tidemill

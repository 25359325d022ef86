#include "tidemill/core/schema.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

Field Named(std::string name, FieldType type = FieldType::kNumber) {
  Field field;
  field.name = std::move(name);
  field.type = type;
  return field;
}

TEST(FieldTypeTest, EveryNameReadsBack) {
  for (int i = 0; i < kNumFieldTypes; ++i) {
    const auto type = static_cast<FieldType>(i);
    EXPECT_EQ(ParseFieldType(ToText(type)), type);
  }
  EXPECT_EQ(ParseFieldType("Number"), std::nullopt);
}

TEST(SchemaTest, FindsFieldsByName) {
  const Schema schema({Named("a"), Named("b")}, "", "");
  EXPECT_EQ(schema.Find("b"), 1U);
  EXPECT_EQ(schema.Find("c"), std::nullopt);
}

TEST(SchemaTest, KnowsIdAndEventTime) {
  const Schema schema({Named("x"), Named("id", FieldType::kText),
                       Named("at", FieldType::kTimestamp)},
                      "id", "at");
  EXPECT_EQ(schema.id_field(), 1U);
  EXPECT_EQ(schema.event_time_field(), 2U);
}

TEST(SchemaTest, IdAndEventTimeMayBeAbsent) {
  const Schema schema({Named("x")}, "", "");
  EXPECT_EQ(schema.id_field(), std::nullopt);
  EXPECT_EQ(schema.event_time_field(), std::nullopt);
}

TEST(SchemaTest, AnIdMayBeTextCategoryOrInteger) {
  for (const FieldType type :
       {FieldType::kText, FieldType::kCategory, FieldType::kInteger}) {
    EXPECT_NO_THROW(Schema({Named("id", type)}, "id", ""));
  }
  for (const FieldType type :
       {FieldType::kNumber, FieldType::kBoolean, FieldType::kTimestamp}) {
    EXPECT_THROW(Schema({Named("id", type)}, "id", ""), ArtifactError);
  }
}

TEST(SchemaTest, RefusesAnEventTimeThatIsNoTimestamp) {
  EXPECT_EQ(ThrownMessage<ArtifactError>(
                [] { Schema({Named("at", FieldType::kText)}, "", "at"); }),
            "schema, event time: expected a timestamp field, got text");
}

TEST(SchemaTest, RefusesAnIdThatIsNoField) {
  EXPECT_EQ(ThrownMessage<ArtifactError>([] { Schema({Named("a")}, "b", ""); }),
            "schema, id: expected the name of a field, got 'b'");
}

TEST(SchemaTest, RefusesNoFields) {
  EXPECT_THROW(Schema({}, "", ""), ArtifactError);
}

TEST(SchemaTest, RefusesARepeatedName) {
  EXPECT_NE(ThrownMessage<ArtifactError>([] {
              Schema({Named("a"), Named("a")}, "", "");
            }).find("'a' twice"),
            std::string::npos);
}

TEST(SchemaTest, RefusesAnEmptyAndAnOverLongName) {
  EXPECT_THROW(Schema({Named("")}, "", ""), ArtifactError);
  EXPECT_NO_THROW(Schema({Named(std::string(256, 'x'))}, "", ""));
  EXPECT_THROW(Schema({Named(std::string(257, 'x'))}, "", ""), ArtifactError);
}

TEST(SchemaTest, RefusesTooManyFields) {
  std::vector<Field> fields;
  for (std::size_t i = 0; i < Schema::kMaxFields; ++i) {
    fields.push_back(Named(std::to_string(i)));
  }
  EXPECT_NO_THROW(Schema(fields, "", ""));
  fields.push_back(Named("one more"));
  EXPECT_THROW(Schema(fields, "", ""), ArtifactError);
}

}  // namespace
}  // namespace tidemill

#include "tidemill/config/yaml_file.h"

#include <cmath>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config_testing.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

ParameterValue Parse(std::string_view text) { return ParseYaml(text, "f"); }

std::string ParseError(std::string_view text) {
  return MessageOf([&] { Parse(text); });
}

/// Describes the value of the key `a`.
std::string Scalar(std::string_view text) {
  return Describe(*Parse("a: " + std::string(text)).Find("a"));
}

TEST(YamlFileTest, PlainYesAndNoAreText) {
  EXPECT_EQ(Scalar("yes"), "text 'yes'");
  EXPECT_EQ(Scalar("No"), "text 'No'");
  EXPECT_EQ(Scalar("on"), "text 'on'");
}

TEST(YamlFileTest, TrueAndFalseAreBooleans) {
  EXPECT_EQ(Scalar("true"), "true");
  EXPECT_EQ(Scalar("False"), "false");
}

TEST(YamlFileTest, NothingAndNullAreNothing) {
  EXPECT_EQ(Scalar(""), "nothing");
  EXPECT_EQ(Scalar("~"), "nothing");
  EXPECT_EQ(Scalar("null"), "nothing");
}

TEST(YamlFileTest, QuotedScalarsAreText) {
  EXPECT_EQ(Scalar("\"7\""), "text '7'");
  EXPECT_EQ(Scalar("'true'"), "text 'true'");
  EXPECT_EQ(Scalar("\"\""), "text ''");
  EXPECT_EQ(Scalar("!!str 7"), "text '7'");
}

TEST(YamlFileTest, NumbersFollowTheCoreSchema) {
  EXPECT_EQ(AsDouble(*Parse("a: -1.5e3").Find("a")), -1500.0);
  EXPECT_EQ(AsDouble(*Parse("a: .5").Find("a")), 0.5);
  EXPECT_EQ(AsDouble(*Parse("a: 1.").Find("a")), 1.0);
  EXPECT_EQ(AsDouble(*Parse("a: +7").Find("a")), 7.0);
  EXPECT_EQ(AsDouble(*Parse("a: 0x1F").Find("a")), 31.0);
  EXPECT_EQ(AsDouble(*Parse("a: 0o17").Find("a")), 15.0);
  EXPECT_EQ(AsDouble(*Parse("a: 010").Find("a")), 10.0);
}

TEST(YamlFileTest, WhatOnlyLooksLikeANumberIsText) {
  for (const char* text : {"1e", "0x", ".", "1_000", "12:30", "1.2.3", "100ms",
                           "+-1", "e5", "1-2"}) {
    EXPECT_EQ(Scalar(text), "text '" + std::string(text) + "'");
  }
}

TEST(YamlFileTest, ANumberKeepsItsText) {
  EXPECT_EQ(AsText(*Parse("a: 007").Find("a")), "007");
}

TEST(YamlFileTest, NumbersThatAreNotFiniteAreRefusedAsNumbers) {
  for (const char* text : {".inf", "-.Inf", ".nan", "1e999"}) {
    const ParameterValue tree = Parse("a: " + std::string(text));
    EXPECT_EQ(
        MessageOf([&] { AsDouble(*tree.Find("a")); }),
        "f:1:4 (a): expected a number, got the number " + std::string(text));
  }
}

TEST(YamlFileTest, JsonIsYaml) {
  const ParameterValue tree = Parse(R"({"a": [1, "x"], "b": {"c": null}})");
  EXPECT_EQ(tree.Find("a")->list()->size(), 2U);
  EXPECT_TRUE(tree.Find("b")->Find("c")->is_null());
}

TEST(YamlFileTest, KeysKeepTheirOrder) {
  const ParameterValue tree = Parse("b: 1\na: 2\n");
  EXPECT_EQ((*tree.map())[0].first, "b");
  EXPECT_EQ((*tree.map())[1].first, "a");
}

TEST(YamlFileTest, PlacesCarryLineColumnAndPath) {
  const ParameterValue tree = Parse("a:\n  - x: 1\n    y: [2, 3]\n");
  const ParameterValue& item = (*tree.Find("a")->list())[0];
  EXPECT_EQ(tree.where, "f");
  EXPECT_EQ(tree.Find("a")->where, "f:1:1 (a)");
  EXPECT_EQ(item.Find("x")->where, "f:2:8 (a.0.x)");
  EXPECT_EQ((*item.Find("y")->list())[1].where, "f:3:12 (a.0.y.1)");
}

TEST(YamlFileTest, AnEmptyFileIsNothing) {
  EXPECT_TRUE(Parse("").is_null());
  EXPECT_TRUE(Parse("# only a comment\n").is_null());
}

TEST(YamlFileTest, ARepeatedKeyIsRefused) {
  EXPECT_EQ(ParseError("a:\n  b: 1\n  b: 2\n"),
            "f:3:3 (a.b): expected each key once, got 'b' again");
}

TEST(YamlFileTest, AnAliasIsRefused) {
  EXPECT_EQ(ParseError("a: [*x]\n"),
            "f:1:5 (a.0): expected YAML, got a syntax error (the referenced "
            "anchor is "
            "not defined)");
  EXPECT_EQ(ParseError("a: &x [1]\nb: *x\n"),
            "f:1:4 (a): expected a value without an anchor, got an anchor "
            "(&name)");
}

TEST(YamlFileTest, ATagIsRefused) {
  EXPECT_EQ(ParseError("a: !!int 7\n"),
            "f:1:4 (a): expected a value without a tag, got a tag "
            "(!name)");
  EXPECT_THAT(ParseError("a: !x {b: 1}\n"), HasSubstr("got a tag (!name)"));
}

TEST(YamlFileTest, ASecondDocumentIsRefused) {
  EXPECT_EQ(ParseError("a: 1\n---\nb: 2\n"),
            "f:2:1: expected one document, got a second one");
}

TEST(YamlFileTest, AMapAsKeyIsRefused) {
  EXPECT_THAT(ParseError("? {a: 1}\n: 2\n"),
              HasSubstr("expected a key of text, got a map or list as key"));
}

TEST(YamlFileTest, ASyntaxErrorNamesLineAndColumn) {
  EXPECT_EQ(
      ParseError("a: 1\nb: [1, 2\n"),
      "f:3:1 (b.2): expected YAML, got a syntax error (end of sequence flow "
      "not found)");
}

TEST(YamlFileTest, SixtyFourLevelsAreReadAndOneMoreIsRefused) {
  const std::string deep = std::string(64, '[') + std::string(64, ']');
  EXPECT_EQ(ParseError(deep), "no error");
  EXPECT_THAT(ParseError("[" + deep + "]"),
              HasSubstr("expected at most 64 nested values, got more"));
}

TEST(YamlFileTest, ManyOpenBracketsEndSoon) {
  EXPECT_THAT(ParseError(std::string(kMaxConfigBytes, '[')),
              HasSubstr("a bracket without its end"));
}

TEST(YamlFileTest, MoreThanAMebibyteIsRefused) {
  EXPECT_EQ(ParseError("#" + std::string(kMaxConfigBytes, 'x')),
            "f: expected at most 1 MiB, got more");
}

TEST(YamlFileTest, TooManyValuesAreRefused) {
  std::string text = "[";
  for (std::size_t i = 0; i <= kMaxConfigValues; ++i) text += "1,";
  EXPECT_EQ(ParseError(text + "]"),
            "f: expected at most 65536 values, got more");
}

TEST(YamlFileTest, ControlCharactersAreRefused) {
  EXPECT_EQ(ParseError(std::string("a: 1\nb: \x04\n")),
            "f:2:4: expected UTF-8 text, got control character 4");
}

TEST(YamlFileTest, BrokenUtf8IsRefused) {
  EXPECT_EQ(ParseError("a: \xff\n"),
            "f:1:4: expected UTF-8 text, got byte 255");
  EXPECT_EQ(ParseError("a: \xc3"), "f:1:4: expected UTF-8 text, got byte 195");
}

TEST(YamlFileTest, ALongPathIsCutInPlaces) {
  const ParameterValue tree = Parse(std::string(900, 'k') + ": 1");
  EXPECT_LT((*tree.map())[0].second.where.size(), 220U);
}

TEST(YamlFileTest, AMissingFileIsAnInputOutputError) {
  const auto error = ErrorOf([] { ReadYamlFile("/nowhere/churn.yaml"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->exit_code(), ExitCode::kInputOutput);
  EXPECT_EQ(std::string(error->what()),
            "/nowhere/churn.yaml: expected a readable config file, got No such "
            "file or directory");
}

TEST(YamlFileTest, AFolderIsAnInputOutputError) {
  const auto error = ErrorOf([] { ReadYamlFile(testing::TempDir()); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->exit_code(), ExitCode::kInputOutput);
}

TEST(YamlFileTest, ABadFileIsAConfigError) {
  const auto path = WriteFile("a: [");
  const auto error = ErrorOf([&] { ReadYamlFile(path); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->exit_code(), ExitCode::kBadConfig);
  EXPECT_THAT(error->what(), StartsWith(path.string() + ":1:"));
}

TEST(OverlayValueTest, APlainScalarIsTakenWhole) {
  EXPECT_EQ(Describe(ParseOverlayValue("a: b #c", "w")), "text 'a: b #c'");
  EXPECT_EQ(Describe(ParseOverlayValue("*x", "w")), "text '*x'");
  EXPECT_EQ(Describe(ParseOverlayValue(" 7 ", "w")), "the number 7");
  EXPECT_TRUE(ParseOverlayValue("", "w").is_null());
}

TEST(OverlayValueTest, FlowValuesAndQuotesAreYaml) {
  EXPECT_EQ(ParseOverlayValue("[1, 2]", "w").list()->size(), 2U);
  EXPECT_NE(ParseOverlayValue("{a: 1}", "w").Find("a"), nullptr);
  EXPECT_EQ(Describe(ParseOverlayValue("'7'", "w")), "text '7'");
}

TEST(OverlayValueTest, EveryPlaceIsTheOverlays) {
  EXPECT_EQ(ParseOverlayValue("{a: 1}", "w").Find("a")->where, "w");
}

TEST(OverlayValueTest, BadSyntaxNamesTheOverlay) {
  EXPECT_THAT(MessageOf([] { ParseOverlayValue("[1", "--set a"); }),
              StartsWith("--set a: expected a key of text, got"));
}

}  // namespace
}  // namespace tidemill

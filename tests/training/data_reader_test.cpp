#include "tidemill/training/data_reader.h"

#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/model/digest.h"
#include "training/training_testing.h"

namespace tidemill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Dataset Read(const TrainingConfig& config, const std::vector<DataFile>& files,
             std::vector<std::string>* warnings = nullptr) {
  std::vector<std::string> ignored;
  NoProgress progress;
  return ReadDataset(config, files, progress,
                     warnings == nullptr ? ignored : *warnings);
}

Dataset ReadShop(const std::string& csv,
                 std::vector<std::string>* warnings = nullptr) {
  return Read(ConfigOf(kShopConfig), {{.name = "d.csv", .bytes = csv}},
              warnings);
}

std::string ShopError(const std::string& csv) {
  return MessageOf([&] { ReadShop(csv); });
}

std::string JsonError(const std::string& lines) {
  return MessageOf([&] {
    Read(ConfigOf(kShopConfig), {{.name = "d.jsonl", .bytes = lines}});
  });
}

constexpr const char* kHeader = "customer,age,spent,color,returned\n";

TEST(DataReaderTest, ReadsCellsByTheirType) {
  const Dataset data =
      ReadShop(std::string(kHeader) + "a,30,1.5,red,yes\nb,40,2,blue,no\n");
  EXPECT_THAT(data.events.numbers(1), ElementsAre(30.0, 40.0));
  EXPECT_THAT(data.events.codes(3), ElementsAre(0, 1));
  EXPECT_THAT(data.schema.field(3).categories.values(),
              ElementsAre("red", "blue"));
  EXPECT_THAT(data.target, ElementsAre(1.0, 0.0));
}

TEST(DataReaderTest, ColumnsStandInAnyOrderAmongOthers) {
  const Dataset data = ReadShop(
      "returned,extra,spent,customer,color,age\nyes,?,1.5,a,red,30\n"
      "no,?,2.5,b,red,31\n");
  EXPECT_THAT(data.events.numbers(2), ElementsAre(1.5, 2.5));
}

TEST(DataReaderTest, OnlyAnEmptyOrBlankCellIsMissing) {
  const Dataset data =
      ReadShop(std::string(kHeader) + "a,,  ,NA,yes\nb,1,1,,no\n");
  EXPECT_TRUE(std::isnan(data.events.numbers(1)[0]));
  EXPECT_TRUE(std::isnan(data.events.numbers(2)[0]));
  EXPECT_EQ(data.events.codes(3)[0], 0);
  EXPECT_EQ(data.events.codes(3)[1], kMissingCode);
}

TEST(DataReaderTest, FilesAreReadOneAfterTheOther) {
  const Dataset data = Read(
      ConfigOf(kShopConfig),
      {{.name = "a.csv", .bytes = std::string(kHeader) + "a,1,1,red,yes\n"},
       {.name = "b.jsonl",
        .bytes = R"({"customer":"b","age":2,"returned":"no"})"}});
  EXPECT_THAT(data.events.numbers(1), ElementsAre(1.0, 2.0));
}

TEST(DataReaderTest, JsonIsKnownByItsFirstCharacter) {
  const Dataset data =
      Read(ConfigOf(kShopConfig),
           {{.name = "rows",
             .bytes = "{\"customer\":\"a\",\"returned\":\"no\"}\n\n"
                      "{\"customer\":\"b\",\"returned\":\"yes\"}\n"}});
  EXPECT_THAT(data.target, ElementsAre(0.0, 1.0));
}

TEST(DataReaderTest, AClassMayBeABooleanOrANumber) {
  const TrainingConfig config =
      ConfigOf(kShopConfig, {"target.positive='true'"});
  const Dataset data =
      Read(config, {{.name = "a.jsonl",
                     .bytes = "{\"customer\":\"a\",\"returned\":true}\n"
                              "{\"customer\":\"b\",\"returned\":false}\n"}});
  EXPECT_THAT(data.target, ElementsAre(1.0, 0.0));
  const Dataset numbers =
      Read(ConfigOf(kShopConfig, {"target.positive=1"}),
           {{.name = "a.csv",
             .bytes = std::string(kHeader) + "a,1,1,red,1.0\nb,1,1,red,0\n"}});
  EXPECT_THAT(numbers.target, ElementsAre(1.0, 0.0));
  EXPECT_EQ(numbers.classes[0], "0");
}

TEST(DataReaderTest, RowsWithoutATargetAreLeftOutAndCounted) {
  const Dataset data = ReadShop(std::string(kHeader) +
                                "a,1,1,red,yes\nb,2,2,red,\nc,3,3,red,no\n");
  EXPECT_THAT(data.events.numbers(1), ElementsAre(1.0, 3.0));
  EXPECT_EQ(data.rows_without_target, 1U);
}

TEST(DataReaderTest, MinutesBetweenTwoTimesWithinTheRange) {
  const Dataset data =
      Read(ConfigOf(kRideConfig),
           {{.name = "a.csv",
             .bytes = "begin,end,miles,zone\n"
                      "2019-03-04 10:00:00,2019-03-04 10:07:30,1,a\n"
                      "2019-03-04 10:00:00,2019-03-04 12:00:00,1,a\n"}});
  EXPECT_THAT(data.target, ElementsAre(7.5));
  EXPECT_EQ(data.rows_out_of_range, 1U);
}

TEST(DataReaderTest, AFieldWithoutAColumnIsMissingAndSaid) {
  std::vector<std::string> warnings;
  const Dataset data =
      ReadShop("customer,age,returned\na,1,yes\nb,2,no\n", &warnings);
  EXPECT_TRUE(std::isnan(data.events.numbers(2)[0]));
  EXPECT_THAT(warnings, ElementsAre("d.csv: no column 'spent', 'color': "
                                    "missing in every row"));
}

TEST(DataReaderTest, ARequiredFieldWithoutAColumnIsRefused) {
  EXPECT_EQ(ShopError("custommer,returned\na,yes\n"),
            "d.csv:1: expected a column 'customer', a required field (did you "
            "mean 'custommer'?), got the columns 'custommer', 'returned'");
}

TEST(DataReaderTest, ARequiredCellNamesItsLine) {
  EXPECT_EQ(ShopError(std::string(kHeader) + "a,1,1,red,yes\n ,1,1,red,no\n"),
            "d.csv:3, column 'customer': expected text, for the field is "
            "required, got an empty cell");
}

TEST(DataReaderTest, AWrongCellNamesLineColumnExpectedAndFound) {
  EXPECT_EQ(ShopError(std::string(kHeader) + "a,1,1,red,yes\nb,1.5,1,red,no\n"),
            "d.csv:3, column 'age': expected an integer, got '1.5'");
  EXPECT_EQ(ShopError(std::string(kHeader) + "a,1,1e999,red,yes\n"),
            "d.csv:2, column 'spent': expected a number, got '1e999', which no "
            "float64 holds");
}

TEST(DataReaderTest, ARaggedRowIsRefused) {
  EXPECT_EQ(ShopError(std::string(kHeader) + "a,1,1,red\n"),
            "d.csv:2: expected 5 cells, as in the header, got 4");
}

TEST(DataReaderTest, AColumnTwiceIsRefused) {
  EXPECT_EQ(ShopError("customer,age,age,returned\n"),
            "d.csv:1: expected column names once each, got 'age' twice");
}

TEST(DataReaderTest, AFileWithoutTheTargetNamesWhatItHas) {
  EXPECT_EQ(ShopError("customer,age,Returned\n"),
            "d.csv:1: expected a column 'returned', for the target (did you "
            "mean 'Returned'?), got the columns 'customer', 'age', 'Returned'");
  EXPECT_EQ(JsonError("{\"customer\":\"a\",\"age\":1}\n"),
            "d.jsonl: expected events with 'returned', for the target, got the "
            "fields 'age', 'customer'");
}

TEST(DataReaderTest, AnEmptyFileIsRefused) {
  EXPECT_EQ(ShopError(""),
            "d.csv: expected a header and rows, got an empty file");
  EXPECT_EQ(JsonError("\n \n"),
            "d.jsonl: expected rows to learn from, got an empty file");
  EXPECT_EQ(ShopError(kHeader),
            "d.csv: expected rows to learn from, got a header only");
}

TEST(DataReaderTest, OneClassOnlyIsRefused) {
  EXPECT_EQ(ShopError(std::string(kHeader) + "a,1,1,red,no\nb,2,2,red,no\n"),
            "target 'returned': expected two classes, 'yes' (target.positive) "
            "and another, got one class only, 'no'");
}

TEST(DataReaderTest, AThirdClassNamesItsLine) {
  EXPECT_EQ(ShopError(std::string(kHeader) +
                      "a,1,1,red,no\nb,2,2,red,yes\nc,3,3,red,maybe\n"),
            "d.csv:4, column 'returned': expected one of two classes, 'yes' or "
            "'no', got 'maybe'");
}

TEST(DataReaderTest, NoTargetAnywhereIsRefused) {
  EXPECT_THAT(ShopError(std::string(kHeader) + "a,1,1,red,\n"),
              HasSubstr("got none (1 without a target, 0 out of its range)"));
}

TEST(DataReaderTest, BytesThatAreNotUtf8NameTheirLine) {
  EXPECT_EQ(ShopError(std::string(kHeader) + "a,1,1,caf\xE9,yes\n"),
            "d.csv:2: expected UTF-8 (or name the file's own with --encoding), "
            "got other bytes");
}

TEST(DataReaderTest, JsonFollowsTheRulesOfEvents) {
  EXPECT_EQ(JsonError("{\"customer\":\"a\",\"returned\":\"no\"}\n"
                      "{\"customer\":\"a\",\"age\":\"7\"}\n"),
            "d.jsonl:2: field 'age': expected an integer, got a value of "
            "another type");
  EXPECT_THAT(JsonError("{\"age\":7,\"returned\":\"no\"}\n"),
              HasSubstr("d.jsonl:1: expected the field 'customer', got none"));
  EXPECT_THAT(JsonError("{\"age\":7,\n"), HasSubstr("d.jsonl:1: "));
}

TEST(DataReaderTest, AFileThatCannotBeReadIsAnInputError) {
  const auto read = [](const std::string& path) {
    return ErrorOf(
        [&] { Read(ConfigOf(kShopConfig), FilesAt({path}, DataFormat{})); });
  };
  const auto error = read(testing::TempDir() + "/none.csv");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->exit_code(), ExitCode::kInputOutput);
  EXPECT_THAT(error->what(), HasSubstr("none.csv: expected a readable data "
                                       "file, got No such file"));
  const auto folder = read(testing::TempDir());
  ASSERT_TRUE(folder);
  EXPECT_EQ(folder->exit_code(), ExitCode::kInputOutput);
}

TEST(DataReaderTest, HeadersThatDifferBetweenFilesAreMatchedByName) {
  const Dataset data = Read(
      ConfigOf(kShopConfig),
      {{.name = "a.csv", .bytes = std::string(kHeader) + "a,1,5,red,yes\n"},
       {.name = "b.csv",
        .bytes = "returned;color;spent;age;customer\nno;blue;6;2;b\n"}});
  EXPECT_THAT(data.events.numbers(1), ElementsAre(1.0, 2.0));
  EXPECT_THAT(data.events.numbers(2), ElementsAre(5.0, 6.0));
}

TEST(DataReaderTest, NumbersMayHaveADecimalComma) {
  DataFile file{.name = "a.csv",
                .bytes = "customer;spent;returned\na;1,5;yes\nb;-2;no\n"};
  file.format.decimal = ',';
  const Dataset data = Read(ConfigOf(kShopConfig), {file});
  EXPECT_THAT(data.events.numbers(2), ElementsAre(1.5, -2.0));
  file.bytes = "customer;spent;returned\na;1.234,5;yes\n";
  EXPECT_EQ(MessageOf([&] { Read(ConfigOf(kShopConfig), {file}); }),
            "a.csv:2, column 'spent': expected a number, got '1.234,5'");
}

TEST(DataReaderTest, ACommaWhereAPointIsWantedNamesTheOption) {
  constexpr const char* kComma =
      "a.csv:2, column 'spent': expected a number, got '8,0' (a decimal "
      "comma? For CSV: --decimal ,)";
  EXPECT_EQ(MessageOf([] {
              Read(ConfigOf(kShopConfig),
                   {{.name = "a.csv",
                     .bytes = "customer;spent;returned\na;8,0;yes\n"}});
            }),
            kComma);
}

TEST(DataReaderTest, TheHeaderOnceMoreIsRefusedWithItsLine) {
  EXPECT_EQ(ShopError(std::string(kHeader) + "a,1,1,red,yes\n" + kHeader),
            "d.csv:3: expected a row (files that were joined keep one header), "
            "got the header once more");
}

TEST(DatasetTest, KeepsTheTextsThatAreNoId) {
  const TrainingConfig config =
      ConfigOf(kShopConfig, {"schema.fields.color=text", "pipeline=[]"});
  const Dataset data = Read(
      config,
      {{.name = "d.csv",
        .bytes = std::string(kHeader) + "a,1,1,deep red,yes\nb,2,2,,no\n"}});
  EXPECT_EQ(data.events.texts(3)[0], "deep red");
  EXPECT_EQ(data.events.texts(3)[1].data(), nullptr);
  EXPECT_EQ(data.events.texts(0)[0].data(), nullptr);
}

TEST(DatasetTest, DictionariesAreTheSortedTextsOfTheTrainingRows) {
  const Dataset data = ReadShop(
      std::string(kHeader) + "a,1,1,red,yes\nb,2,2,blue,no\nc,3,3,black,no\n");
  const std::vector<std::size_t> train = {0, 1};
  const Schema schema = LearnSchema(data, train);
  EXPECT_THAT(schema.field(3).categories.values(), ElementsAre("blue", "red"));
  const std::vector<std::size_t> all = {0, 1, 2};
  EXPECT_THAT(FrameOf(data, schema, all).columns[3].codes,
              ElementsAre(1, 0, kUnseenCode));
}

TEST(DatasetTest, TheIdLearnsNoDictionary) {
  const Dataset data = Read(
      ConfigOf(kShopConfig,
               {"schema.fields.customer={type: category, required: true}"}),
      {{.name = "d.csv",
        .bytes = std::string(kHeader) + "a,1,1,red,yes\nb,2,2,blue,no\n"}});
  const std::vector<std::size_t> rows = {0, 1};
  EXPECT_THAT(LearnSchema(data, rows).field(0).categories.values(), IsEmpty());
}

TEST(DatasetTest, TheDigestIsThatOfTheFilesBytesInOrder) {
  const std::string first = std::string(kHeader) + "a,1,1,red,yes\n";
  const std::string second = "customer,returned\nb,no\n";
  const Dataset data = Read(
      ConfigOf(kShopConfig),
      {{.name = "a.csv", .bytes = first}, {.name = "b.csv", .bytes = second}});
  EXPECT_EQ(data.sha256, ToHex(Sha256(first + second)));
}

Dataset ReadFruit(const std::string& csv,
                  const std::vector<std::string>& sets = {}) {
  return Read(ConfigOf(kFruitConfig, sets), {{.name = "d.csv", .bytes = csv}});
}

std::string FruitError(const std::string& csv,
                       const std::vector<std::string>& sets = {}) {
  return MessageOf([&] { ReadFruit(csv, sets); });
}

TEST(DataReaderTest, ManyClassesAreNumberedInSortedOrder) {
  const Dataset data = ReadFruit(
      "weight,skin,kind\n1,a,pear\n2,a,fig\n3,a,\n4,a,quince\n5,a,fig\n");
  EXPECT_THAT(data.classes, ElementsAre("fig", "pear", "quince"));
  EXPECT_THAT(data.target, ElementsAre(1.0, 0.0, 2.0, 0.0));
  EXPECT_EQ(data.rows_without_target, 1U);
}

TEST(DataReaderTest, GivenClassesKeepTheirOrder) {
  const Dataset data = ReadFruit("weight,skin,kind\n1,a,2\n2,a,1\n3,a,3.0\n",
                                 {"target.classes=[3, 1, 2]"});
  EXPECT_THAT(data.classes, ElementsAre("3", "1", "2"));
  EXPECT_THAT(data.target, ElementsAre(2.0, 1.0, 0.0));
}

TEST(DataReaderTest, AClassThatIsNotGivenNamesItsLine) {
  EXPECT_EQ(FruitError("weight,skin,kind\n1,a,fig\n2,a,kiwi\n",
                       {"target.classes=[fig, pear, quince]"}),
            "d.csv:3, column 'kind': expected one of the classes 'fig', "
            "'pear', 'quince', got 'kiwi'");
}

TEST(DataReaderTest, AGivenClassWithoutRowsIsRefused) {
  EXPECT_EQ(FruitError("weight,skin,kind\n1,a,fig\n2,a,pear\n",
                       {"target.classes=[fig, pear, quince]"}),
            "target 'kind': expected a row of every class in target.classes, "
            "got none of 'quince'");
}

TEST(DataReaderTest, TwoClassesAreNotMany) {
  EXPECT_EQ(FruitError("weight,skin,kind\n1,a,fig\n2,a,pear\n"),
            "target 'kind': expected three classes and more (of two: task: "
            "binary), got 'fig', 'pear'");
}

TEST(DataReaderTest, MoreThanAThousandClassesAreNoClasses) {
  std::string csv = "weight,skin,kind\n";
  for (int i = 0; i <= 1000; ++i) csv += "1,a," + std::to_string(i) + "\n";
  EXPECT_EQ(FruitError(csv),
            "d.csv:1002, column 'kind': expected at most 1000 classes (of a "
            "number: task: regression), got one more, '1000'");
}

TEST(DataReaderTest, AClassMayNotBeABook) {
  EXPECT_EQ(
      FruitError("weight,skin,kind\n1,a," + std::string(65'537, 'x') + "\n"),
      "d.csv:2, column 'kind': expected a class of at most 65536 bytes, "
      "got 65537");
}

TEST(DataReaderTest, WeightsAreReadBesideTheTarget) {
  const std::vector<std::string> sets = {"target.weight=crates"};
  EXPECT_THAT(ReadFruit("crates,weight,skin,kind\n2,1,a,fig\n0,1,a,pear\n"
                        "x,1,a,\n.5,1,a,kiwi\n",
                        sets)
                  .weights,
              ElementsAre(2.0, 0.0, 0.5));
  EXPECT_THAT(ReadFruit("weight,skin,kind\n1,a,x\n1,a,y\n1,a,z\n").weights,
              IsEmpty());
  const Dataset lines =
      Read(ConfigOf(kFruitConfig, sets),
           {{.name = "d.jsonl",
             .bytes = "{\"kind\":\"a\",\"crates\":3}\n{\"kind\":\"b\","
                      "\"crates\":\"4\"}\n{\"kind\":\"c\",\"crates\":1}\n"}});
  EXPECT_THAT(lines.weights, ElementsAre(3.0, 4.0, 1.0));
}

TEST(DataReaderTest, AFieldMayBeTheWeightToo) {
  const Dataset data = ReadFruit("weight,skin,kind\n2,a,x\n3,a,y\n4,a,z\n",
                                 {"target.weight=weight"});
  EXPECT_THAT(data.weights, ElementsAre(2.0, 3.0, 4.0));
  EXPECT_THAT(data.events.numbers(0), ElementsAre(2.0, 3.0, 4.0));
}

TEST(DataReaderTest, AWeightIsANumberFromZero) {
  const auto error = [](const std::string& cell) {
    return FruitError("crates,weight,skin,kind\n" + cell + ",1,a,fig\n",
                      {"target.weight=crates"});
  };
  EXPECT_EQ(error("-1"),
            "d.csv:2, column 'crates': expected a number from 0, for it is the "
            "weight, got '-1'");
  EXPECT_THAT(error("inf"), HasSubstr("got 'inf'"));
  EXPECT_THAT(error("many"), HasSubstr("got 'many'"));
  EXPECT_THAT(error(""), HasSubstr("got none"));
}

TEST(DataReaderTest, AnAbsentWeightColumnNamesTheNearest) {
  EXPECT_THAT(FruitError("crate,weight,skin,kind\n1,1,a,fig\n",
                         {"target.weight=crates"}),
              HasSubstr("expected a column 'crates', for the weights (did you "
                        "mean 'crate'?)"));
}

}  // namespace
}  // namespace tidemill

#include "tidemill/wire/event_decoder.h"

#include <cmath>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/allocation_counter.h"
#include "wire/event_fields.h"

namespace tidemill {
namespace {

/// A decoder with its schema and the batch it fills.
struct Decoding {
  explicit Decoding(Schema s = EventSchema(), DecodeLimits limits = {})
      : schema(std::move(s)), decoder(limits), batch(schema) {}

  std::optional<EventError> Decode(std::string_view json) {
    return decoder.Decode(schema, json, batch);
  }
  /// Decodes an event that must be accepted.
  void Accept(std::string_view json) {
    const auto error = Decode(json);
    ASSERT_FALSE(error) << error->detail << "\n" << json;
  }

  Schema schema;
  EventDecoder decoder;
  EventBatch batch;
};

std::string Repeated(std::string_view text, int times) {
  std::string repeated;
  for (int i = 0; i < times; ++i) repeated += text;
  return repeated;
}

// ------------------------------------------------------------ values

TEST(EventDecoderTest, ReadsAValueOfEveryType) {
  Decoding d;
  d.Accept(R"({"id":"7590-V","tenure":12,"charges":29.85,"contract":"yearly",)"
           R"("active":true,"at":"1970-01-01T00:00:01Z"})");
  EXPECT_EQ(d.batch.texts(kId)[0], "7590-V");
  EXPECT_EQ(d.batch.numbers(kTenure)[0], 12.0);
  EXPECT_EQ(d.batch.numbers(kCharges)[0], 29.85);
  EXPECT_EQ(d.batch.codes(kContract)[0], 1);
  EXPECT_EQ(d.batch.numbers(kActive)[0], 1.0);
  EXPECT_EQ(d.batch.timestamps(kAt)[0].utc_us, 1'000'000);
  EXPECT_EQ(d.batch.event_ids()[0], "7590-V");
}

TEST(EventDecoderTest, FieldsMayComeInAnyOrder) {
  Decoding d;
  d.Accept(R"({"charges":2,"tenure":1,"id":"a"})");
  EXPECT_EQ(d.batch.numbers(kTenure)[0], 1.0);
  EXPECT_EQ(d.batch.numbers(kCharges)[0], 2.0);
}

TEST(EventDecoderTest, AppendsOneRowPerEvent) {
  Decoding d;
  for (int i = 0; i < 300; ++i) {
    d.Accept(R"({"id":"a","tenure":)" + std::to_string(i) + "}");
  }
  ASSERT_EQ(d.batch.num_rows(), 300U);
  for (int i = 0; i < 300; ++i) EXPECT_EQ(d.batch.numbers(kTenure)[i], i);
}

TEST(EventDecoderTest, MissingAndNullAreTheSame) {
  Decoding d;
  d.Accept(R"({"id":"a"})");
  d.Accept(R"({"id":"a","tenure":null,"charges":null,"contract":null,)"
           R"("active":null,"at":null})");
  for (const std::size_t row : {0U, 1U}) {
    EXPECT_TRUE(std::isnan(d.batch.numbers(kTenure)[row]));
    EXPECT_TRUE(std::isnan(d.batch.numbers(kCharges)[row]));
    EXPECT_EQ(d.batch.codes(kContract)[row], kMissingCode);
    EXPECT_TRUE(std::isnan(d.batch.numbers(kActive)[row]));
    EXPECT_TRUE(d.batch.timestamps(kAt)[row].missing());
  }
}

TEST(EventDecoderTest, AnUnknownCategoryIsUnseenNotAnError) {
  Decoding d;
  d.Accept(R"({"id":"a","contract":"weekly"})");
  EXPECT_EQ(d.batch.codes(kContract)[0], kUnseenCode);
}

TEST(EventDecoderTest, EscapesAreReadInTextsAndKeys) {
  Decoding d;
  d.Accept(R"({"id":"a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00","ten\u0075re":3,)"
           R"("contract":"caf\u00e9"})");
  EXPECT_EQ(d.batch.texts(kId)[0], "a\"\\/\b\f\n\r\té😀");
  EXPECT_EQ(d.batch.numbers(kTenure)[0], 3.0);
  EXPECT_EQ(d.batch.codes(kContract)[0], 2);
}

TEST(EventDecoderTest, AnEscapedNulIsAByteOfTheText) {
  Decoding d;
  d.Accept(R"({"id":"a\u0000b"})");
  EXPECT_EQ(d.batch.texts(kId)[0], std::string_view("a\0b", 3));
}

TEST(EventDecoderTest, AnEmptyIdIsPresent) {
  Decoding d;
  d.Accept(R"({"id":""})");
  EXPECT_NE(d.batch.event_ids()[0].data(), nullptr);
  EXPECT_EQ(d.batch.event_ids()[0], "");
}

TEST(EventDecoderTest, TextsOutliveTheNextEvent) {
  Decoding d;
  d.Accept(R"({"id":"first"})");
  d.Accept(R"({"id":"other"})");
  EXPECT_EQ(d.batch.texts(kId)[0], "first");
}

TEST(EventDecoderTest, AnIntegerFieldTakesAWholeNumberInAnySpelling) {
  Decoding d;
  for (const char* text : {"3", "3.0", "3e0", "30e-1", "0.3E+1"}) {
    d.batch.Clear();
    d.Accept(R"({"id":"a","tenure":)" + std::string(text) + "}");
    EXPECT_EQ(d.batch.numbers(kTenure)[0], 3.0) << text;
  }
}

TEST(EventDecoderTest, AnIntegerFieldGoesTo2To53) {
  Decoding d;
  d.Accept(R"({"id":"a","tenure":9007199254740992})");
  EXPECT_EQ(d.batch.numbers(kTenure)[0], 0x1p53);
  d.Accept(R"({"id":"a","tenure":-9007199254740992})");
  EXPECT_EQ(d.batch.numbers(kTenure)[1], -0x1p53);
}

TEST(EventDecoderTest, ANumberFieldTakesIntegersOfAnyLength) {
  Decoding d;
  d.Accept(R"({"id":"a","charges":123456789012345678901234567890})");
  EXPECT_EQ(d.batch.numbers(kCharges)[0], 123456789012345678901234567890.0);
  d.Accept(R"({"id":"a","charges":18446744073709551616})");
  EXPECT_EQ(d.batch.numbers(kCharges)[1], 0x1p64);
}

TEST(EventDecoderTest, NumbersAreRoundedCorrectly) {
  Decoding d;
  d.Accept(R"({"id":"a","charges":9007199254740993})");
  EXPECT_EQ(d.batch.numbers(kCharges)[0], 9007199254740992.0);
  d.Accept(R"({"id":"a","charges":2.22507385850720113605740979670913e-308})");
  EXPECT_EQ(d.batch.numbers(kCharges)[1], 2.2250738585072011e-308);
}

TEST(EventDecoderTest, ATinyNumberIsZero) {
  Decoding d;
  d.Accept(R"({"id":"a","charges":1e-999})");
  EXPECT_EQ(d.batch.numbers(kCharges)[0], 0.0);
}

TEST(EventDecoderTest, MinusZeroIsANumberAndAnInteger) {
  Decoding d;
  d.Accept(R"({"id":"a","tenure":-0,"charges":-0})");
  EXPECT_EQ(d.batch.numbers(kTenure)[0], 0.0);
  EXPECT_TRUE(std::signbit(d.batch.numbers(kCharges)[0]));
}

TEST(EventDecoderTest, WhiteSpaceMayStandAroundEverything) {
  Decoding d;
  d.Accept(" \t\r\n{ \"id\" :\n\"a\" ,\t\"charges\" : 1.5 \r\n} \n");
  EXPECT_EQ(d.batch.numbers(kCharges)[0], 1.5);
}

TEST(EventDecoderTest, AnIntegerIdIsItsDecimalText) {
  Decoding d(Schema({FieldOf("n", FieldType::kInteger)}, "n", ""));
  d.Accept(R"({"n":-42.0})");
  EXPECT_EQ(d.batch.event_ids()[0], "-42");
  d.Accept(R"({"n":-0})");
  EXPECT_EQ(d.batch.event_ids()[1], "0");
}

TEST(EventDecoderTest, ACategoryIdKeepsATextThatIsUnseen) {
  Decoding d(Schema({FieldOf("c", FieldType::kCategory)}, "c", ""));
  d.Accept(R"({"c":"n\u0065w"})");
  EXPECT_EQ(d.batch.event_ids()[0], "new");
}

TEST(EventDecoderTest, AnOptionalIdMayBeMissing) {
  Decoding d(Schema({FieldOf("c", FieldType::kCategory)}, "c", ""));
  d.Accept(R"({})");
  d.Accept(R"({"c":null})");
  EXPECT_EQ(d.batch.event_ids()[0].data(), nullptr);
  EXPECT_EQ(d.batch.event_ids()[1].data(), nullptr);
}

// ------------------------------------------------------------ unknown fields

TEST(EventDecoderTest, UnknownFieldsAreIgnoredAndCounted) {
  Decoding d;
  d.Accept(R"({"x":1,"id":"a","y":[{"id":2}],"z":{"tenure":"no"}})");
  EXPECT_EQ(d.decoder.ignored_fields(), 3U);
  EXPECT_TRUE(std::isnan(d.batch.numbers(kTenure)[0]));
  d.Accept(R"({"id":"a","x":null})");
  EXPECT_EQ(d.decoder.ignored_fields(), 4U);
}

TEST(EventDecoderTest, UnknownFieldsOfARefusedEventAreNotCounted) {
  Decoding d;
  EXPECT_TRUE(d.Decode(R"({"x":1})"));
  EXPECT_EQ(d.decoder.ignored_fields(), 0U);
}

TEST(EventDecoderTest, AKeyOfAnotherCaseIsAnUnknownField) {
  Decoding d;
  d.Accept(R"({"id":"a","Tenure":"x"})");
  EXPECT_EQ(d.decoder.ignored_fields(), 1U);
}

TEST(EventDecoderTest, AnEmptyKeyIsAnUnknownField) {
  Decoding d;
  d.Accept(R"({"id":"a","":1})");
  EXPECT_EQ(d.decoder.ignored_fields(), 1U);
}

TEST(EventDecoderTest, ManyUnknownFieldsAreReadInTheirOwnTime) {
  std::string json = R"({"id":"a")";
  for (int i = 0; i < 60'000; ++i) {
    json += ",\"k" + std::to_string(i) + "\":0";
  }
  json += '}';
  Decoding d;
  d.Accept(json);
  EXPECT_EQ(d.decoder.ignored_fields(), 60'000U);
}

TEST(EventDecoderTest, DoesNotAllocateOnceWarm) {
  const std::string json =
      R"({"id":"a text of more than 16 bytes","tenure":1,"contract":"yearly",)"
      R"("an unknown field of some length":[{"x":"y"}],"\u0061nother":1})";
  Decoding d;
  d.Accept(json);
  const AllocationCounter allocations;
  for (int i = 0; i < 1000; ++i) {
    d.batch.Clear();
    ASSERT_FALSE(d.Decode(json));
  }
  EXPECT_EQ(allocations.count(), 0U);
}

// ------------------------------------------------------------ errors

struct BadEvent {
  std::string name;
  std::string json;
  Stage stage;
  Reason reason;
};

void PrintTo(const BadEvent& event, std::ostream* out) { *out << event.json; }

class BadEventTest : public testing::TestWithParam<BadEvent> {};

TEST_P(BadEventTest, HasItsStageAndReason) {
  Decoding d;
  const auto error = d.Decode(GetParam().json);
  ASSERT_TRUE(error);
  EXPECT_EQ(ToText(error->stage), ToText(GetParam().stage)) << error->detail;
  EXPECT_EQ(ToText(error->reason), ToText(GetParam().reason)) << error->detail;
}

TEST_P(BadEventTest, LeavesTheBatchAsItWas) {
  Decoding d;
  d.Accept(R"({"id":"before","charges":1.5})");
  EXPECT_TRUE(d.Decode(GetParam().json));
  ASSERT_EQ(d.batch.num_rows(), 1U);
  EXPECT_EQ(d.batch.texts(kId)[0], "before");
  EXPECT_EQ(d.batch.numbers(kCharges)[0], 1.5);
}

TEST_P(BadEventTest, DoesNotDisturbTheNextEvent) {
  Decoding d;
  EXPECT_TRUE(d.Decode(GetParam().json));
  d.Accept(R"({"id":"after"})");
  EXPECT_EQ(d.batch.texts(kId)[0], "after");
  EXPECT_TRUE(std::isnan(d.batch.numbers(kTenure)[0]));
  EXPECT_TRUE(std::isnan(d.batch.numbers(kCharges)[0]));
  EXPECT_EQ(d.batch.codes(kContract)[0], kMissingCode);
  EXPECT_TRUE(d.batch.timestamps(kAt)[0].missing());
}

std::vector<BadEvent> SchemaErrors() {
  const auto with = [](std::string name, std::string_view member,
                       Reason reason) {
    return BadEvent{std::move(name),
                    R"({"id":"a",)" + std::string(member) + "}", Stage::kSchema,
                    reason};
  };
  return {
      {"NoRequiredField", R"({"tenure":1})", Stage::kSchema,
       Reason::kMissingField},
      {"NullRequiredField", R"({"id":null})", Stage::kSchema,
       Reason::kMissingField},
      {"EmptyObject", "{}", Stage::kSchema, Reason::kMissingField},
      with("DuplicateKnown", R"("tenure":1,"tenure":1)", Reason::kDuplicateKey),
      with("DuplicateNulls", R"("tenure":null,"tenure":null)",
           Reason::kDuplicateKey),
      with("DuplicateEscaped", R"("tenure":1,"ten\u0075re":1)",
           Reason::kDuplicateKey),
      with("DuplicateUnknown", R"("x":1,"y":2,"x":1)", Reason::kDuplicateKey),
      with("DuplicateUnknownEscaped", R"("x":1,"\u0078":1)",
           Reason::kDuplicateKey),
      with("DuplicateEmpty", R"("":1,"":1)", Reason::kDuplicateKey),
      with("TextForNumber", R"("charges":"1")", Reason::kWrongType),
      with("BooleanForNumber", R"("charges":true)", Reason::kWrongType),
      with("ObjectForNumber", R"("charges":{"a":1})", Reason::kWrongType),
      with("ArrayForNumber", R"("charges":[1])", Reason::kWrongType),
      with("NumberForText", R"("contract":1)", Reason::kWrongType),
      with("NumberForTimestamp", R"("at":0)", Reason::kWrongType),
      with("NumberForBoolean", R"("active":1)", Reason::kWrongType),
      with("TextForBoolean", R"("active":"true")", Reason::kWrongType),
      with("FractionForInteger", R"("tenure":1.5)", Reason::kNotAnInteger),
      with("IntegerBeyond2To53", R"("tenure":9007199254740994)",
           Reason::kNotAnInteger),
      with("HugeIntegerForInteger", R"("tenure":123456789012345678901234)",
           Reason::kNotAnInteger),
      with("NumberBeyondFloat64", R"("charges":1e999)",
           Reason::kNonFiniteNumber),
      with("NegativeNumberBeyondFloat64", R"("charges":-1e999)",
           Reason::kNonFiniteNumber),
      with("NumberJustBeyondFloat64", R"("charges":1.7976931348623159e308)",
           Reason::kNonFiniteNumber),
      with("LongIntegerBeyondFloat64", R"("charges":1)" + Repeated("0", 400),
           Reason::kNonFiniteNumber),
      with("UnknownNumberBeyondFloat64", R"("x":[1e999])",
           Reason::kNonFiniteNumber),
      with("NotATimestamp", R"("at":"yesterday")", Reason::kInvalidTimestamp),
      with("EmptyTimestamp", R"("at":"")", Reason::kInvalidTimestamp),
  };
}

std::vector<BadEvent> ParseErrors() {
  using enum Reason;
  const auto parse = [](std::string name, std::string json,
                        Reason reason = kInvalidJson) {
    return BadEvent{std::move(name), std::move(json), Stage::kParse, reason};
  };
  const auto ignored = [&](std::string name, std::string_view value,
                           Reason reason = kInvalidJson) {
    return parse("Ignored" + name,
                 R"({"id":"a","x":)" + std::string(value) + "}", reason);
  };
  return {
      parse("Empty", "", kEmpty),
      parse("Blank", " \t\r\n", kEmpty),
      parse("Array", R"([{"id":"a"}])", kNotAnObject),
      parse("Text", R"("id")", kNotAnObject),
      parse("Number", "1", kNotAnObject),
      parse("Null", "null", kNotAnObject),
      parse("ArrayWithAMistake", R"([1,])"),
      parse("Words", "hello"),
      parse("BrokenNull", "nul"),
      parse("ByteOrderMark", "\xEF\xBB\xBF{\"id\":\"a\"}"),
      parse("ByteOrderMarkAlone", "\xEF\xBB\xBF"),
      parse("Nul", std::string(1, '\0')),
      parse("NulAfter", std::string("{\"id\":\"a\"}\0", 11)),
      parse("NulWithin", std::string("{\"id\":\0\"a\"}", 11)),
      parse("NulInText", std::string("{\"id\":\"a\0b\"}", 12)),
      parse("TabInText", "{\"id\":\"a\tb\"}"),
      parse("TwoObjects", R"({"id":"a"}{"id":"b"})"),
      parse("TwoObjectsOnLines", "{\"id\":\"a\"}\n{\"id\":\"b\"}"),
      parse("ClosedTwice", R"({"id":"a"}})"),
      parse("CommaAfter", R"({"id":"a"},)"),
      parse("LetterAfter", R"({"id":"a"} x)"),
      parse("NotClosed", R"({"id":"a")"),
      parse("NotClosedWithin", R"({"id":"a","x":{"y":1})"),
      parse("NotClosedText", R"({"id":"a)"),
      parse("ClosedByBracket", R"({"id":"a"])"),
      parse("OpenOnly", "{"),
      parse("CloseOnly", "}"),
      parse("NoColon", R"({"id" "a"})"),
      parse("NoComma", R"({"id":"a" "tenure":1})"),
      parse("CommaFirst", R"({,"id":"a"})"),
      parse("CommaLast", R"({"id":"a",})"),
      parse("NoValue", R"({"id":})"),
      parse("KeyWithoutQuotes", R"({id:"a"})"),
      parse("SingleQuotes", R"({'id':'a'})"),
      parse("Comment", R"({"id":"a"/**/})"),
      parse("NaN", R"({"id":"a","charges":NaN})"),
      parse("Infinity", R"({"id":"a","charges":Infinity})"),
      parse("BrokenTrue", R"({"id":"a","active":tru})"),
      parse("LongTrue", R"({"id":"a","active":truee})"),
      parse("BrokenFieldNull", R"({"id":"a","charges":nul})"),
      parse("LeadingZero", R"({"id":"a","charges":01})"),
      parse("LeadingPlus", R"({"id":"a","charges":+1})"),
      parse("NoWholePart", R"({"id":"a","charges":.5})"),
      parse("NoFraction", R"({"id":"a","charges":1.})"),
      parse("NoExponent", R"({"id":"a","charges":1e})"),
      parse("TwoPoints", R"({"id":"a","charges":1.2.3})"),
      parse("Hexadecimal", R"({"id":"a","charges":0x10})"),
      parse("MinusAlone", R"({"id":"a","charges":-})"),
      parse("BadEscape", R"({"id":"\x"})"),
      parse("BadUnicodeEscape", R"({"id":"\u12g4"})"),
      parse("ShortUnicodeEscape", R"({"id":"\u12"})"),
      parse("LoneHighSurrogate", R"({"id":"\ud83d"})"),
      parse("LoneLowSurrogate", R"({"id":"\ude00"})"),
      parse("HighSurrogateTwice", R"({"id":"\ud83d\ud83d"})"),
      parse("LoneSurrogateInKey", R"({"id":"a","\ud83d":1})"),
      parse("BadEscapeInKey", R"({"id":"a","\q":1})"),
      parse("BadUtf8", "{\"id\":\"\xC3\x28\"}", kInvalidUtf8),
      parse("BadUtf8InKey", "{\"id\":\"a\",\"\xFF\":1}", kInvalidUtf8),
      parse("OverlongUtf8", "{\"id\":\"\xC0\x80\"}", kInvalidUtf8),
      parse("SurrogateInUtf8", "{\"id\":\"\xED\xA0\x80\"}", kInvalidUtf8),
      parse("CutUtf8", "{\"id\":\"\xE2\x82\"}", kInvalidUtf8),
      ignored("BadUtf8", "\"\x80\"", kInvalidUtf8),
      ignored("BrokenNull", "nul"),
      ignored("LongNull", "nulll"),
      ignored("BrokenFalse", "fals"),
      ignored("LeadingZero", "01"),
      ignored("TwoPoints", "1.2.3"),
      ignored("Word", "abc"),
      ignored("BadEscape", R"("\q")"),
      ignored("LoneSurrogate", R"("\ud800")"),
      ignored("CommaLastInArray", "[1,]"),
      ignored("CommaFirstInArray", "[,1]"),
      ignored("NoCommaInArray", "[1 2]"),
      ignored("ColonInArray", "[1:2]"),
      ignored("NotClosedArray", "[1"),
      ignored("ArrayClosedByBrace", "[1}"),
      ignored("CommaLastInObject", R"({"a":1,"b":{"a":1,}})"),
      ignored("NoColonInObject", R"({"a" 1})"),
      ignored("NoValueInObject", R"({"a":})"),
      ignored("ObjectClosedByBracket", R"({"a":1])"),
      ignored("BadEscapeInNestedKey", R"({"\q":1})"),
      ignored("BadNumberDeepDown", R"([[{"a":[1,2,-]}]])"),
      ignored("TooDeep", Repeated("[", 64) + Repeated("]", 64), kTooDeep),
      parse("KnownTooDeep",
            R"({"id":)" + Repeated("[", 64) + Repeated("]", 64) + "}",
            kTooDeep),
  };
}

std::string NameOf(const testing::TestParamInfo<BadEvent>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Schema, BadEventTest,
                         testing::ValuesIn(SchemaErrors()), NameOf);
INSTANTIATE_TEST_SUITE_P(Parse, BadEventTest, testing::ValuesIn(ParseErrors()),
                         NameOf);

/// The reason for which an event is refused.
std::string ReasonOf(std::string_view json, DecodeLimits limits = {}) {
  Decoding d(EventSchema(), limits);
  const auto error = d.Decode(json);
  return error ? std::string(ToText(error->reason)) : "accepted";
}

TEST(EventDecoderTest, AnErrorOfTheJsonComesBeforeOneOfTheSchema) {
  EXPECT_EQ(ReasonOf(R"({"tenure":1.5,"x":nul})"), "invalid_json");
  EXPECT_EQ(ReasonOf(R"({"charges":1e999,"x":[1,]})"), "invalid_json");
  EXPECT_EQ(ReasonOf(R"({"id":1,"id":1}})"), "invalid_json");
  EXPECT_EQ(ReasonOf(R"({"id":1} {"id":1})"), "invalid_json");
}

TEST(EventDecoderTest, OfTheSchemasErrorsTheFirstInTheTextIsNamed) {
  EXPECT_EQ(ReasonOf(R"({"tenure":1.5,"active":1})"), "not_an_integer");
  EXPECT_EQ(ReasonOf(R"({"active":1,"tenure":1.5})"), "wrong_type");
  EXPECT_EQ(ReasonOf(R"({"x":1,"active":1,"x":1})"), "wrong_type");
  EXPECT_EQ(ReasonOf(R"({"x":1,"x":1,"active":1})"), "duplicate_key");
  EXPECT_EQ(ReasonOf(R"({"x":1,"x":1e999})"), "duplicate_key");
  EXPECT_EQ(ReasonOf(R"({"x":1e999,"x":1})"), "non_finite_number");
}

TEST(EventDecoderTest, TheFirstOfTwoUnknownDuplicatesIsNamed) {
  Decoding d;
  const auto error = d.Decode(R"({"b":1,"a":1,"b":1,"a":1})");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->detail, "expected every key once, got 'b' twice");
}

TEST(EventDecoderTest, AKeyTwiceInANestedObjectIsADuplicateToo) {
  EXPECT_EQ(ReasonOf(R"({"other":{"k":1,"k":2}})"), "duplicate_key");
  EXPECT_EQ(ReasonOf(R"({"other":[{"a":{"k":1,"\u006b":2}}]})"),
            "duplicate_key");
  EXPECT_EQ(ReasonOf(R"({"id":"a","other":{"k":{"k":1},"l":{"k":2}}})"),
            "accepted");
}

TEST(EventDecoderTest, AnErrorNamesTheFieldAndWhatItWants) {
  Decoding d;
  EXPECT_EQ(d.Decode(R"({"id":"a","tenure":1.5})")->detail,
            "field 'tenure': expected an integer, got a fraction or a number "
            "beyond 2^53");
  EXPECT_EQ(d.Decode(R"({})")->detail, "expected the field 'id', got none");
}

TEST(EventDecoderTest, TheDepthLimitCountsObjectsAndArrays) {
  const DecodeLimits two{.max_bytes = 1000, .max_depth = 2};
  EXPECT_EQ(ReasonOf(R"({"id":"a","x":[1]})", two), "accepted");
  EXPECT_EQ(ReasonOf(R"({"id":"a","x":{"y":1}})", two), "accepted");
  EXPECT_EQ(ReasonOf(R"({"id":"a","x":[[]]})", two), "too_deep");
  EXPECT_EQ(ReasonOf(R"({"id":"a","x":{"y":{}}})", two), "too_deep");
}

TEST(EventDecoderTest, TheDefaultDepthLimitIs64Levels) {
  EXPECT_EQ(ReasonOf(R"({"id":"a","x":)" + Repeated("[", 63) +
                     Repeated("]", 63) + "}"),
            "accepted");
}

TEST(EventDecoderTest, DeepNestingIsRefusedHoweverDeep) {
  EXPECT_EQ(ReasonOf(R"({"id":"a","x":)" + Repeated("[", 500'000) +
                     Repeated("]", 500'000) + "}"),
            "too_deep");
  EXPECT_EQ(ReasonOf(Repeated("[", 500'000) + Repeated("]", 500'000)),
            "not_an_object");
}

TEST(EventDecoderTest, TheSizeLimitIsTheLastSizeThatIsTaken) {
  const std::string json = R"({"id":"a"})";
  EXPECT_EQ(ReasonOf(json, {.max_bytes = json.size(), .max_depth = 64}),
            "accepted");
  EXPECT_EQ(ReasonOf(json, {.max_bytes = json.size() - 1, .max_depth = 64}),
            "too_large");
}

TEST(EventDecoderTest, ATooLargeEventFailsAtTheSizeStage) {
  Decoding d;
  const auto error = d.Decode(R"({"id":")" + std::string(1U << 20U, 'x'));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->stage, Stage::kSize);
}

TEST(EventDecoderTest, ACutEventDoesNotEndWithTheBytesOfTheOneBefore) {
  const std::string whole = R"({"id":"a","x":{"y":1}})";
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    Decoding d;
    d.Accept(whole);
    EXPECT_TRUE(d.Decode(whole.substr(0, cut))) << cut;
  }
}

TEST(EventDecoderTest, OneDecoderServesSeveralSchemas) {
  Decoding d;
  d.Accept(R"({"id":"a","tenure":1})");
  const Schema other({FieldOf("tenure", FieldType::kText)}, "", "");
  EventBatch batch(other);
  EXPECT_FALSE(d.decoder.Decode(other, R"({"tenure":"x"})", batch));
  EXPECT_EQ(batch.texts(0)[0], "x");
}

}  // namespace
}  // namespace tidemill

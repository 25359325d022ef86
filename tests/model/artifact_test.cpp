#include "tidemill/model/artifact.h"

#include <functional>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "core/thrown_message.h"
#include "model/small_artifact.h"
#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

TEST(ArtifactTest, WritingWhatWasReadGivesTheSameBytes) {
  const std::string linear = WriteArtifact(SmallArtifact());
  EXPECT_EQ(WriteArtifact(ReadArtifact(linear, "m")), linear);
  const std::string trees =
      WriteArtifact(SmallArtifact(std::make_unique<TreeWalker>(SmallTrees())));
  EXPECT_EQ(WriteArtifact(ReadArtifact(trees, "m")), trees);
}

TEST(ArtifactTest, TheSameInputGivesTheSameBytes) {
  EXPECT_EQ(WriteArtifact(SmallArtifact()), WriteArtifact(SmallArtifact()));
}

TEST(ArtifactTest, EverySectionReadsBack) {
  const Artifact a = ReadArtifact(WriteArtifact(SmallArtifact()), "m");
  EXPECT_EQ(a.manifest.name, "churn");
  EXPECT_EQ(a.manifest.task, Task::kBinary);
  EXPECT_EQ(a.manifest.classes, (std::vector<std::string>{"No", "Yes"}));
  EXPECT_EQ(a.manifest.seed, 42U);
  EXPECT_EQ(a.manifest.parameters, SmallArtifact().manifest.parameters);
  EXPECT_EQ(a.manifest.libraries, SmallArtifact().manifest.libraries);
  EXPECT_EQ(a.manifest.metrics, SmallArtifact().manifest.metrics);
  EXPECT_EQ(a.schema.size(), 5U);
  EXPECT_EQ(a.schema.id_field(), 0U);
  EXPECT_EQ(a.schema.event_time_field(), 4U);
  EXPECT_TRUE(a.schema.field(0).required);
  EXPECT_EQ(a.schema.field(1).unit, "USD");
  EXPECT_EQ(a.schema.field(2).categories.values(),
            (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(a.pipeline.steps().size(), 1U);
  EXPECT_EQ(a.predictor->family(), "linear");
  EXPECT_EQ(a.baselines.rows, 4U);
  EXPECT_EQ(a.baselines.fields[0].edges, (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(a.baselines.fields[1].categories,
            (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(a.baselines.score.counts, (std::vector<std::uint64_t>{3}));
  EXPECT_EQ(a.verification[0].outputs, (std::vector<double>{0.5}));
}

TEST(ArtifactTest, BeginsWithMagicAndFormat) {
  EXPECT_EQ(WriteArtifact(SmallArtifact()).substr(0, 12),
            std::string("TIDEMILL\x05\0\0\0", 12));
}

/// The error of reading these bytes as "m".
std::string ReadError(const std::string& bytes) {
  return ThrownMessage<ArtifactError>([&] { ReadArtifact(bytes, "m"); });
}

TEST(ArtifactTest, AnEmptyFileIsNoModel) {
  EXPECT_EQ(ReadError(""), "m: expected a model.bin, got an empty file");
}

TEST(ArtifactTest, OtherBytesAreNoModel) {
  EXPECT_EQ(ReadError("PK\x03\x04 something of another kind"),
            "m: expected a model.bin, which begins with TIDEMILL, got other "
            "bytes");
}

TEST(ArtifactTest, NineBytesAreNoModel) {
  // Read by plain cereal, these ask for gigabytes.
  EXPECT_NE(ReadError(std::string("\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", 9)),
            "");
  EXPECT_NE(ReadError("TIDEMILL\x01"), "");
}

TEST(ArtifactTest, ANewerFormatSaysSo) {
  std::string bytes = WriteArtifact(SmallArtifact());
  bytes[8] = 6;
  EXPECT_EQ(ReadError(Sealed(bytes)),
            "m: expected model format 5, got format 6, written by a newer "
            "tidemill");
}

TEST(ArtifactTest, AnOlderFormatIsRefused) {
  std::string bytes = WriteArtifact(SmallArtifact());
  bytes[8] = 1;
  EXPECT_EQ(ReadError(Sealed(bytes)),
            "m: expected model format 5, got format 1");
}

TEST(ArtifactTest, ADamagedFileSaysSo) {
  std::string bytes = WriteArtifact(SmallArtifact());
  bytes[bytes.size() / 2] ^= 1;
  EXPECT_EQ(ReadError(bytes),
            "m: expected the SHA-256 that ends the file to match, got "
            "another: the file is damaged or cut off");
}

TEST(ArtifactTest, BytesAfterTheEndAreRefused) {
  const std::string bytes = WriteArtifact(SmallArtifact());
  EXPECT_THROW(ReadArtifact(bytes + "x", "m"), ArtifactError);
  // Also when the digest covers them.
  std::string longer = bytes;
  longer.insert(longer.size() - sizeof(Sha256Digest), "x");
  EXPECT_EQ(ReadError(Sealed(longer)),
            "m: expected the end of the sections, got 1 more bytes");
}

/// The error of reading an artifact that was damaged before it was written.
std::string WrittenError(const std::function<void(Artifact&)>& damage) {
  Artifact artifact = SmallArtifact();
  damage(artifact);
  return ReadError(WriteArtifact(artifact));
}

TEST(ArtifactTest, EveryErrorNamesTheFile) {
  EXPECT_EQ(WrittenError([](Artifact& a) { a.verification.clear(); }),
            "m, verification: expected at least one verification row, got "
            "none");
  // Found by the schema, which does not know of files.
  std::string bytes = WriteArtifact(SmallArtifact());
  const std::size_t name = bytes.find(std::string("\x01\0\0\0\0\0\0\0a", 9));
  ASSERT_NE(name, std::string::npos);
  bytes[name + 8] = 'c';  // now two fields are called c
  EXPECT_EQ(ReadError(Sealed(bytes)),
            "m, schema: dictionary: expected distinct texts, got 'c' twice");
}

TEST(ArtifactTest, RefusesAnEmptyName) {
  EXPECT_NE(WrittenError([](Artifact& a) { a.manifest.name.clear(); }), "");
}

TEST(ArtifactTest, RefusesANameThatCannotStandInAHeader) {
  EXPECT_EQ(WrittenError([](Artifact& a) { a.manifest.name = "a\nb"; }),
            "m, manifest: expected a model name of letters, digits, '.', '_' "
            "or '-', got another");
}

TEST(ArtifactTest, RefusesAParameterThatIsThereTwice) {
  EXPECT_EQ(WrittenError([](Artifact& a) {
              a.manifest.parameters = {{"seed", "1"}, {"seed", "2"}};
            }),
            "m, manifest: expected each parameter once, got 'seed' twice");
}

TEST(ArtifactTest, RefusesTooManyParameters) {
  const auto write = [](std::size_t count) {
    return [count](Artifact& a) {
      for (std::size_t i = a.manifest.parameters.size(); i < count; ++i) {
        a.manifest.parameters.emplace_back(std::to_string(i), "");
      }
    };
  };
  EXPECT_EQ(WrittenError(write(100'001)),
            "m, manifest: expected at most 100000 entries, got 100001");
  Artifact most = SmallArtifact();
  write(100'000)(most);
  EXPECT_EQ(ReadArtifact(WriteArtifact(most), "m").manifest.parameters.size(),
            100'000U);
}

TEST(ArtifactTest, RefusesAParameterThatIsTooLong) {
  const std::string longest(std::size_t{1} << 20U, 'x');
  EXPECT_NE(WrittenError([&](Artifact& a) {
              a.manifest.parameters = {{longest + "x", ""}};
            }),
            "");
  EXPECT_NE(WrittenError([&](Artifact& a) {
              a.manifest.parameters = {{"x", longest + "x"}};
            }),
            "");
  Artifact artifact = SmallArtifact();
  artifact.manifest.parameters = {{longest, longest}};
  EXPECT_NO_THROW(ReadArtifact(WriteArtifact(artifact), "m"));
}

TEST(ArtifactTest, RefusesACountOfParametersBeyondTheBytes) {
  // Behind the seed: 2 parameters, of which the first has 15 letters.
  std::string bytes = WriteArtifact(SmallArtifact());
  const std::size_t count =
      bytes.find(std::string("\x02\0\0\0\0\0\0\0\x0f\0\0\0\0\0\0\0split", 21));
  ASSERT_NE(count, std::string::npos);
  bytes[count + 7] = '\x7f';
  EXPECT_NE(ReadError(Sealed(bytes)).find("m, manifest: expected at most "),
            std::string::npos);
}

TEST(ArtifactTest, RefusesClassesThatDoNotFitTheTask) {
  EXPECT_EQ(WrittenError([](Artifact& a) { a.manifest.classes = {"Yes"}; }),
            "m, manifest: expected two classes, got 1");
  EXPECT_EQ(
      WrittenError([](Artifact& a) { a.manifest.task = Task::kRegression; }),
      "m, manifest: expected no classes, got some");
  EXPECT_EQ(
      WrittenError([](Artifact& a) { a.manifest.task = Task::kMulticlass; }),
      "m, manifest: expected 3 to 1000 classes, got 2");
  EXPECT_EQ(WrittenError([](Artifact& a) {
              a.manifest.task = Task::kMulticlass;
              a.manifest.classes = {"a", "b", "a"};
            }),
            "m, manifest: expected each class once, got 'a' twice");
}

TEST(ArtifactTest, RefusesAThresholdThatIsNotFinite) {
  EXPECT_NE(WrittenError([](Artifact& a) { a.manifest.threshold = kNaN; }), "");
}

TEST(ArtifactTest, RefusesAVerificationScoreThatIsNotFinite) {
  EXPECT_NE(
      WrittenError([](Artifact& a) { a.verification[0].outputs[0] = kNaN; }),
      "");
}

TEST(ArtifactTest, RefusesBaselinesThatDoNotAddUp) {
  for (const auto& damage : std::vector<std::function<void(Baseline&)>>{
           [](Baseline& b) { b.counts[0] = 1; },
           [](Baseline& b) { b.counts.pop_back(); },
           [](Baseline& b) { b.missing = 2; },
           [](Baseline& b) {
             b.edges = {1.0, 3.0, 2.0};
           },
           [](Baseline& b) {
             b.edges = {1.0, 1.0, 2.0};
           },
           [](Baseline& b) { b.edges[0] = kNaN; },
           // A sum that only looks right because counting stopped early.
           [](Baseline& b) {
             b.missing = 4;
             b.counts = {5, 7};
           },
           // A sum that is right modulo 2^64.
           [](Baseline& b) {
             b.missing = 1;
             b.counts = {std::numeric_limits<std::uint64_t>::max(), 4};
           },
           [](Baseline& b) { b.categories = {"x"}; }}) {
    EXPECT_NE(WrittenError([&](Artifact& a) { damage(a.baselines.fields[0]); }),
              "");
  }
  EXPECT_NE(WrittenError([](Artifact& a) {
              a.baselines.fields[1].edges = {1, 2};
            }),
            "");
}

TEST(ArtifactTest, TakesBaselinesOfOneValueAndOfNone) {
  Artifact artifact = SmallArtifact();
  Baseline& one = artifact.baselines.fields[0];
  one.edges = {5.0, 5.0};
  one.counts = {4};
  one.missing = 0;
  Baseline& none = artifact.baselines.features[0];
  none.edges.clear();
  none.counts.clear();
  none.missing = 4;
  none.mean = kNaN;
  EXPECT_NO_THROW(ReadArtifact(WriteArtifact(artifact), "m"));
}

}  // namespace
}  // namespace tidemill

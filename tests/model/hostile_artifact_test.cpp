// Files made to harm: each ends with an ArtifactError or, when the damage
// happens to be a valid value, is read. Never a crash, another exception or
// memory out of proportion.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/allocation_counter.h"
#include "features/raw_bytes.h"
#include "model/predictor_testing.h"
#include "model/small_artifact.h"
#include "model/small_forest.h"
#include "tidemill/core/errors.h"
#include "tidemill/model/artifact.h"
#include "tidemill/model/forest_walker.h"

namespace tidemill {
namespace {

constexpr std::size_t kMemory = 64U << 20U;

/// Reads and compiles; true when that succeeds.
bool Loads(const std::string& bytes) {
  try {
    const Artifact artifact = ReadArtifact(bytes, "m");
    const Plan plan = artifact.pipeline.Compile(artifact.schema);
    return plan.num_features() > 0;
  } catch (const ArtifactError&) {
    return false;
  }
}

class HostileArtifactTest : public testing::TestWithParam<const char*> {
 protected:
  HostileArtifactTest() : bytes_(WriteArtifact(ArtifactOf(GetParam()))) {}

  static Artifact ArtifactOf(std::string_view model) {
    if (model == "Linear") return SmallArtifact();
    if (model == "ManyClasses") return SmallManyClasses();
    if (model == "Forest") {
      return SmallArtifact(std::make_unique<ForestWalker>(SmallForest()));
    }
    if (model == "Blend") return SmallArtifact(SmallBlend());
    if (model == "Categories") {
      Artifact artifact = SmallManyClasses();
      TreeEnsemble ensemble = SmallCategoryTrees();
      ensemble.base_margins.push_back(0.0F);
      artifact.predictor = std::make_unique<TreeWalker>(std::move(ensemble));
      return artifact;
    }
    return SmallArtifact(std::make_unique<TreeWalker>(SmallTrees()));
  }

  const std::string bytes_;
};

TEST_P(HostileArtifactTest, TheUndamagedFileLoads) {
  EXPECT_TRUE(Loads(bytes_));
}

TEST_P(HostileArtifactTest, CutAtEveryLengthItIsRefused) {
  for (std::size_t size = 0; size < bytes_.size(); ++size) {
    EXPECT_FALSE(Loads(bytes_.substr(0, size))) << size;
  }
}

TEST_P(HostileArtifactTest, CutAtEveryLengthAndSealedItIsRefused) {
  for (std::size_t size = 32; size < bytes_.size(); ++size) {
    EXPECT_FALSE(Loads(Sealed(bytes_.substr(0, size)))) << size;
  }
}

TEST_P(HostileArtifactTest, WithAnyBitFlippedItIsRefused) {
  for (std::size_t at = 0; at < bytes_.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes_;
      damaged[at] = static_cast<char>(damaged[at] ^ (1U << bit));
      ASSERT_FALSE(Loads(damaged)) << at;
    }
  }
}

TEST_P(HostileArtifactTest, DamagedAndSealedItTakesLittleMemory) {
  int refused = 0;
  ForEachDamage(bytes_, [&](const std::string& damaged, std::size_t at) {
    const AllocationCounter allocations;
    if (!Loads(damaged)) ++refused;
    ASSERT_LT(allocations.peak_bytes(), kMemory) << at;
  });
  EXPECT_GT(refused, 10'000);
}

INSTANTIATE_TEST_SUITE_P(Models, HostileArtifactTest,
                         testing::Values("Linear", "ManyClasses", "Trees",
                                         "Forest", "Blend", "Categories"),
                         [](const testing::TestParamInfo<const char*>& model) {
                           return std::string(model.param);
                         });

/// A pipeline section of these bytes, bound to a schema of one category field
/// with many texts and one timestamp.
std::string BindError(const std::function<void(RawBytes&)>& write) {
  std::vector<std::string> texts;
  for (int i = 0; i < 100'000; ++i) texts.push_back(std::to_string(i));
  std::vector<Field> fields(3);
  fields[0].name = "c";
  fields[0].type = FieldType::kCategory;
  fields[0].categories = Dictionary(std::move(texts));
  fields[1].name = "t";
  fields[1].type = FieldType::kTimestamp;
  fields[2].name = "n";
  const Schema schema(std::move(fields), "", "");
  RawBytes out;
  write(out);
  const std::string bytes = out.Finish();
  BinaryReader in(bytes, "m");
  const AllocationCounter allocations;
  std::string message;
  try {
    const Pipeline pipeline = Pipeline::Load(in);
    pipeline.Compile(schema);
  } catch (const ArtifactError& error) {
    message = error.what();
  }
  EXPECT_LT(allocations.peak_bytes(), 8 * kMemory);
  return message;
}

/// A step that selects one column many times.
void WriteSelection(const std::string& column, std::size_t times,
                    RawBytes& out) {
  out.Text("SelectColumns");
  out.Texts(std::vector<std::string>(times, column));
}

TEST(HostilePipelineTest, AnImputerOfOneLongDictionaryManyTimesIsRefused) {
  EXPECT_NE(BindError([](RawBytes& out) {
              out.U64(2);
              WriteSelection("c", 60'000, out);
              out.Text("SimpleImputer");
              out.U64(60'000);
              for (int i = 0; i < 60'000; ++i) {
                out.Text("c");
                out.U8(1);
                out.Double(0.0);
                out.Text("x");
                out.Bool(true);
              }
            }).find("table entries"),
            std::string::npos);
}

TEST(HostilePipelineTest, ATargetEncoderOfOneLongDictionaryManyTimesIsRefused) {
  EXPECT_NE(BindError([](RawBytes& out) {
              out.U64(2);
              WriteSelection("c", 60'000, out);
              out.Text("TargetEncoder");
              out.Doubles({0.0});
              out.Texts({});
              out.U64(60'000);
              for (int i = 0; i < 60'000; ++i) {
                out.Text("c");
                out.Texts({});
                out.Doubles({});
                out.Doubles({0.0});
              }
            }).find("table entries"),
            std::string::npos);
}

TEST(HostilePipelineTest, PartsOfOneTimeManyTimesAreRefused) {
  EXPECT_NE(BindError([](RawBytes& out) {
              out.U64(2);
              WriteSelection("t", 60'000, out);
              out.Text("DatetimeFeatures");
              out.Texts(std::vector<std::string>(60'000, "t"));
              out.U64(60'000);
              for (int i = 0; i < 60'000; ++i) {
                out.Doubles({});
                out.I32s({});
              }
              out.Texts({});
              out.Texts({"minute_of_day"});  // tables of 1440 numbers
              out.Bool(true);
            }).find("at most 65536 columns"),
            std::string::npos);
}

TEST(HostilePipelineTest, AChainOfManyStepsIsRefused) {
  // 900 x 900 scalers, one after the other: freed by recursion, they would
  // exhaust the stack.
  EXPECT_NE(BindError([](RawBytes& out) {
              out.U64(1);
              out.Text("ColumnTransformer");
              out.Bool(false);
              out.U64(1);
              out.Text("outer");
              out.Texts({"n"});
              out.U64(900);
              for (int i = 0; i < 900; ++i) {
                out.Text("ColumnTransformer");
                out.Bool(false);
                out.U64(1);
                out.Text("inner");
                out.Texts({"n"});
                out.U64(900);
                for (int j = 0; j < 900; ++j) {
                  out.Text("StandardScaler");
                  out.Texts({"n"});
                  out.Doubles({0.0});
                  out.Doubles({1.0});
                }
              }
            }).find("steps one after the other"),
            std::string::npos);
}

TEST(HostilePipelineTest, TransformersNestedTooDeepAreRefused) {
  EXPECT_NE(BindError([](RawBytes& out) {
              for (int level = 0; level < 2000; ++level) {
                out.U64(1);
                out.Text("ColumnTransformer");
                out.Bool(false);
                out.U64(1);
                out.Text("");
                out.Texts({"n"});
              }
              out.U64(0);
            }).find("nested less deep"),
            std::string::npos);
}

TEST(HostilePipelineTest, ManySelectionsOfManyColumnsAreFoundInTheirOwnTime) {
  const std::string message = BindError([](RawBytes& out) {
    out.U64(2);
    WriteSelection("n", 60'000, out);
    WriteSelection("n", 60'000, out);
  });
  EXPECT_NE(message.find("'n' twice"), std::string::npos);
}

}  // namespace
}  // namespace tidemill

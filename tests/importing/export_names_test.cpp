// What model.bin holds, written as an export file has it and read back from
// there, is the same: names are written and read alike, each once.
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "features/step_cases.h"
#include "importing/json_writer.h"
#include "importing/predictor_cases.h"
#include "tidemill/features/artifact_binary.h"
#include "tidemill/importing/json_reader.h"
#include "tidemill/model/artifact_sections.h"

namespace tidemill {
namespace {

template <typename Save>
std::string Binary(Save save) {
  BinaryWriter out;
  save(out);
  return out.Finish();
}

/// `value` saved, as JSON and back.
template <typename T, typename Save, typename Load>
T ThroughJson(const T& value, Save save, Load load) {
  JsonWriter out;
  save(value, out);
  const std::string text = out.Finish().dump();
  const JsonDocument document(text, "e.json");
  JsonReader in(document);
  T read = load(in);
  in.Finish();
  return read;
}

TEST(ExportNamesTest, EveryStepReadsBackFromJson) {
  for (const StepCase& one : StepCases()) {
    SCOPED_TRACE(one.name);
    const StepPtr step = FittedCase(one);
    const auto save = [](const StepPtr& saved, ArtifactWriter& out) {
      saved->Save(out);
    };
    const StepPtr read = ThroughJson(step, save, [&](JsonReader& in) {
      return FindStep(one.step)->load(in, kMaxStepDepth);
    });
    EXPECT_EQ(Binary([&](ArtifactWriter& out) { read->Save(out); }),
              Binary([&](ArtifactWriter& out) { step->Save(out); }));
  }
}

TEST(ExportNamesTest, NoStepIsLeftOut) {
  // It needs a model to fit; what it saves is SelectColumns'.
  std::set<std::string> met = {"SelectFromModel"};
  for (const StepCase& one : StepCases()) met.insert(one.step);
  for (const std::string& name : StepNames())
    EXPECT_TRUE(met.contains(name)) << name;
}

TEST(ExportNamesTest, EveryPredictorReadsBackFromJson) {
  for (const PredictorPtr& predictor : PredictorCases()) {
    SCOPED_TRACE(predictor->family());
    const auto save = [](const PredictorPtr& saved, ArtifactWriter& out) {
      SavePredictor(*saved, out);
    };
    const PredictorPtr read = ThroughJson(
        predictor, save, [](JsonReader& in) { return LoadPredictor(in); });
    EXPECT_EQ(BytesOf(*read), BytesOf(*predictor));
  }
}

template <typename T>
void ExpectSameSection(const T& value, void (*write)(const T&, ArtifactWriter&),
                       T (*read)(ArtifactReader&)) {
  const T again = ThroughJson(value, write, read);
  EXPECT_EQ(Binary([&](ArtifactWriter& out) { write(again, out); }),
            Binary([&](ArtifactWriter& out) { write(value, out); }));
}

TEST(ExportNamesTest, EverySectionReadsBackFromJson) {
  const Artifact artifact = SmallArtifact();
  ExpectSameSection(artifact.manifest, WriteManifest, ReadManifest);
  ExpectSameSection(artifact.schema, WriteSchema, ReadSchema);
  ExpectSameSection(artifact.baselines, WriteBaselines, ReadBaselines);
  ExpectSameSection(artifact.verification, WriteVerification, ReadVerification);
}

}  // namespace
}  // namespace tidemill

// An export file with one value damaged at every place: a model or an
// ArtifactError, never a crash and never much memory.
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/allocation_counter.h"
#include "importing/small_export.h"
#include "model/predictor_testing.h"
#include "model/small_forest.h"
#include "tidemill/core/errors.h"
#include "tidemill/importing/import.h"
#include "tidemill/model/forest_walker.h"

namespace tidemill {
namespace {

using Json = nlohmann::ordered_json;

constexpr unsigned kSeed = 20261121;
constexpr std::size_t kMaxPeakBytes = std::size_t{64} << 20U;

/// What came of it: true of a model, false of an ArtifactError.
bool Imports(const std::string& text) {
  const AllocationCounter counter;
  bool made = true;
  try {
    ImportModel(text, "e.json");
  } catch (const ArtifactError& error) {
    made = false;
    const std::string said = error.what();
    EXPECT_TRUE(said.starts_with("e.json")) << said;
    EXPECT_LT(said.size(), 3000U) << said;
  }
  EXPECT_LT(AllocationCounter::peak_bytes(), kMaxPeakBytes);
  return made;
}

/// Texts that stand where a value stood; some are no JSON.
std::vector<std::string> HostileValues() {
  const std::string deep(60, '[');
  return {"null",
          "-1",
          "0",
          "4294967296",
          "18446744073709551615",
          "1000000000000000000000000000000",
          "1e308",
          "1e400",
          "NaN",
          "\"Infinity\"",
          "\"text\"",
          "\"\\ud800\"",
          "\"\xff\"",
          "[]",
          "[1e308,-1e308,\"Infinity\",null]",
          "[\"x\",\"x\"]",
          "{}",
          "{\"family\":\"voting\",\"members\":[],\"weights\":[]}",
          deep + std::string(60, ']'),
          deep};
}

/// All places below `json`, as pointers.
void PlacesIn(const Json& json, const Json::json_pointer& at,
              std::vector<Json::json_pointer>& places) {
  if (!at.empty()) places.push_back(at);
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) {
      PlacesIn(value, at / key, places);
    }
  } else if (json.is_array()) {
    for (std::size_t i = 0; i < json.size(); ++i) {
      PlacesIn(json[i], at / i, places);
    }
  }
}

struct Victim {
  Json json;
  std::vector<Json::json_pointer> places;
};

Victim Of(Artifact artifact, const std::string& below) {
  Victim made{.json = SmallExport(std::move(artifact)), .places = {}};
  const Json::json_pointer at(below);
  PlacesIn(made.json[at], at, made.places);
  return made;
}

/// One export that imports, whole, and the models of others, which are read
/// and score before their scores are found to be others.
std::vector<Victim> Victims() {
  std::vector<Victim> made;
  made.push_back(Of(SmallArtifact(), ""));
  const auto add_model = [&](PredictorPtr model) {
    made.push_back(Of(SmallArtifact(std::move(model)), "/model"));
  };
  add_model(std::make_unique<TreeWalker>(SmallTrees()));
  add_model(std::make_unique<ForestWalker>(SmallForest()));
  add_model(SmallBlend());
  return made;
}

/// The text with `value`, which need not be JSON, at a place.
std::string With(Json json, const Json::json_pointer& place,
                 const std::string& value) {
  const std::string mark = "\"~here~\"";
  json[place] = "~here~";
  std::string text = json.dump();
  return text.replace(text.find(mark), mark.size(), value);
}

Json Without(Json json, const Json::json_pointer& place) {
  Json& parent = json[place.parent_pointer()];
  if (parent.is_object()) {
    parent.erase(place.back());
  } else {
    parent.erase(std::stoul(place.back()));
  }
  return json;
}

TEST(HostileExportTest, AnyValueMayStandAnywhere) {
  std::size_t made = 0;
  for (const auto& [json, places] : Victims()) {
    for (const Json::json_pointer& place : places) {
      for (const std::string& value : HostileValues()) {
        SCOPED_TRACE(place.to_string() + " = " + value);
        made += Imports(With(json, place, value)) ? 1 : 0;
      }
    }
  }
  EXPECT_GT(made, 0U);  // a figure of the baselines may be another
}

TEST(HostileExportTest, EveryKeyIsNeededOnce) {
  for (const auto& [json, places] : Victims()) {
    for (const Json::json_pointer& place : places) {
      SCOPED_TRACE(place.to_string());
      const bool is_key = json[place.parent_pointer()].is_object();
      EXPECT_FALSE(Imports(Without(json, place).dump()) && is_key);
      if (!is_key) continue;
      const std::string key = "\"" + place.back() + "\":";
      const std::string twice = "0," + key + "0";
      EXPECT_FALSE(Imports(With(json, place, twice)));
    }
  }
}

TEST(HostileExportTest, EntriesOfListsMayBeDoubled) {
  for (const auto& [json, places] : Victims()) {
    for (const Json::json_pointer& place : places) {
      if (!json[place.parent_pointer()].is_array()) continue;
      SCOPED_TRACE(place.to_string());
      const std::string value = json[place].dump();
      Imports(With(json, place, value + "," + value));
    }
  }
}

TEST(HostileExportTest, RandomBytesMayBeOthers) {
  std::mt19937 random(kSeed);
  for (const Victim& victim : Victims()) {
    const std::string whole = victim.json.dump();
    for (int round = 0; round < 2000; ++round) {
      SCOPED_TRACE("seed " + std::to_string(kSeed) + ", round " +
                   std::to_string(round));
      std::string text = whole;
      const std::size_t place = random() % text.size();
      switch (random() % 3) {
        case 0:
          text.resize(place);
          break;
        case 1:
          text[place] = static_cast<char>(random());
          break;
        default:
          text.erase(place, 1 + random() % 20);
      }
      Imports(text);
    }
  }
}

TEST(HostileExportTest, NestedModelsEnd) {
  const std::string open =
      R"({"family":"voting","weights":[],"members":[{"columns":[0],"predictor":[)";
  const Json json = SmallExport();
  for (const std::size_t levels : {1U, 5U, 20U, 500U, 20'000U}) {
    std::string model = "{}";
    std::string tail;
    std::string nested;
    for (std::size_t i = 0; i < levels; ++i) {
      nested += open;
      tail += "]}]}";
    }
    EXPECT_FALSE(Imports(
        With(json, Json::json_pointer("/model"), nested + model + tail)));
  }
}

TEST(HostileExportTest, LongListsWhereFewAreTaken) {
  std::string many = "[0";
  for (int i = 0; i < 200'000; ++i) many += ",0";
  many += "]";
  for (const auto& [json, places] : Victims()) {
    for (const Json::json_pointer& place : places) {
      if (!json[place].is_array()) continue;
      SCOPED_TRACE(place.to_string());
      Imports(With(json, place, many));
    }
  }
}

}  // namespace
}  // namespace tidemill

#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "tidemill/core/parameters.h"

namespace tidemill {

inline constexpr std::size_t kMaxConfigBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxConfigDepth = 64;
/// Every value keeps its place as text; this bounds the memory of them all.
inline constexpr std::size_t kMaxConfigValues = 65536;

/// Reads a YAML file (JSON is a subset). Every value's `where` is
/// "FILE:LINE:COLUMN (dotted.path)"; for a map or a list under a key it is the
/// key's place. The root's is "FILE".
///
/// Plain scalars follow the YAML 1.2 core schema: `yes` and `no` are text.
/// One document, no anchors, aliases or tags but !!str, no repeated keys.
/// Errors: IoError when the file cannot be read, else ConfigError.
ParameterValue ReadYamlFile(const std::filesystem::path& path);

/// The same for text that is already in memory; `source` stands for the file.
ParameterValue ParseYaml(std::string_view text, const std::string& source);

/// One value as written behind `--set a.b=` or in the environment: a list,
/// map or quoted text in YAML's flow form when it starts with one of [{"',
/// else a plain scalar, taken whole (so `a: b` and `x #1` are text). `where`
/// becomes the place of every value in it.
ParameterValue ParseOverlayValue(std::string_view text,
                                 const std::string& where);

}  // namespace tidemill

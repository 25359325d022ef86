#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tidemill/core/errors.h"

namespace tidemill {

/// What `call` throws, or nothing.
template <typename Call>
std::optional<Error> ErrorOf(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

/// The text of what `call` throws, "no error" otherwise.
template <typename Call>
std::string MessageOf(Call call) {
  const auto error = ErrorOf(call);
  return error ? error->what() : "no error";
}

/// A file of this test alone.
inline std::filesystem::path WriteFile(std::string_view text) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  const std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) /
      (std::string(test->test_suite_name()) + "." + test->name() + ".yaml");
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

}  // namespace tidemill

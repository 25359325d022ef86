#pragma once

#include <iostream>
#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

#include "tidemill/core/errors.h"

namespace tidemill {

/// `answer`'s answer to one JSON request, or {"error", "kind"}.
template <typename Answer>
nlohmann::json AnswerOrError(const Answer& answer, const std::string& line) {
  const auto error = [](const char* kind, const std::exception& what) {
    return nlohmann::json{{"error", what.what()}, {"kind", kind}};
  };
  try {
    return answer(nlohmann::json::parse(line));
  } catch (const ConfigError& what) {
    return error("ConfigError", what);
  } catch (const DataError& what) {
    return error("DataError", what);
  } catch (const ArtifactError& what) {
    return error("ArtifactError", what);
  } catch (const std::logic_error& what) {
    return error("Mismatch", what);
  } catch (const std::exception& what) {
    return error("Other", what);
  }
}

/// A request per line of standard input, an answer per line of standard output.
template <typename Answer>
void AnswerLines(const Answer& answer) {
  std::ios::sync_with_stdio(false);
  std::string line;
  while (std::getline(std::cin, line)) {
    std::cout << AnswerOrError(answer, line).dump() << std::endl;
  }
}

}  // namespace tidemill

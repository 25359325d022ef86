#pragma once

#include <string>

#include <gtest/gtest.h>

namespace tidemill {

/// The text of the E that `call` throws; a failure when it throws none.
template <typename E, typename Call>
std::string ThrownMessage(Call call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

}  // namespace tidemill

#pragma once

#include <string_view>

namespace tidemill {

/// status_page.html, as it stood when this was built.
std::string_view StatusPage();

}  // namespace tidemill

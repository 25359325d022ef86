# Writes a C++ source that defines FUNCTION (in namespace tidemill, declared in
# HEADER) to answer the bytes of INPUT:
#   cmake -DINPUT=... -DOUTPUT=... -DHEADER=... -DFUNCTION=... -P embed_text.cmake
# An array, for a string literal may not be long everywhere.
file(READ "${INPUT}" bytes HEX)
if(bytes STREQUAL "")
  message(FATAL_ERROR "${INPUT}: expected text, got an empty file")
endif()
string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
file(WRITE "${OUTPUT}" "#include \"${HEADER}\"

namespace tidemill {
namespace {

constexpr char kBytes[] = {${bytes}};

}  // namespace

std::string_view ${FUNCTION}() { return {kBytes, sizeof kBytes}; }

}  // namespace tidemill
")

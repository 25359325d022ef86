#pragma once

#include <memory>
#include <stdexcept>
#include <string>

namespace tidemill {

/// Exit codes of every command (README.md).
enum class ExitCode : int {
  kDone = 0,
  kAnswerIsNo = 1,
  kUsage = 64,
  kBadData = 65,
  kUnavailable = 69,
  kOurBug = 70,
  kInputOutput = 74,
  kTryAgain = 75,
  kBadConfig = 78,
};

/// What an operator needs in order to act without reading the source.
struct ErrorText {
  std::string where;
  std::string expected;
  std::string got;
};

/// "WHERE: expected EXPECTED, got GOT".
std::string ToText(const ErrorText& text);

/// Base of every error that stops a command, a start or a swap. main() turns
/// it into one line on standard error and the exit code it carries.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message)
      : std::runtime_error(message), code_(code) {}
  Error(ExitCode code, const ErrorText& text)
      : std::runtime_error(ToText(text)),
        code_(code),
        parts_(std::make_shared<const ErrorText>(text)) {}
  ExitCode exit_code() const { return code_; }
  /// What the text was made of; nullptr when it came as one.
  const ErrorText* parts() const { return parts_.get(); }

 private:
  ExitCode code_;
  std::shared_ptr<const ErrorText> parts_;  // copying an exception cannot throw
};

/// An error type bound to its exit code.
template <ExitCode kCode>
class CodedError : public Error {
 public:
  explicit CodedError(const ErrorText& text) : Error(kCode, text) {}
  explicit CodedError(const std::string& message) : Error(kCode, message) {}
};

/// The command ran, and what it was asked for is not to be.
struct AnswerIsNo : CodedError<ExitCode::kAnswerIsNo> {
  using CodedError::CodedError;
};
struct UsageError : CodedError<ExitCode::kUsage> {
  using CodedError::CodedError;
};
/// Training data that cannot be used.
struct DataError : CodedError<ExitCode::kBadData> {
  using CodedError::CodedError;
};
/// A model.bin that must not score.
struct ArtifactError : CodedError<ExitCode::kBadData> {
  using CodedError::CodedError;
};
/// Runs `read` and answers what it does; the text of an ArtifactError that does
/// not begin with `where` gets it in front, with `between` behind it: what is
/// read may not know of the file or section that it came from.
template <typename Read>
auto NamingPlace(const std::string& where, const std::string& between,
                 Read read) {
  try {
    return read();
  } catch (const ArtifactError& error) {
    const std::string text = error.what();
    if (text.starts_with(where)) throw;
    throw ArtifactError(where + between + text);
  }
}
struct UnavailableError : CodedError<ExitCode::kUnavailable> {
  using CodedError::CodedError;
};
struct IoError : CodedError<ExitCode::kInputOutput> {
  using CodedError::CodedError;
};
struct TryAgainError : CodedError<ExitCode::kTryAgain> {
  using CodedError::CodedError;
};
struct ConfigError : CodedError<ExitCode::kBadConfig> {
  using CodedError::CodedError;
};

}  // namespace tidemill

#include "consumers/top/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "tidemill/core/errors.h"

namespace tidemill {
namespace {

/// Second screen, no cursor, and lines that are too long do not go on below.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[?7l";
constexpr std::string_view kLeave = "\x1b[?7h\x1b[?25h\x1b[?1049l";

sigset_t Signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGWINCH}) {
    sigaddset(&signals, signal);
  }
  return signals;
}

IoError Fault(const char* expected) {
  return IoError({.where = "the terminal",
                  .expected = expected,
                  .got = std::strerror(errno)});
}

bool WriteAll(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR && errno != EAGAIN) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

bool CanDrawOnTerminal() {
  const char* kind = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) != 0 && kind != nullptr &&
         std::string_view(kind) != "dumb" && *kind != '\0';
}

TopTerminal::TopTerminal() : has_keys_(::isatty(STDIN_FILENO) != 0) {
  const sigset_t signals = Signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signals_ = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals_ < 0) throw Fault("to be told of signals");
  Enter();
}

TopTerminal::~TopTerminal() {
  Leave();
  ::close(signals_);
}

void TopTerminal::Enter() {
  termios settings{};
  if (has_keys_ && ::tcgetattr(STDIN_FILENO, &settings) == 0) {
    before_ = settings;
    settings.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    settings.c_cc[VMIN] = 0;
    settings.c_cc[VTIME] = 0;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &settings);
  }
  WriteAll(kEnter);
}

void TopTerminal::Leave() {
  WriteAll(kLeave);
  if (before_) ::tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
}

TopTerminal::Input TopTerminal::Wait(std::chrono::milliseconds time) {
  std::array<pollfd, 2> waiting = {
      {{.fd = signals_, .events = POLLIN, .revents = 0},
       {.fd = has_keys_ ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0}}};
  Input input;
  if (::poll(waiting.data(), waiting.size(), static_cast<int>(time.count())) <=
      0) {
    return input;
  }
  if (waiting[0].revents != 0) ReadSignals(input);
  if (waiting[1].revents != 0) ReadKeys(input);
  return input;
}

void TopTerminal::ReadSignals(Input& input) {
  signalfd_siginfo info{};
  while (::read(signals_, &info, sizeof info) == sizeof info) {
    const int signal = static_cast<int>(info.ssi_signo);
    if (signal == SIGTSTP) {
      Leave();
      ::kill(::getpid(), SIGSTOP);
      Enter();
    }
    if (signal == SIGTSTP || signal == SIGWINCH) {
      input.changed = true;
    } else {
      input.stop = true;
    }
  }
}

void TopTerminal::ReadKeys(Input& input) {
  std::array<char, 256> bytes{};
  const ssize_t size = ::read(STDIN_FILENO, bytes.data(), bytes.size());
  if (size > 0) {
    input.keys.assign(bytes.data(), static_cast<std::size_t>(size));
  } else if (size == 0 || (errno != EINTR && errno != EAGAIN)) {
    input.stop = true;  // nobody sits there any more
  }
}

ScreenSize TopTerminal::size() const {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 ||
      size.ws_row == 0) {
    return {};
  }
  return {.rows = size.ws_row, .columns = size.ws_col};
}

void TopTerminal::Write(std::string_view text) {
  if (!WriteAll(text)) throw Fault("room to write");
}

}  // namespace tidemill

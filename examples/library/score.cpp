// Scores the JSON lines on standard input in batches: score MODEL < EVENTS
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/tidemill.hpp>

namespace {

constexpr std::size_t kBatch = 100;

void ScoreBatch(tidemill::Scorer& scorer, const std::vector<std::string>& lines,
                std::uint64_t first) {
  const std::vector<std::string_view> events(lines.begin(), lines.end());
  const std::vector<tidemill::Result> results = scorer.Score(events);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i].ok()) {
      std::cout << scorer.Prediction(i, "-/0/" + std::to_string(first + i))
                << '\n';
    } else {
      std::cerr << "line " << first + i << ": " << results[i].error_reason
                << ": " << results[i].error_detail << '\n';
    }
  }
}

int Run(const char* path) {
  tidemill::Scorer scorer{tidemill::Model(path)};
  std::vector<std::string> lines;
  std::string line;
  std::uint64_t first = 0;
  while (std::getline(std::cin, line)) {
    lines.push_back(line);
    if (lines.size() < kBatch) continue;
    ScoreBatch(scorer, lines, first);
    first += lines.size();
    lines.clear();
  }
  ScoreBatch(scorer, lines, first);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: score MODEL < EVENTS\n";
    return 64;
  }
  try {
    return Run(argv[1]);
  } catch (const std::exception& error) {
    std::cerr << "score: " << error.what() << '\n';
    return 65;
  }
}

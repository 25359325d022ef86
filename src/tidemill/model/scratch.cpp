#include "tidemill/model/scratch.h"

#include <deque>

namespace tidemill {
namespace {

struct Buffers {
  std::deque<std::vector<double>> all;  // growing it moves no buffer
  std::size_t in_use = 0;
};

Buffers& BuffersOfThread() {
  thread_local Buffers buffers;
  return buffers;
}

}  // namespace

Scratch::Scratch(std::size_t count) {
  Buffers& buffers = BuffersOfThread();
  if (buffers.in_use == buffers.all.size()) buffers.all.emplace_back();
  std::vector<double>& buffer = buffers.all[buffers.in_use];
  if (buffer.size() < count) buffer.resize(count);
  ++buffers.in_use;
  numbers_ = std::span(buffer).first(count);
}

Scratch::~Scratch() { --BuffersOfThread().in_use; }

}  // namespace tidemill

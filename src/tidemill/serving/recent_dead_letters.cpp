#include "tidemill/serving/recent_dead_letters.h"

#include <string_view>
#include <utility>

#include "tidemill/serving/record_id.h"

namespace tidemill {
namespace {

/// Its beginning, without a part of a UTF-8 character at the end.
std::string Cut(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  std::size_t size = max_bytes;
  const auto continues = [&](std::size_t i) {
    return (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U;
  };
  for (int i = 0; i < 3 && continues(size); ++i) --size;
  return std::string(text.substr(0, size));
}

}  // namespace

void RecentDeadLetters::Add(const Record& record, const EventError& error,
                            WallTime now) {
  DeadLetterNote note{.id = {},
                      .stage = error.stage,
                      .reason = error.reason,
                      .detail = Cut(error.detail, kMaxDetail),
                      .time = now};
  WriteRecordId(record, note.id);
  const std::lock_guard lock(mutex_);
  // Read again, or refused by the broker in a second form.
  std::erase_if(notes_,
                [&](const DeadLetterNote& one) { return one.id == note.id; });
  notes_.push_back(std::move(note));
  if (notes_.size() > kKept) notes_.pop_front();
}

std::vector<DeadLetterNote> RecentDeadLetters::Read() const {
  const std::lock_guard lock(mutex_);
  return {notes_.rbegin(), notes_.rend()};
}

}  // namespace tidemill

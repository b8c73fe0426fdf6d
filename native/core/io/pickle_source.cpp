#include "core/io/pickle_source.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace acinus {

namespace {

constexpr uint64_t kSourceBuffer = 1 << 16;
constexpr uint64_t kMaxName = 4096;

[[noreturn]] void source_ends() { throw std::invalid_argument("its pickle is damaged: it ends too early"); }

}  // namespace

void PickleSource::read(void* data, uint64_t bytes) {
  if (bytes > left()) source_ends();
  auto* out = static_cast<char*>(data);
  while (bytes > 0) {
    if (at_ < buffered_from_ || at_ >= buffered_from_ + buffer_.size()) fill();
    const uint64_t from = at_ - buffered_from_;
    const uint64_t count = std::min(bytes, buffer_.size() - from);
    std::memcpy(out, buffer_.data() + from, count);
    out += count;
    at_ += count;
    bytes -= count;
  }
}

void PickleSource::skip(uint64_t bytes) {
  if (bytes > left()) source_ends();
  at_ += bytes;
}

void PickleSource::fill() {
  buffer_.resize(std::min(kSourceBuffer, left()));
  file_.read(at_, buffer_.data(), buffer_.size());
  buffered_from_ = at_;
}

std::string PickleSource::text(uint64_t bytes) {
  if (bytes > left()) source_ends();
  std::string out(bytes, '\0');
  read(out.data(), bytes);
  return out;
}

std::string PickleSource::line() {
  std::string out;
  for (char c = 0;; out += c) {
    read(&c, 1);
    if (c == '\n') return out;
    if (out.size() > kMaxName) throw std::invalid_argument("its pickle is damaged: a name has no end");
  }
}

}  // namespace acinus

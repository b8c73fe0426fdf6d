#include "core/image/run_lengths.h"

#include <algorithm>

namespace acinus {

namespace {

// The lengths of one label so far, as pycocotools' rleToString writes them: from the fourth length on the difference to the one
// before the last, five bits and a sign a letter.
class CompressedRuns {
 public:
  void begin(int64_t position) { append(position - end_, position); }
  void finish(int64_t position) { append(position - end_, position); }
  std::string text(int64_t pixels) && {
    if (end_ < pixels) append(pixels - end_, pixels);
    return std::move(text_);
  }

 private:
  void append(int64_t length, int64_t position) {
    int64_t rest = written_ > 2 ? length - before_[written_ % 2] : length;
    for (bool more = true; more;) {
      const int64_t bits = rest & 0x1f;
      rest >>= 5;
      more = (bits & 0x10) != 0 ? rest != -1 : rest != 0;
      text_.push_back(static_cast<char>(48 + (more ? bits | 0x20 : bits)));
    }
    before_[written_ % 2] = length;
    ++written_;
    end_ = position;
  }

  std::string text_;
  int64_t before_[2] = {0, 0};  // the last two lengths
  int64_t written_ = 0;
  int64_t end_ = 0;  // of the last run
};

}  // namespace

std::vector<std::string> run_lengths(const int32_t* labels, int64_t height, int64_t width, int32_t count) {
  constexpr int64_t kColumns = 16;  // read at once, so that each line of the cache is read once
  std::vector<CompressedRuns> runs(static_cast<size_t>(count));
  std::vector<int32_t> columns(static_cast<size_t>(kColumns * height));
  int32_t inside = 0;
  for (int64_t left = 0; left < width; left += kColumns) {
    const int64_t wide = std::min(kColumns, width - left);
    for (int64_t y = 0; y < height; ++y) {
      for (int64_t x = 0; x < wide; ++x) columns[x * height + y] = labels[y * width + left + x];
    }
    for (int64_t i = 0; i < wide * height; ++i) {
      if (columns[i] == inside) continue;
      const int64_t position = left * height + i;
      if (inside != 0) runs[inside - 1].finish(position);
      if (columns[i] != 0) runs[columns[i] - 1].begin(position);
      inside = columns[i];
    }
  }
  if (inside != 0) runs[inside - 1].finish(height * width);
  std::vector<std::string> out;
  out.reserve(runs.size());
  for (auto& run : runs) out.push_back(std::move(run).text(height * width));
  return out;
}

std::string run_lengths_of_box(const int32_t* box, const ImagePart& part, int64_t height, int64_t width) {
  constexpr int64_t kOutside = -1;
  CompressedRuns runs;
  int64_t end = kOutside;  // of the run at hand, which may go on at the top of the next column
  for (int64_t x = 0; x < part.width; ++x) {
    for (int64_t y = 0; y < part.height; ++y) {
      if (box[y * part.width + x] == 0) continue;
      const int64_t position = (part.left + x) * height + part.top + y;
      if (position != end) {
        if (end != kOutside) runs.finish(end);
        runs.begin(position);
      }
      end = position + 1;
    }
  }
  if (end != kOutside) runs.finish(end);
  return std::move(runs).text(height * width);
}

}  // namespace acinus

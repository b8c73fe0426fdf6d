#include "core/image/fill_holes.h"

#include <cstring>

#include "core/image/equivalences.h"

namespace acinus {

namespace {

// Pixels of the background side by side.
struct Gap {
  int64_t begin, end;  // in the image's pixels
  int32_t part;
};

}  // namespace

void fill_holes(uint8_t* mask, int64_t height, int64_t width, int64_t largest) {
  std::vector<Gap> gaps;
  Equivalences equal;
  const int32_t open = equal.add();  // what touches the border
  size_t above = 0;                  // the first gap of the row above
  for (int64_t y = 0; y < height; ++y) {
    const size_t row = gaps.size();
    size_t over = above;
    const int64_t first = y * width, last = first + width;
    for (int64_t i = first; i < last;) {
      const auto* found = static_cast<const uint8_t*>(std::memchr(mask + i, 0, static_cast<size_t>(last - i)));
      if (found == nullptr) break;
      const int64_t begin = found - mask;
      i = begin + 1;
      while (i < last && mask[i] == 0) ++i;
      int32_t part = y == 0 || y == height - 1 || begin == first || i == last ? open : -1;
      while (over < row && gaps[over].end + width <= begin) ++over;
      // The last one that ends in this gap may reach into the next gap too.
      for (size_t at = over; at < row && gaps[at].begin + width < i; ++at) {
        part = part < 0 ? gaps[at].part : equal.merge(part, gaps[at].part);
      }
      gaps.push_back({begin, i, part < 0 ? equal.add() : part});
    }
    above = row;
  }
  std::vector<int64_t> areas(equal.size(), 0);
  for (Gap& gap : gaps) {
    gap.part = equal.find(gap.part);
    areas[static_cast<size_t>(gap.part)] += gap.end - gap.begin;
  }
  for (const Gap& gap : gaps) {
    if (gap.part == open || areas[static_cast<size_t>(gap.part)] > largest) continue;
    std::memset(mask + gap.begin, 1, static_cast<size_t>(gap.end - gap.begin));
  }
}

}  // namespace acinus

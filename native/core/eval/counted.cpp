#include "core/eval/counted.h"

#include <algorithm>

#include "core/ignored.h"

namespace acinus {

int64_t ignored_pixels(const uint8_t* truth, int64_t pixels) { return std::count(truth, truth + pixels, kIgnored); }

std::vector<uint8_t> cleared(const uint8_t* mask, const uint8_t* truth, int64_t pixels) {
  std::vector<uint8_t> out(static_cast<size_t>(pixels));
  std::transform(mask, mask + pixels, truth, out.begin(), [](uint8_t m, uint8_t t) { return t == kIgnored ? uint8_t{0} : m; });
  return out;
}

std::vector<uint8_t> completed(const uint8_t* truth, const uint8_t* other, int64_t pixels) {
  std::vector<uint8_t> out(static_cast<size_t>(pixels));
  std::transform(truth, truth + pixels, other, out.begin(), [](uint8_t t, uint8_t o) { return t == kIgnored ? o : t; });
  return out;
}

Components counted_part(const Components& all, const uint8_t* truth, bool drop_mostly) {
  std::vector<int64_t> ignored(all.areas.size());
  for (size_t i = 0; i < all.labels.size(); ++i) {
    if (all.labels[i] != 0 && truth[i] == kIgnored) ++ignored[static_cast<size_t>(all.labels[i] - 1)];
  }
  Components out;
  std::vector<int32_t> number(all.areas.size() + 1);  // by the former one; 0: left out
  for (size_t i = 0; i < all.areas.size(); ++i) {
    const int64_t left = all.areas[i] - ignored[i];
    if (left == 0 || (drop_mostly && ignored[i] > left)) continue;
    number[i + 1] = ++out.count;
    out.areas.push_back(left);
  }
  out.labels.resize(all.labels.size());
  for (size_t i = 0; i < out.labels.size(); ++i) {
    out.labels[i] = truth[i] == kIgnored ? 0 : number[static_cast<size_t>(all.labels[i])];
  }
  return out;
}

}  // namespace acinus

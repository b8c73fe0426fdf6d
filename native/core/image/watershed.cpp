#include "core/image/watershed.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "core/image/passes.h"
#include "core/ops/parts.h"

namespace acinus {

namespace {

// The eight neighbours in raster order; that of number 7 − k lies opposite of number k.
constexpr int kAround = 8;
constexpr int64_t kAroundX[] = {-1, 0, 1, -1, 1, -1, 0, 1};
constexpr int64_t kAroundY[] = {-1, -1, -1, 0, 0, 1, 1, 1};
constexpr float kDiagonal = 0.70710678F;  // 1/√2
constexpr float kPerPixel[] = {kDiagonal, 1, kDiagonal, 1, 1, kDiagonal, 1, kDiagonal};
constexpr int32_t kLevel = -1;  // a label on the way: no neighbour is higher

class Hills {
 public:
  Hills(const uint8_t* mask, const float* landscape, int64_t height, int64_t width, int32_t* labels)
      : mask_(mask),
        landscape_(landscape),
        height_(height),
        width_(width),
        bands_(height),
        labels_(labels),
        ways_(std::make_unique_for_overwrite<uint8_t[]>(static_cast<size_t>(height * width))) {
    for (int k = 0; k < kAround; ++k) offsets_[k] = kAroundY[k] * width + kAroundX[k];
  }

  // Labels all pixels with the maxima that they lead to. Returns the maxima's heights; the first one's label is 1.
  std::vector<float> find() {
    find_ways();
    leave_plateaus();
    std::vector<float> peaks = number_maxima();
    follow_ways();
    return peaks;
  }

  // The passes between neighbouring hills.
  std::vector<Pass> passes() const {
    std::vector<PassTable> tables(static_cast<size_t>(bands_.size()));
    in_bands(
        [&](int64_t y, PassTable& table) {
          for (int64_t x = 0; x < width_; ++x) {
            const int64_t i = y * width_ + x;
            if (labels_[i] == 0) continue;
            const bool all = x > 0 && x < width_ - 1 && y < height_ - 1;
            for (int k = kAround / 2; k < kAround; ++k) {
              if (!all && !has(x, y, k)) continue;
              const int32_t there = labels_[i + offsets_[k]];
              if (there == 0 || there == labels_[i]) continue;
              table.add(labels_[i], there, std::min(landscape_[i], landscape_[i + offsets_[k]]));
            }
          }
        },
        tables);
    for (size_t part = 1; part < tables.size(); ++part) tables[0].add(tables[part]);
    return tables[0].passes();
  }

 private:
  bool has(int64_t x, int64_t y, int k) const {
    const int64_t nx = x + kAroundX[k], ny = y + kAroundY[k];
    return nx >= 0 && nx < width_ && ny >= 0 && ny < height_;
  }
  // Calls body(neighbour, number) for the neighbours inside of the mask.
  template <class Body>
  void around(int64_t i, Body&& body) const {
    const int64_t x = i % width_, y = i / width_;
    for (int k = 0; k < kAround; ++k) {
      if (has(x, y, k) && mask_[i + offsets_[k]] != 0) body(i + offsets_[k], k);
    }
  }
  // body(row, what belongs to its band)
  template <class Body, class Own>
  void in_bands(Body&& body, std::vector<Own>& own) const {
    bands_.each([&](int64_t band, ops::Range rows) {
      for (int64_t y = rows.begin; y < rows.end; ++y) body(y, own[static_cast<size_t>(band)]);
    });
  }

  // ways_: 1 + the number of the neighbour on the steepest way up, 0 where none is higher.
  void find_ways() {
    std::vector<std::vector<int64_t>> level(static_cast<size_t>(bands_.size()));
    in_bands(
        [&](int64_t y, std::vector<int64_t>& found) {
          const bool inner = y > 0 && y < height_ - 1;
          for (int64_t x = 0; x < width_; ++x) {
            const int64_t i = y * width_ + x;
            labels_[i] = 0;
            if (mask_[i] == 0) continue;
            ways_[i] = inner && x > 0 && x < width_ - 1 ? steepest(i) : steepest_at_border(i, x, y);
            if (ways_[i] != 0) continue;
            labels_[i] = kLevel;
            found.push_back(i);
          }
        },
        level);
    for (const auto& found : level) level_.insert(level_.end(), found.begin(), found.end());
  }

  // Without a branch for each neighbour. Outside of the mask all is lower.
  uint8_t steepest(int64_t i) const {
    const float* at = landscape_ + i;
    const float here = *at;
    float slope = 0;
    int way = 0;
    for (int k = 0; k < kAround; ++k) {
      const float up = (at[offsets_[k]] - here) * kPerPixel[k];
      way = up > slope ? k + 1 : way;
      slope = std::max(up, slope);
    }
    return static_cast<uint8_t>(way);
  }
  uint8_t steepest_at_border(int64_t i, int64_t x, int64_t y) const {
    float slope = 0;
    int way = 0;
    for (int k = 0; k < kAround; ++k) {
      if (!has(x, y, k)) continue;
      const float up = (landscape_[i + offsets_[k]] - landscape_[i]) * kPerPixel[k];
      if (up <= slope) continue;
      slope = up;
      way = k + 1;
    }
    return static_cast<uint8_t>(way);
  }

  // From the pixels of a plateau that have a higher neighbour inwards, so that a plateau between hills is divided in its
  // middle.
  void leave_plateaus() {
    std::deque<int64_t> reached;
    for (const int64_t i : level_) {
      around(i, [&](int64_t n, int k) {
        if (ways_[i] == 0 && labels_[n] == 0 && landscape_[n] == landscape_[i]) ways_[i] = static_cast<uint8_t>(k + 1);
      });
      if (ways_[i] != 0) reached.push_back(i);
    }
    for (; !reached.empty(); reached.pop_front()) {
      const int64_t i = reached.front();
      around(i, [&](int64_t n, int k) {
        if (labels_[n] != kLevel || ways_[n] != 0 || landscape_[n] != landscape_[i]) return;
        ways_[n] = static_cast<uint8_t>(kAround - k);
        reached.push_back(n);
      });
    }
  }

  std::vector<float> number_maxima() {
    std::vector<float> peaks;
    std::vector<int64_t> rest;
    for (const int64_t first : level_) {
      if (ways_[first] != 0) labels_[first] = 0;
      if (labels_[first] != kLevel) continue;
      peaks.push_back(landscape_[first]);
      const auto label = static_cast<int32_t>(peaks.size());
      labels_[first] = label;
      rest.push_back(first);
      while (!rest.empty()) {
        const int64_t i = rest.back();
        rest.pop_back();
        around(i, [&](int64_t n, int) {
          if (labels_[n] != kLevel || ways_[n] != 0 || landscape_[n] != landscape_[i]) return;
          labels_[n] = label;
          rest.push_back(n);
        });
      }
    }
    return peaks;
  }

  // Ways cross bands: two threads may write the same label of a pixel.
  void follow_ways() {
    const auto label_of = [this](int64_t i) { return std::atomic_ref(labels_[i]).load(std::memory_order_relaxed); };
    std::vector<std::vector<int64_t>> paths(static_cast<size_t>(bands_.size()));
    in_bands(
        [&](int64_t y, std::vector<int64_t>& path) {
          for (int64_t i = y * width_; i < (y + 1) * width_; ++i) {
            if (mask_[i] == 0 || label_of(i) != 0) continue;
            path.clear();
            int32_t label = 0;
            for (int64_t at = i; label == 0; label = label_of(at)) {
              path.push_back(at);
              at += offsets_[ways_[at] - 1];
            }
            for (const int64_t passed : path) std::atomic_ref(labels_[passed]).store(label, std::memory_order_relaxed);
          }
        },
        paths);
  }

  const uint8_t* mask_;
  const float* landscape_;
  int64_t height_, width_;
  ops::Parts bands_;  // of rows
  int32_t* labels_;
  std::unique_ptr<uint8_t[]> ways_;
  int64_t offsets_[kAround];
  std::vector<int64_t> level_;  // pixels without a higher neighbour, in raster order
};

}  // namespace

int32_t watershed(const uint8_t* mask, const float* landscape, int64_t height, int64_t width, double h, int32_t* labels) {
  Hills hills(mask, landscape, height, width, labels);
  const std::vector<float> peaks = hills.find();
  const std::vector<int32_t> joined = join_hills(peaks, hills.passes(), h);
  std::vector<int32_t> numbers(peaks.size() + 1, 0);
  int32_t count = 0;
  for (int64_t i = 0; i < height * width; ++i) {
    if (labels[i] == 0) continue;
    int32_t& number = numbers[static_cast<size_t>(joined[static_cast<size_t>(labels[i])])];
    if (number == 0) number = ++count;
    labels[i] = number;
  }
  return count;
}

}  // namespace acinus

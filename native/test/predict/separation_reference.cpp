#include "test/predict/separation_reference.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

namespace acinus::test {

namespace {

class Plain {
 public:
  Plain(const Scene& scene, double threshold) : scene_(scene), size_(scene.probability.size()), inside_(size_), label_(size_) {
    for (size_t i = 0; i < size_; ++i) inside_[i] = static_cast<double>(scene.probability[i]) >= threshold;
  }

  std::vector<int32_t> run(const SeparationOptions& options) {
    if (options.fill_holes > 0) fill(options.fill_holes);
    if (options.watershed) {
      rise(options.probability_weight);
      climb();
      join(options.h);
    } else {
      flood();
    }
    return numbered(options.minimum_size);
  }

 private:
  int64_t width() const { return scene_.width; }
  std::vector<size_t> around(size_t i, bool diagonal = true) const {
    const auto x = static_cast<int64_t>(i) % width(), y = static_cast<int64_t>(i) / width();
    std::vector<size_t> out;
    for (int64_t dy = -1; dy <= 1; ++dy) {
      for (int64_t dx = -1; dx <= 1; ++dx) {
        if ((dx == 0 && dy == 0) || (!diagonal && dx != 0 && dy != 0)) continue;
        if (x + dx < 0 || x + dx >= width() || y + dy < 0 || y + dy >= scene_.height) continue;
        out.push_back(static_cast<size_t>((y + dy) * width() + x + dx));
      }
    }
    return out;
  }
  bool border(size_t i) const {
    const auto x = static_cast<int64_t>(i) % width(), y = static_cast<int64_t>(i) / width();
    return x == 0 || y == 0 || x == width() - 1 || y == scene_.height - 1;
  }
  // The pixels that hang together with `from` over neighbours for which `same` holds.
  std::set<size_t> part(size_t from, bool diagonal, const std::function<bool(size_t)>& same) const {
    std::set<size_t> out{from};
    std::vector<size_t> open{from};
    while (!open.empty()) {
      const size_t i = open.back();
      open.pop_back();
      for (const size_t n : around(i, diagonal)) {
        if (same(n) && out.insert(n).second) open.push_back(n);
      }
    }
    return out;
  }

  void fill(int64_t largest) {
    const std::vector<bool> before = inside_;
    for (size_t i = 0; i < size_; ++i) {
      if (before[i]) continue;
      const std::set<size_t> hole = part(i, false, [&](size_t n) { return !before[n]; });
      const bool open = std::any_of(hole.begin(), hole.end(), [&](size_t n) { return border(n); });
      if (!open && static_cast<int64_t>(hole.size()) <= largest) inside_[i] = true;
    }
  }

  void rise(double weight) {
    height_.assign(size_, 0);
    for (size_t i = 0; i < size_; ++i) {
      if (!inside_[i]) continue;
      int64_t nearest = -1;
      for (size_t o = 0; o < size_; ++o) {
        if (inside_[o]) continue;
        const auto dx = static_cast<int64_t>(i) % width() - static_cast<int64_t>(o) % width();
        const auto dy = static_cast<int64_t>(i) / width() - static_cast<int64_t>(o) / width();
        if (nearest < 0 || dx * dx + dy * dy < nearest) nearest = dx * dx + dy * dy;
      }
      height_[i] = nearest < 0 ? 0.0F : static_cast<float>(std::sqrt(static_cast<double>(nearest)));
      if (weight != 0) height_[i] += static_cast<float>(weight) * scene_.probability[i];
    }
  }

  // Where each pixel leads to: its own index for a maximum.
  void climb() {
    std::vector<size_t> to(size_, SIZE_MAX);
    for (size_t i = 0; i < size_; ++i) {
      if (!inside_[i]) continue;
      float best = 0;
      for (const size_t n : around(i)) {
        if (!inside_[n]) continue;
        const bool diagonal = n % static_cast<size_t>(width()) != i % static_cast<size_t>(width()) &&
                              n / static_cast<size_t>(width()) != i / static_cast<size_t>(width());
        const float slope = (height_[n] - height_[i]) * (diagonal ? 0.70710678F : 1.0F);
        if (slope > best) {
          best = slope;
          to[i] = n;
        }
      }
    }
    // Plateaus, a ring at a time from those pixels that lead upwards.
    std::vector<size_t> ring;
    const std::vector<size_t> steep = to;
    for (size_t i = 0; i < size_; ++i) {
      if (!inside_[i] || steep[i] != SIZE_MAX) continue;
      for (const size_t n : around(i)) {
        if (inside_[n] && steep[n] != SIZE_MAX && height_[n] == height_[i]) {
          to[i] = n;
          ring.push_back(i);
          break;
        }
      }
    }
    while (!ring.empty()) {
      std::vector<size_t> next;
      for (const size_t i : ring) {
        for (const size_t n : around(i)) {
          if (!inside_[n] || to[n] != SIZE_MAX || height_[n] != height_[i]) continue;
          to[n] = i;
          next.push_back(n);
        }
      }
      ring = next;
    }
    std::vector<int32_t> peak(size_, 0);
    for (size_t i = 0; i < size_; ++i) {
      if (!inside_[i] || to[i] != SIZE_MAX || peak[i] != 0) continue;
      peaks_.push_back(height_[i]);
      const auto plateau = part(i, true, [&](size_t n) { return inside_[n] && to[n] == SIZE_MAX && height_[n] == height_[i]; });
      for (const size_t n : plateau) peak[n] = static_cast<int32_t>(peaks_.size());
    }
    for (size_t i = 0; i < size_; ++i) {
      if (!inside_[i]) continue;
      size_t at = i;
      while (to[at] != SIZE_MAX) at = to[at];
      label_[i] = peak[at];
    }
  }

  // One join at a time: over the highest pass that is left, of which the lower hill rises by less than h.
  void join(double h) {
    using Hills = std::pair<int32_t, int32_t>;
    std::map<Hills, float> passes;
    for (size_t i = 0; i < size_; ++i) {
      if (!inside_[i]) continue;
      for (const size_t n : around(i)) {
        if (!inside_[n] || label_[n] <= label_[i]) continue;
        const auto [found, is_new] = passes.try_emplace({label_[i], label_[n]}, std::min(height_[i], height_[n]));
        found->second = std::max(found->second, std::min(height_[i], height_[n]));
      }
    }
    std::vector<std::pair<float, Hills>> order;
    for (const auto& [hills, height] : passes) order.emplace_back(-height, hills);
    std::sort(order.begin(), order.end());
    std::vector<int32_t> of(peaks_.size() + 1);
    for (size_t i = 0; i < of.size(); ++i) of[i] = static_cast<int32_t>(i);
    for (const auto& [depth, hills] : order) {
      int32_t a = of[hills.first], b = of[hills.second];
      if (a == b) continue;
      const float pa = peaks_[a - 1], pb = peaks_[b - 1];
      if (pb > pa || (pb == pa && b < a)) std::swap(a, b);
      if (static_cast<double>(peaks_[b - 1]) + static_cast<double>(depth) >= h) continue;
      for (int32_t& one : of) one = one == b ? a : one;
    }
    for (int32_t& one : label_) one = of[one];
  }

  void flood() {
    for (size_t i = 0; i < size_; ++i) {
      if (!inside_[i] || label_[i] != 0) continue;
      for (const size_t n : part(i, true, [&](size_t other) { return inside_[other]; }))
        label_[n] = static_cast<int32_t>(i) + 1;
    }
  }

  std::vector<int32_t> numbered(int64_t minimum_size) const {
    std::map<int32_t, int64_t> areas;
    for (const int32_t one : label_) ++areas[one];
    std::map<int32_t, int32_t> numbers{{0, 0}};
    std::vector<int32_t> out;
    for (const int32_t one : label_) {
      const bool kept = one != 0 && areas[one] >= minimum_size;
      if (kept && !numbers.contains(one)) numbers[one] = static_cast<int32_t>(numbers.size());
      out.push_back(kept ? numbers[one] : 0);
    }
    return out;
  }

  const Scene& scene_;
  size_t size_;
  std::vector<bool> inside_;
  std::vector<float> height_, peaks_;
  std::vector<int32_t> label_;
};

}  // namespace

std::vector<int32_t> separated(const Scene& scene, double threshold, const SeparationOptions& options) {
  return Plain(scene, threshold).run(options);
}

}  // namespace acinus::test

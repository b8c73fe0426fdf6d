#include "core/image/passes.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace acinus {

void PassTable::add(int32_t a, int32_t b, float height) {
  if (2 * (used_ + 1) > places_.size()) grow();
  Pass& place = place_of(std::min(a, b), std::max(a, b));
  if (place.first == 0) {
    place = {std::min(a, b), std::max(a, b), height};
    ++used_;
  } else {
    place.height = std::max(place.height, height);
  }
}

void PassTable::add(const PassTable& other) {
  for (const Pass& pass : other.places_) {
    if (pass.first != 0) add(pass.first, pass.second, pass.height);
  }
}

std::vector<Pass> PassTable::passes() const {
  std::vector<Pass> out;
  out.reserve(used_);
  std::copy_if(places_.begin(), places_.end(), std::back_inserter(out), [](const Pass& pass) { return pass.first != 0; });
  return out;
}

void PassTable::grow() {
  const std::vector<Pass> before = std::exchange(places_, std::vector<Pass>(std::max<size_t>(64, 2 * places_.size())));
  for (const Pass& pass : before) {
    if (pass.first != 0) place_of(pass.first, pass.second) = pass;
  }
}

Pass& PassTable::place_of(int32_t first, int32_t second) {
  const uint64_t key = (static_cast<uint64_t>(static_cast<uint32_t>(first)) << 32) | static_cast<uint32_t>(second);
  size_t at = (key * 0x9e3779b97f4a7c15U) >> 20;
  for (;; ++at) {
    Pass& place = places_[at & (places_.size() - 1)];
    if (place.first == 0 || (place.first == first && place.second == second)) return place;
  }
}

std::vector<int32_t> join_hills(const std::vector<float>& peaks, std::vector<Pass> passes, double h) {
  std::sort(passes.begin(), passes.end(), [](const Pass& a, const Pass& b) {
    return std::tie(b.height, a.first, a.second) < std::tie(a.height, b.first, b.second);
  });
  std::vector<int32_t> parent(peaks.size() + 1);
  std::iota(parent.begin(), parent.end(), 0);
  const auto root = [&](int32_t label) {
    while (parent[label] != label) label = parent[label] = parent[parent[label]];
    return label;
  };
  const auto peak = [&](int32_t label) { return peaks[static_cast<size_t>(label) - 1]; };
  // From the highest pass down: where hills meet, all that lies higher is joined already.
  for (const Pass& pass : passes) {
    int32_t high = root(pass.first), low = root(pass.second);
    if (high == low) continue;
    if (std::pair(-peak(low), low) < std::pair(-peak(high), high)) std::swap(high, low);
    if (static_cast<double>(peak(low)) - static_cast<double>(pass.height) < h) parent[low] = high;
  }
  for (size_t label = 1; label < parent.size(); ++label) parent[label] = root(static_cast<int32_t>(label));
  return parent;
}

}  // namespace acinus

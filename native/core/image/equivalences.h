// Union-find over provisional labels. The smaller label is always the root, so roots keep raster order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace acinus {

class Equivalences {
 public:
  int32_t add() {
    parent_.push_back(static_cast<int32_t>(parent_.size()));
    return parent_.back();
  }
  int32_t find(int32_t label) {
    while (parent_[label] != label) label = parent_[label] = parent_[parent_[label]];
    return label;
  }
  int32_t merge(int32_t a, int32_t b) {
    a = find(a);
    b = find(b);
    parent_[std::max(a, b)] = std::min(a, b);
    return std::min(a, b);
  }
  size_t size() const { return parent_.size(); }

 private:
  std::vector<int32_t> parent_;
};

}  // namespace acinus

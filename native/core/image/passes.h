// The passes between the hills of a landscape, and which hills are joined over them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace acinus {

// Between two hills, at its highest place.
struct Pass {
  int32_t first, second;  // labels from 1, the lower one first
  float height;
};

// The highest pass of each pair of hills. Open addressing, since a landscape has millions of places where hills meet.
class PassTable {
 public:
  void add(int32_t a, int32_t b, float height);
  void add(const PassTable& other);
  std::vector<Pass> passes() const;  // in no order

 private:
  void grow();
  Pass& place_of(int32_t first, int32_t second);

  std::vector<Pass> places_;  // first = 0: free; a power of two of them
  size_t used_ = 0;
};

// peaks[i]: the height of hill i + 1. Joins each hill whose peak rises by less than `h` above its highest pass to a higher hill
// with that one; of equal peaks the later counts as the lower. Returns for every label, 0 included, the label of the highest
// hill that it is joined with.
std::vector<int32_t> join_hills(const std::vector<float>& peaks, std::vector<Pass> passes, double h);

}  // namespace acinus

#include "core/ops/parts.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "core/cpu/parallel.h"

namespace acinus::ops {

Parts::Parts(int64_t count, int64_t least)
    : count_(count), size_(std::clamp<int64_t>(count / least, 1, 4 * int64_t{at::get_num_threads()})) {}

void Parts::each(const std::function<void(int64_t, Range)>& body) const {
  cpu::parallel_parts(size_, at::get_num_threads(), [&](int64_t part) {
    const auto [begin, end] = cpu::part_of(count_, size_, part);
    body(part, {begin, end});
  });
}

}  // namespace acinus::ops

// Work on pixels in the host's memory, dealt to threads.
#pragma once

#include <cstdint>
#include <functional>

namespace acinus::ops {

// [begin, end)
struct Range {
  int64_t begin, end;
};

// Divides [0, count) into parts as even as possible, at most four a thread and of at least `least` items each, and calls
// body(part, range) for each on LibTorch's threads. Which thread computes a part varies: results are kept by part. The body
// must not throw.
class Parts {
 public:
  explicit Parts(int64_t count, int64_t least = 1);
  int64_t size() const { return size_; }
  void each(const std::function<void(int64_t part, Range range)>& body) const;

 private:
  int64_t count_, size_;
};

}  // namespace acinus::ops

// Work spread over the threads that LibTorch and oneDNN use too, so that all three share one pool.
#pragma once

#include <cstdint>
#include <type_traits>

namespace acinus::cpu {

// Calls run(context, part, worker) for every part in [0, parts), on up to `threads` threads. A thread that has finished a part
// takes the next, so which thread computes a part varies: results that must be the same in every run are kept by part.
// `worker` is the thread's number, below `threads`. `run` must not throw.
void run_parts(int64_t parts, int threads, void (*run)(void* context, int64_t part, int worker), void* context);

// The same for a callable: body(part) or body(part, worker).
template <class Body>
void parallel_parts(int64_t parts, int threads, Body&& body) {
  const auto run = [](void* context, int64_t part, int worker) {
    auto& callable = *static_cast<std::remove_reference_t<Body>*>(context);
    if constexpr (std::is_invocable_v<Body, int64_t, int>) {
      callable(part, worker);
    } else {
      callable(part);
    }
  };
  run_parts(parts, threads, run, &body);
}

// [begin, end) of part `part` when `count` items are divided into `parts` parts as evenly as possible, in order.
struct Range {
  int64_t begin, end;
};
inline Range part_of(int64_t count, int64_t parts, int64_t part) { return {count * part / parts, count * (part + 1) / parts}; }

}  // namespace acinus::cpu

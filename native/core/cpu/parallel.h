// Work spread over the threads that LibTorch and oneDNN use too, so that all three share one pool.
#pragma once

#include <cstdint>

namespace acinus::cpu {

// Calls run(context, part) for every part in [0, parts), on up to `threads` threads. Which thread takes which part is fixed, so
// results that are kept apart by part are the same in every run. `run` must not throw.
void run_parts(int64_t parts, int threads, void (*run)(void* context, int64_t part), void* context);

// The same with a callable.
template <class Body>
void parallel_parts(int64_t parts, int threads, Body&& body) {
  run_parts(parts, threads, [](void* context, int64_t part) { (*static_cast<Body*>(context))(part); }, &body);
}

// [begin, end) of part `part` when `count` items are dealt to `parts` parts as evenly as possible, in order.
struct Range {
  int64_t begin, end;
};
inline Range part_of(int64_t count, int64_t parts, int64_t part) { return {count * part / parts, count * (part + 1) / parts}; }

}  // namespace acinus::cpu

// Sums over plain arrays of floats.
#include <algorithm>

#include "core/cpu/kernels/simd.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

// Σ term(x), in float over short stretches and in double over these.
template <class Term>
double sum_in_double(const float* x, int64_t count, Term term) {
  constexpr int64_t kStretch = 4096;
  double total = 0;
  for (int64_t first = 0; first < count; first += kStretch) {
    Vec sums[4] = {};
    for_blocks(std::min(kStretch, count - first), [&]<int N>(int64_t i, auto at) {
      for (int k = 0; k < N; ++k) sums[k] += term(at.get(x + first + i + k * kLanes));
    });
    total += static_cast<double>(sum_of((sums[0] + sums[1]) + (sums[2] + sums[3])));
  }
  return total;
}

double sum(const float* x, int64_t count) {
  return sum_in_double(x, count, [](Vec value) { return value; });
}

double sum_of_squares(const float* x, int64_t count) {
  return sum_in_double(x, count, [](Vec value) { return value * value; });
}

void sum_of_parts(const float* parts, int64_t part_count, int64_t stride, int64_t count, float* sums) {
  for_channels(count, [&](int64_t i, auto at) {
    Vec sum = at.get(parts + i);
    for (int64_t part = 1; part < part_count; ++part) sum += at.get(parts + part * stride + i);
    at.put(sums + i, sum);
  });
}

}  // namespace

template <class T>
void add_sums(Kernels<T>& table) {
  table.sum = sum;
  table.sum_of_squares = sum_of_squares;
  table.sum_of_parts = sum_of_parts;
}
template void add_sums(Kernels<float>&);
template void add_sums(Kernels<BFloat16>&);

}  // namespace acinus::cpu::ACINUS_ISA

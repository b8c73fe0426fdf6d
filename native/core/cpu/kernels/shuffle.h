// One shuffle of two vectors for both compilers.
#pragma once

namespace acinus::cpu::ACINUS_ISA {

// A vector of elements of a (0 … n−1) and b (n … 2n−1), chosen by the numbers `from`.
template <int... from, class Vector>
inline Vector shuffled(Vector a, Vector b) {
#if defined(__clang__)
  return __builtin_shufflevector(a, b, from...);
#else
  using Numbers = decltype(a == b);  // integers of the elements' size
  return __builtin_shuffle(a, b, Numbers{from...});
#endif
}

}  // namespace acinus::cpu::ACINUS_ISA

// The optimizer's step for one stretch of a parameter. It rounds as PyTorch's fused kernel does, so CMakeLists.txt keeps the
// compiler from fusing products and sums here.
#include "core/cpu/kernels/simd.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

// a·b + c, rounded once where the instruction set can.
inline Vec fused(Vec a, Vec b, Vec c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(a, b, c);
#elif defined(__AVX2__)
  return _mm256_fmadd_ps(a, b, c);
#else
  return a * b + c;
#endif
}

void adamw(int64_t count, const float* gradient, const AdamWStep& step, float* parameter, float* exp_avg, float* exp_avg_sq) {
  for_channels(count, [&](int64_t i, auto at) {
    const Vec g = at.get(gradient + i) / step.gradient_scale;
    const Vec first = at.get(exp_avg + i), moment = fused(splat(step.share1), g - first, first);
    const Vec squares = fused(step.share2 * g, g, at.get(exp_avg_sq + i) * step.beta2);
    const Vec scale = root(squares) / step.root_correction + step.eps;
    at.put(exp_avg + i, moment);
    at.put(exp_avg_sq + i, squares);
    at.put(parameter + i, at.get(parameter + i) * step.decay - step.step_size * moment / scale);
  });
}

}  // namespace

template <class T>
void add_adamw(Kernels<T>& table) {
  table.adamw = adamw;
}
template void add_adamw(Kernels<float>&);
template void add_adamw(Kernels<BFloat16>&);

}  // namespace acinus::cpu::ACINUS_ISA

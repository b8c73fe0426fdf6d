// AdamW's step over all parameters and the norm of their gradients, without a number that the host has to know: a captured
// graph repeats it with other rates.
#include "cuda/device.cuh"

namespace acinus::cuda {

__global__ void __launch_bounds__(kThreads) squares(Global<const AcinusCudaStretch> stretches, Global<double> of_stretches) {
  const AcinusCudaStretch stretch = stretches[blockIdx.x];
  const Global<const float> gradient = stretch.gradient;
  float sum = 0;
  double total = 0;
  int terms = 0;
  for (int64_t i = threadIdx.x; i < stretch.count; i += kThreads) {
    const float g = gradient[i];
    sum += g * g;
    if (++terms % 32 == 0) {
      total += sum;
      sum = 0;
    }
  }
  total = block_sum(total + sum);
  if (threadIdx.x == 0) of_stretches[blockIdx.x] = total;
}

__global__ void __launch_bounds__(kThreads)
    finish_norm(Global<const double> of_stretches, int64_t count, Global<const float> scale, double clip, Global<float> norm) {
  double sum = 0;
  for (int64_t i = threadIdx.x; i < count; i += kThreads) sum += of_stretches[i];
  sum = block_sum(sum);
  if (threadIdx.x > 0) return;
  const float by = scale ? static_cast<float>(scale[0]) : 1.0F;
  const double total = sqrt(sum) / by;
  const double beyond = clip > 0 ? (total + 1e-6) / clip : 1.0;
  norm[0] = static_cast<float>(total);
  norm[1] = by * static_cast<float>(beyond < 1.0 ? 1.0 : beyond);  // NaN stays
}

__device__ bool may_step(Global<const float> guard) {
  return !guard || fabsf(static_cast<float>(guard[0])) <= 3.4028234e38F;  // the largest finite number
}

// Counts the step of each parameter, and computes what its stretches share: decay, step size, correction of the root.
__global__ void __launch_bounds__(kThreads) count_steps(Global<float* const> steps, int64_t tensors, AcinusCudaAdamW options,
                                                        Global<const float> guard, Global<float> shared) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= tensors) return;
  if (!may_step(guard)) return;
  const Global<const double> rates = options.rates;
  const double rate = rates[0], beta1 = rates[1];
  const Global<float> counted = static_cast<float*>(steps[i]);
  const float step = counted[0] + 1.0F;
  counted[0] = step;
  shared[3 * i] = static_cast<float>(1 - rate * options.weight_decay);
  shared[3 * i + 1] = static_cast<float>(rate / (1 - pow(beta1, static_cast<double>(step))));
  shared[3 * i + 2] = static_cast<float>(sqrt(1 - pow(options.beta2, static_cast<double>(step))));
}

__global__ void __launch_bounds__(kThreads)
    step_stretch(Global<const AcinusCudaStretch> stretches, AcinusCudaAdamW options, Global<const float> divisor,
                 Global<const float> guard, Global<const float> shared) {
  if (!may_step(guard)) return;
  const AcinusCudaStretch stretch = stretches[blockIdx.x];
  const Global<float> parameter = stretch.parameter, exp_avg = stretch.exp_avg, exp_avg_sq = stretch.exp_avg_sq;
  const Global<const float> gradient = stretch.gradient;
  const Global<const double> rates = options.rates;
  const float share1 = static_cast<float>(1 - rates[1]), share2 = static_cast<float>(1 - options.beta2);
  const float beta2 = static_cast<float>(options.beta2), eps = static_cast<float>(options.eps);
  const float by = divisor ? static_cast<float>(divisor[0]) : 1.0F;
  const float decay = shared[3 * stretch.tensor], step_size = shared[3 * stretch.tensor + 1];
  const float correction = shared[3 * stretch.tensor + 2];
  for (int64_t i = threadIdx.x; i < stretch.count; i += kThreads) {
    const float g = gradient[i] / by, first = exp_avg[i];
    const float moment = fmaf(share1, g - first, first), second = fmaf(share2 * g, g, exp_avg_sq[i] * beta2);
    exp_avg[i] = moment;
    exp_avg_sq[i] = second;
    parameter[i] = parameter[i] * decay - step_size * moment / (sqrtf(second) / correction + eps);
  }
}

int total_norm(const AcinusCudaStretch* stretches, int64_t count, const float* scale, double clip, float* norm,
               double* workspace, void* stream) {
  if (count > 0) ACINUS_TRY(launch(squares, dim3(static_cast<unsigned>(count)), dim3(kThreads), stream, stretches, workspace));
  return launch(finish_norm, dim3(1), dim3(kThreads), stream, workspace, count, scale, clip, norm);
}

int adamw(const AcinusCudaStretch* stretches, int64_t count, float* const* steps, int64_t tensors, AcinusCudaAdamW options,
          const float* divisor, const float* guard, float* workspace, void* stream) {
  if (count == 0) return 0;
  const dim3 blocks(static_cast<unsigned>(ceil_div(tensors, kThreads)));
  ACINUS_TRY(launch(count_steps, blocks, dim3(kThreads), stream, steps, tensors, options, guard, workspace));
  return launch(step_stretch, dim3(static_cast<unsigned>(count)), dim3(kThreads), stream, stretches, options, divisor, guard,
                workspace);
}

}  // namespace acinus::cuda

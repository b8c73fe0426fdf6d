// The stabilized loss (the paper's Algorithm 1) and its gradient, in one pass over the pixels each; its numbers stay on the
// device.
#include "cuda/device.cuh"

namespace acinus::cuda {

namespace {

constexpr int kSums = 6;  // of p, t, p·t, the cross-entropies of background and of cells, and 1
constexpr int kMostChunksOfImage = 256;
constexpr int64_t kPixelsEach = 16;  // of a thread, where there are enough

struct Limits {
  float logit, epsilon;
  int ignoring;
};

Limits limits_of(const AcinusCudaLoss& options) {
  return {options.logit_clamp > 0 ? static_cast<float>(options.logit_clamp) : 3.4028234e38F,
          static_cast<float>(options.epsilon), options.ignoring};
}

unsigned chunks_of(AcinusCudaImages shape) {
  const int64_t chunks = ceil_div(shape.pixels, kThreads * kPixelsEach);
  return static_cast<unsigned>(chunks > kMostChunksOfImage ? kMostChunksOfImage : chunks);
}

__device__ __forceinline__ float clamped(float x, float least, float most) { return fmaxf(fminf(x, most), least); }

__device__ __forceinline__ float probability(float z, Limits limits) {
  return clamped(sigmoid(clamped(z, -limits.logit, limits.logit)), limits.epsilon, 1.0F - limits.epsilon);
}

}  // namespace

// Of one image's chunk: partial [image][chunk][kSums]. A pixel whose target is above 1 does not count, where some may not.
template <class T>
__global__ void __launch_bounds__(kThreads)
    loss_sums(Global<const T> logits, Global<const float> target, int64_t pixels, Limits limits, Global<double> partial) {
  const int64_t begin = static_cast<int64_t>(blockIdx.y) * pixels, stride = static_cast<int64_t>(gridDim.x) * kThreads;
  float sums[kSums] = {};
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x; i < pixels; i += stride) {
    const float z = to_float(logits[begin + i]), t = target[begin + i];
    if (limits.ignoring && t > 1.0F) continue;
    const float p = z == z ? probability(z, limits) : z, rest = log1pf(expf(-fabsf(z)));
    sums[0] += p;
    sums[1] += t;
    sums[2] += p * t;
    sums[3] += (1.0F - t) * (fmaxf(z, 0.0F) + rest);
    sums[4] += t * (fmaxf(-z, 0.0F) + rest);
    sums[5] += 1.0F;
  }
  const int64_t at = (static_cast<int64_t>(blockIdx.y) * gridDim.x + blockIdx.x) * kSums;
  ACINUS_UNROLL
  for (int k = 0; k < kSums; ++k) {
    const double sum = block_sum(sums[k]);
    if (threadIdx.x == 0) partial[at + k] = sum;
    __syncthreads();
  }
}

// One block. Each ratio r = a / b has ∂r/∂p = ((∂a/∂p)·b − a·(∂b/∂p)) / b², linear in the target.
__global__ void __launch_bounds__(kThreads) finish_loss(Global<const double> partial, int64_t images, int64_t chunks,
                                                        AcinusCudaLoss o, Global<float> values, Global<float> slopes) {
  ACINUS_SHARED(double, of_bce, 2);  // what a pixel of the background counts, and one of a cell
  double cells = 0, background = 0, on_cells = 0, counted = 0, dice_sum = 0, tversky_sum = 0;
  const double share_of_image = 1.0 / static_cast<double>(images);
  for (int64_t image = threadIdx.x; image < images; image += kThreads) {
    double of[kSums] = {};
    for (int64_t chunk = 0; chunk < chunks; ++chunk) {
      for (int k = 0; k < kSums; ++k) of[k] += partial[(image * chunks + chunk) * kSums + k];
    }
    const double predicted = of[0], truth = of[1], tp = of[2], fp = predicted - tp, fn = truth - tp;
    const double dice = 2 * tp + o.smooth, of_dice = predicted + truth + o.smooth;
    const double tversky = tp + o.smooth, of_tversky = tp + o.tversky_alpha * fp + o.tversky_beta * fn + o.smooth;
    const double dice_share = o.dice_weight * share_of_image, tversky_share = o.tversky_weight * share_of_image;
    const double overlap = of_tversky - tversky * (1 - o.tversky_alpha - o.tversky_beta);
    slopes[4 * image] = static_cast<float>(dice_share * dice / (of_dice * of_dice) +
                                           tversky_share * tversky * o.tversky_alpha / (of_tversky * of_tversky));
    slopes[4 * image + 1] = static_cast<float>(-dice_share * 2 / of_dice - tversky_share * overlap / (of_tversky * of_tversky));
    cells += truth;
    background += of[3];
    on_cells += of[4];
    counted += of[5];
    dice_sum += dice / of_dice;
    tversky_sum += tversky / of_tversky;
  }
  double* const all[] = {&cells, &background, &on_cells, &counted, &dice_sum, &tversky_sum};
  for (double* sum : all) {
    *sum = block_sum(*sum);
    __syncthreads();
  }
  if (threadIdx.x == 0) {
    const double count = counted < 1 ? 1 : counted, share = o.share_of_cells < 0 ? cells / count : o.share_of_cells;
    double weight = (1 - share) / share;  // of no cells +∞, which the bound makes the largest
    if (weight < o.positive_weight_min) weight = o.positive_weight_min;
    if (weight > o.positive_weight_max) weight = o.positive_weight_max;
    const double dice = 1 - dice_sum * share_of_image, tversky = 1 - tversky_sum * share_of_image;
    const double bce = (background + weight * on_cells) / count;
    // A term without a weight may be infinite where the others are not.
    const double total = (o.dice_weight != 0 ? o.dice_weight * dice : 0) + (o.bce_weight != 0 ? o.bce_weight * bce : 0) +
                         (o.tversky_weight != 0 ? o.tversky_weight * tversky : 0);
    values[0] = static_cast<float>(total);
    values[1] = static_cast<float>(dice);
    values[2] = static_cast<float>(bce);
    values[3] = static_cast<float>(tversky);
    of_bce[0] = o.bce_weight / count;
    of_bce[1] = o.bce_weight * weight / count;
  }
  __syncthreads();
  const double on_background = of_bce[0], on_cell = of_bce[1];
  for (int64_t image = threadIdx.x; image < images; image += kThreads) {
    slopes[4 * image + 2] = static_cast<float>(on_background);
    slopes[4 * image + 3] = static_cast<float>(on_cell);
  }
}

template <class T>
__global__ void __launch_bounds__(kThreads)
    loss_slopes(Global<const T> logits, Global<const float> target, int64_t pixels, Limits limits, Global<const float> slopes,
                Global<const float> upstream, Global<T> gradient) {
  const int64_t image = blockIdx.y, stride = static_cast<int64_t>(gridDim.x) * kThreads;
  const float factor = upstream[0], of_p = slopes[4 * image], of_overlap = slopes[4 * image + 1];
  const float of_background = slopes[4 * image + 2], of_cell = slopes[4 * image + 3];
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x; i < pixels; i += stride) {
    const int64_t at = image * pixels + i;
    const float z = to_float(logits[at]), t = target[at], p = probability(z, limits), q = sigmoid(z);
    const bool inside = z >= -limits.logit && z <= limits.logit && p > limits.epsilon && p < 1.0F - limits.epsilon;
    const float through = inside ? (of_p + of_overlap * t) * (p * (1.0F - p)) : 0.0F;
    const float sum = through + of_background * (1.0F - t) * q - of_cell * t * (1.0F - q);
    const bool counts = !limits.ignoring || t <= 1.0F;
    gradient[at] = from_float<T>(counts ? factor * (z == z ? sum : z) : 0.0F);
  }
}

int64_t loss_workspace(AcinusCudaImages shape) { return shape.images * chunks_of(shape) * kSums; }

int loss(AcinusCudaImages shape, AcinusCudaLoss options, const void* logits, const float* target, float* values, float* slopes,
         double* workspace, void* stream) {
  const dim3 grid(chunks_of(shape), static_cast<unsigned>(shape.images));
  ACINUS_TRY(with_type(shape.type, [&](auto type) {
    using T = decltype(type);
    return launch(loss_sums<T>, grid, dim3(kThreads), stream, static_cast<const T*>(logits), target, shape.pixels,
                  limits_of(options), workspace);
  }));
  return launch(finish_loss, dim3(1), dim3(kThreads), stream, workspace, shape.images, int64_t{grid.x}, options, values,
                slopes);
}

int loss_gradient(AcinusCudaImages shape, AcinusCudaLoss options, const void* logits, const float* target, const float* slopes,
                  const float* upstream, void* gradient, void* stream) {
  return with_type(shape.type, [&](auto type) {
    using T = decltype(type);
    return launch(loss_slopes<T>, dim3(chunks_of(shape), static_cast<unsigned>(shape.images)), dim3(kThreads), stream,
                  static_cast<const T*>(logits), target, shape.pixels, limits_of(options), slopes, upstream,
                  static_cast<T*>(gradient));
  });
}

}  // namespace acinus::cuda

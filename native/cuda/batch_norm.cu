// BatchNorm with what follows it, forward and backward, on channels-last images. Of the forward pass only x, which is the
// convolution's output, and two numbers a channel are kept: the backward pass computes the activation again.
#include "cuda/device.cuh"

namespace acinus::cuda {

namespace {

constexpr int64_t kRowsEach = 16;     // of a thread, where there are enough
constexpr int64_t kMostChunks = 512;  // of rows

// Threads of a block side by side take N channels each, those below each other rows.
struct Plan {
  dim3 block, grid;
  Plan(AcinusCudaImages shape, int width) {
    const int64_t packs = ceil_div(shape.channels, width), rows = shape.images * shape.pixels;
    unsigned lanes = 1;
    while (lanes < 32 && lanes < packs) lanes *= 2;
    block = dim3(lanes, kThreads / lanes);
    int64_t chunks = ceil_div(rows, block.y * kRowsEach);
    if (chunks > kMostChunks) chunks = kMostChunks;
    grid = dim3(static_cast<unsigned>(ceil_div(packs, lanes)), static_cast<unsigned>(chunks));
  }
};

template <int A>
__device__ __forceinline__ float activated(float z) {
  if (A == ACINUS_CUDA_RELU) return z > 0.0F || z != z ? z : 0.0F;
  if (A == ACINUS_CUDA_RELU6) return z < 0.0F ? 0.0F : z > 6.0F ? 6.0F : z;
  if (A == ACINUS_CUDA_SILU) return z * sigmoid(z);
  return z;
}

template <int A>
__device__ __forceinline__ float slope(float z) {
  if (A == ACINUS_CUDA_RELU) return z > 0.0F ? 1.0F : 0.0F;
  if (A == ACINUS_CUDA_RELU6) return z > 0.0F && z < 6.0F ? 1.0F : 0.0F;
  if (A == ACINUS_CUDA_SILU) {
    const float s = sigmoid(z);
    return s * (1.0F + z * (1.0F - s));
  }
  return 1.0F;
}

// Divided in 32 bits: in 64 it is a function call, for which registers are spilled.
__device__ __forceinline__ unsigned image_of(int64_t row, const AcinusCudaImages& shape) {
  return static_cast<unsigned>(row) / static_cast<unsigned>(shape.pixels);
}

bool too_many(AcinusCudaImages shape) { return shape.images * shape.pixels > int64_t{0xffffffff}; }

// What a thread needs of its N channels.
template <int N>
struct Channels {
  float mean[N], inverse[N], weight[N], bias[N];
  __device__ Channels(Global<const float> saved, Global<const float> w, Global<const float> b, int64_t first,
                      int64_t channels) {
    ACINUS_UNROLL
    for (int i = 0; i < N; ++i) {
      mean[i] = saved[first + i];
      inverse[i] = saved[channels + first + i];
      weight[i] = w[first + i];
      bias[i] = b[first + i];
    }
  }
  __device__ float normal(float x, int i) const { return (x - mean[i]) * inverse[i]; }
};

// Adds up the rows of a block, of 2·N sums a thread: partial [chunk][2][channels].
template <int N>
__device__ void write_partial(const float (&sums)[2][N], int64_t first, int64_t channels, Global<float> partial) {
  ACINUS_SHARED(float, of_threads, N* kThreads);
  const unsigned lanes = blockDim.x, thread = threadIdx.y * lanes + threadIdx.x;
  ACINUS_UNROLL
  for (int k = 0; k < 2; ++k) {
    __syncthreads();
    ACINUS_UNROLL
    for (int i = 0; i < N; ++i) of_threads[i * kThreads + thread] = sums[k][i];
    __syncthreads();
    if (threadIdx.y > 0 || first >= channels) continue;
    ACINUS_UNROLL
    for (int i = 0; i < N; ++i) {
      float sum = 0;
      for (unsigned row = 0; row < blockDim.y; ++row) sum += of_threads[i * kThreads + row * lanes + threadIdx.x];
      partial[(static_cast<int64_t>(blockIdx.y) * 2 + k) * channels + first + i] = sum;
    }
  }
}

// Both sums of a channel over all chunks, for the first row of threads; blocks of 32 channels × 8.
__device__ void chunk_totals(Global<const float> partial, int64_t chunks, int64_t channel, int64_t channels,
                             double (&totals)[2]) {
  ACINUS_SHARED(double, of_threads, 2 * kThreads);
  const unsigned thread = threadIdx.y * 32 + threadIdx.x;
  double sums[2] = {0, 0};
  if (channel < channels) {
    for (int64_t chunk = threadIdx.y; chunk < chunks; chunk += blockDim.y) {
      sums[0] += partial[2 * chunk * channels + channel];
      sums[1] += partial[(2 * chunk + 1) * channels + channel];
    }
  }
  of_threads[thread] = sums[0];
  of_threads[kThreads + thread] = sums[1];
  __syncthreads();
  for (int k = 0; k < 2; ++k) {
    totals[k] = 0;
    if (threadIdx.y > 0) continue;
    for (unsigned row = 0; row < blockDim.y; ++row) totals[k] += of_threads[k * kThreads + row * 32 + threadIdx.x];
  }
}

}  // namespace

// Sums of x − p and (x − p)², where p is the channel's first number, so that a large mean costs no digits.
template <class T, int N>
__global__ void __launch_bounds__(kThreads)
    norm_sums(Global<const T> x, int64_t rows, int64_t channels, Global<float> partial) {
  const int64_t first = (static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x) * N;
  float sums[2][N] = {};
  if (first < channels) {
    float pivot[N];
    read<N>(pivot, x, first);
    const int64_t stride = static_cast<int64_t>(gridDim.y) * blockDim.y;
    for (int64_t row = static_cast<int64_t>(blockIdx.y) * blockDim.y + threadIdx.y; row < rows; row += stride) {
      float values[N];
      read<N>(values, x, row * channels + first);
      ACINUS_UNROLL
      for (int i = 0; i < N; ++i) {
        const float difference = values[i] - pivot[i];
        sums[0][i] += difference;
        sums[1][i] += difference * difference;
      }
    }
  }
  write_partial<N>(sums, first, channels, partial);
}

template <class T>
__global__ void __launch_bounds__(kThreads)
    finish_statistics(Global<const T> x, Global<const float> partial, int64_t chunks, int64_t rows, int64_t channels,
                      AcinusCudaNorm norm, Global<float> saved) {
  const int64_t channel = static_cast<int64_t>(blockIdx.x) * 32 + threadIdx.x;
  double totals[2];
  chunk_totals(partial, chunks, channel, channels, totals);
  if (threadIdx.y > 0 || channel >= channels) return;
  const auto count = static_cast<double>(rows);
  const double shifted = totals[0] / count, squares = totals[1] / count - shifted * shifted;
  const double mean = to_float(x[channel]) + shifted, variance = squares < 0 ? 0 : squares;
  saved[channel] = static_cast<float>(mean);
  saved[channels + channel] = static_cast<float>(1 / sqrt(variance + norm.eps));
  const Global<float> running_mean = norm.running_mean, running_var = norm.running_var;
  const double kept = 1 - norm.momentum, unbiased = variance * count / (count - 1);
  running_mean[channel] = static_cast<float>(kept * running_mean[channel] + norm.momentum * mean);
  running_var[channel] = static_cast<float>(kept * running_var[channel] + norm.momentum * unbiased);
  const Global<int64_t> batches = norm.batches;
  if (channel == 0 && batches) batches[0] += 1;
}

__global__ void __launch_bounds__(kThreads) running_statistics(AcinusCudaNorm norm, int64_t channels, Global<float> saved) {
  const int64_t channel = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (channel >= channels) return;
  const Global<const float> mean = norm.running_mean, variance = norm.running_var;
  saved[channel] = mean[channel];
  saved[channels + channel] = static_cast<float>(1 / sqrt(variance[channel] + norm.eps));
}

template <class T, int N, int A>
__global__ void __launch_bounds__(kThreads)
    norm_apply(Global<const T> x, Global<const T> residual, Global<const float> factors, AcinusCudaImages shape,
               AcinusCudaNorm norm, Global<const float> saved, Global<T> y) {
  const int64_t first = (static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x) * N;
  if (first >= shape.channels) return;
  const Channels<N> of(saved, norm.weight, norm.bias, first, shape.channels);
  const int64_t rows = shape.images * shape.pixels, stride = static_cast<int64_t>(gridDim.y) * blockDim.y;
  for (int64_t row = static_cast<int64_t>(blockIdx.y) * blockDim.y + threadIdx.y; row < rows; row += stride) {
    const int64_t at = row * shape.channels + first;
    const float factor = factors ? static_cast<float>(factors[image_of(row, shape)]) : 1.0F;
    float values[N], beside[N] = {};
    read<N>(values, x, at);
    if (residual) read<N>(beside, residual, at);
    ACINUS_UNROLL
    for (int i = 0; i < N; ++i) {
      values[i] = beside[i] + factor * activated<A>(fmaf(of.normal(values[i], i), of.weight[i], of.bias[i]));
    }
    write<N>(y, at, values);
  }
}

// Sums of dz and dz·x̂, where z = norm(x).
template <class T, int N, int A>
__global__ void __launch_bounds__(kThreads)
    norm_backward_sums(Global<const T> x, Global<const T> dy, Global<const float> factors, AcinusCudaImages shape,
                       AcinusCudaNorm norm, Global<const float> saved, Global<float> partial) {
  const int64_t first = (static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x) * N;
  float sums[2][N] = {};
  if (first < shape.channels) {
    const Channels<N> of(saved, norm.weight, norm.bias, first, shape.channels);
    const int64_t rows = shape.images * shape.pixels, stride = static_cast<int64_t>(gridDim.y) * blockDim.y;
    for (int64_t row = static_cast<int64_t>(blockIdx.y) * blockDim.y + threadIdx.y; row < rows; row += stride) {
      const int64_t at = row * shape.channels + first;
      const float factor = factors ? static_cast<float>(factors[image_of(row, shape)]) : 1.0F;
      float values[N], slopes[N];
      read<N>(values, x, at);
      read<N>(slopes, dy, at);
      ACINUS_UNROLL
      for (int i = 0; i < N; ++i) {
        const float normal = of.normal(values[i], i),
                    dz = slopes[i] * factor * slope<A>(fmaf(normal, of.weight[i], of.bias[i]));
        sums[0][i] += dz;
        sums[1][i] += dz * normal;
      }
    }
  }
  write_partial<N>(sums, first, shape.channels, partial);
}

// The gradients of weight and bias; `means` [2][channels] of dz and dz·x̂, 0 where the statistics are no function of x.
__global__ void __launch_bounds__(kThreads)
    finish_backward(Global<const float> partial, int64_t chunks, int64_t rows, int64_t channels, int training,
                    Global<float> dweight, Global<float> dbias, Global<float> means) {
  const int64_t channel = static_cast<int64_t>(blockIdx.x) * 32 + threadIdx.x;
  double totals[2];
  chunk_totals(partial, chunks, channel, channels, totals);
  if (threadIdx.y > 0 || channel >= channels) return;
  dbias[channel] = static_cast<float>(totals[0]);
  dweight[channel] = static_cast<float>(totals[1]);
  for (int k = 0; k < 2; ++k) {
    means[k * channels + channel] = training ? static_cast<float>(totals[k] / static_cast<double>(rows)) : 0.0F;
  }
}

template <class T, int N, int A>
__global__ void __launch_bounds__(kThreads)
    norm_backward_apply(Global<const T> x, Global<const T> dy, Global<const float> factors, AcinusCudaImages shape,
                        AcinusCudaNorm norm, Global<const float> saved, Global<const float> means, Global<T> dx) {
  const int64_t first = (static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x) * N;
  if (first >= shape.channels) return;
  const Channels<N> of(saved, norm.weight, norm.bias, first, shape.channels);
  float mean[2][N];
  ACINUS_UNROLL
  for (int i = 0; i < N; ++i) {
    mean[0][i] = means[first + i];
    mean[1][i] = means[shape.channels + first + i];
  }
  const int64_t rows = shape.images * shape.pixels, stride = static_cast<int64_t>(gridDim.y) * blockDim.y;
  for (int64_t row = static_cast<int64_t>(blockIdx.y) * blockDim.y + threadIdx.y; row < rows; row += stride) {
    const int64_t at = row * shape.channels + first;
    const float factor = factors ? static_cast<float>(factors[image_of(row, shape)]) : 1.0F;
    float values[N], slopes[N];
    read<N>(values, x, at);
    read<N>(slopes, dy, at);
    ACINUS_UNROLL
    for (int i = 0; i < N; ++i) {
      const float normal = of.normal(values[i], i), dz = slopes[i] * factor * slope<A>(fmaf(normal, of.weight[i], of.bias[i]));
      values[i] = of.weight[i] * of.inverse[i] * (dz - mean[0][i] - normal * mean[1][i]);
    }
    write<N>(dx, at, values);
  }
}

namespace {

// Calls run(T{}, width) with the widest access that the number of channels allows; LibTorch's memory is aligned to more.
template <class Run>
int with_pack(AcinusCudaImages shape, Run run) {
  return with_type(shape.type, [&](auto type) {
    constexpr int kWidest = kPacked<decltype(type)>;
    return shape.channels % kWidest == 0 ? run(type, Constant<kWidest>{}) : run(type, Constant<1>{});
  });
}

template <class Run>
int with_activation(int activation, Run run) {
  switch (activation) {
    case ACINUS_CUDA_IDENTITY:
      return run(Constant<ACINUS_CUDA_IDENTITY>{});
    case ACINUS_CUDA_RELU:
      return run(Constant<ACINUS_CUDA_RELU>{});
    case ACINUS_CUDA_RELU6:
      return run(Constant<ACINUS_CUDA_RELU6>{});
    case ACINUS_CUDA_SILU:
      return run(Constant<ACINUS_CUDA_SILU>{});
    default:
      return 1;  // cudaErrorInvalidValue
  }
}

dim3 channel_blocks(int64_t channels, int64_t each) { return dim3(static_cast<unsigned>(ceil_div(channels, each))); }

}  // namespace

int64_t norm_workspace(AcinusCudaImages shape) { return 2 * shape.channels * (kMostChunks + 1); }

int norm(AcinusCudaImages shape, AcinusCudaNorm norm, const void* x, const void* residual, const float* factors, void* y,
         float* saved, float* workspace, void* stream) {
  if (too_many(shape)) return 1;  // cudaErrorInvalidValue
  const int64_t rows = shape.images * shape.pixels, channels = shape.channels;
  return with_pack(shape, [&](auto type, auto pack) {
    using T = decltype(type);
    constexpr int kWidth = decltype(pack)::kValue;
    const Plan plan(shape, kWidth);
    const T* input = static_cast<const T*>(x);
    if (norm.training) {
      ACINUS_TRY(launch(norm_sums<T, kWidth>, plan.grid, plan.block, stream, input, rows, channels, workspace));
      ACINUS_TRY(launch(finish_statistics<T>, channel_blocks(channels, 32), dim3(32, kThreads / 32), stream, input, workspace,
                        int64_t{plan.grid.y}, rows, channels, norm, saved));
    } else {
      ACINUS_TRY(launch(running_statistics, channel_blocks(channels, kThreads), dim3(kThreads), stream, norm, channels, saved));
    }
    return with_activation(norm.activation, [&](auto tag) {
      return launch(norm_apply<T, kWidth, decltype(tag)::kValue>, plan.grid, plan.block, stream, input,
                    static_cast<const T*>(residual), factors, shape, norm, saved, static_cast<T*>(y));
    });
  });
}

int norm_backward(AcinusCudaImages shape, AcinusCudaNorm norm, const void* x, const void* dy, const float* factors,
                  const float* saved, void* dx, float* dweight, float* dbias, float* workspace, void* stream) {
  if (too_many(shape)) return 1;
  const int64_t rows = shape.images * shape.pixels, channels = shape.channels;
  float* const means = workspace + 2 * channels * kMostChunks;
  return with_pack(shape, [&](auto type, auto pack) {
    using T = decltype(type);
    constexpr int kWidth = decltype(pack)::kValue;
    const Plan plan(shape, kWidth);
    const T *input = static_cast<const T*>(x), *gradient = static_cast<const T*>(dy);
    return with_activation(norm.activation, [&](auto tag) {
      constexpr int kActivation = decltype(tag)::kValue;
      ACINUS_TRY(launch(norm_backward_sums<T, kWidth, kActivation>, plan.grid, plan.block, stream, input, gradient, factors,
                        shape, norm, saved, workspace));
      ACINUS_TRY(launch(finish_backward, channel_blocks(channels, 32), dim3(32, kThreads / 32), stream, workspace,
                        int64_t{plan.grid.y}, rows, channels, norm.training, dweight, dbias, means));
      return launch(norm_backward_apply<T, kWidth, kActivation>, plan.grid, plan.block, stream, input, gradient, factors, shape,
                    norm, saved, means, static_cast<T*>(dx));
    });
  });
}

}  // namespace acinus::cuda

// What the kernels are written in. nvcc compiles them for a card; for tests g++ does, where native/test/cuda/shim.h stands in
// for CUDA and every access through a Global or a shared array is checked.
#pragma once

#include "cuda/acinus_cuda.h"

#ifdef __CUDACC__
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#define ACINUS_SHARED(type, name, count) __shared__ type name[count]
#define ACINUS_UNROLL _Pragma("unroll")
#else
#include "test/cuda/shim.h"

#define ACINUS_UNROLL
#endif

namespace acinus::cuda {

#ifdef __CUDACC__
template <class T>
using Global = T* __restrict__;

template <class P, class T>
__device__ __forceinline__ P load_as(const T* from, int64_t index) {
  return *reinterpret_cast<const P*>(from + index);
}
template <class P, class T>
__device__ __forceinline__ void store_as(T* to, int64_t index, const P& pack) {
  *reinterpret_cast<P*>(to + index) = pack;
}

template <class... Parameters, class... Arguments>
int launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, void* stream, Arguments... arguments) {
  kernel<<<grid, block, 0, static_cast<cudaStream_t>(stream)>>>(arguments...);
  return static_cast<int>(cudaGetLastError());
}
#else
using shim::Global;
using shim::launch;
using shim::load_as;
using shim::store_as;
#endif

constexpr int kThreads = 256;  // of every block

// N numbers that lie side by side, read and written in one access.
template <class T, int N>
struct alignas(sizeof(T) * N) Pack {
  T values[N];
};
// As many as 16 bytes hold.
template <class T>
constexpr int kPacked = 16 / sizeof(T);

__device__ __forceinline__ float to_float(float x) { return x; }
__device__ __forceinline__ float to_float(__nv_bfloat16 x) { return __bfloat162float(x); }
__device__ __forceinline__ float to_float(__half x) { return __half2float(x); }

template <class T>
__device__ __forceinline__ T from_float(float x);
template <>
__device__ __forceinline__ float from_float<float>(float x) {
  return x;
}
template <>
__device__ __forceinline__ __nv_bfloat16 from_float<__nv_bfloat16>(float x) {
  return __float2bfloat16_rn(x);
}
template <>
__device__ __forceinline__ __half from_float<__half>(float x) {
  return __float2half_rn(x);
}

// Reads N numbers from an index that is a multiple of N.
template <int N, class T>
__device__ __forceinline__ void read(float (&out)[N], Global<const T> from, int64_t index) {
  const auto pack = load_as<Pack<T, N>>(from, index);
  ACINUS_UNROLL
  for (int i = 0; i < N; ++i) out[i] = to_float(pack.values[i]);
}
template <int N, class T>
__device__ __forceinline__ void write(Global<T> to, int64_t index, const float (&numbers)[N]) {
  Pack<T, N> pack;
  ACINUS_UNROLL
  for (int i = 0; i < N; ++i) pack.values[i] = from_float<T>(numbers[i]);
  store_as(to, index, pack);
}

// Exact division would be a function call, for which registers are spilled.
__device__ __forceinline__ float sigmoid(float x) { return __fdividef(1.0F, 1.0F + expf(-x)); }

// The sum over all threads of a block of one dimension, for its first thread. Each call in a kernel needs a barrier before the
// next.
__device__ inline double block_sum(double x) {
  ACINUS_SHARED(double, of_warps, kThreads / 32);
  ACINUS_UNROLL
  for (int by = 16; by > 0; by /= 2) x += __shfl_down_sync(~0U, x, by);
  __syncthreads();
  if (threadIdx.x % 32 == 0) of_warps[threadIdx.x / 32] = x;
  __syncthreads();
  if (threadIdx.x > 0) return 0;
  double sum = 0;
  for (int i = 0; i < kThreads / 32; ++i) sum += of_warps[i];
  return sum;
}

constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// A number that a template takes.
template <int N>
struct Constant {
  static constexpr int kValue = N;
};

// Calls run(T{}) with the type that a shape names.
template <class Run>
int with_type(int type, Run run) {
  switch (type) {
    case ACINUS_CUDA_FLOAT32:
      return run(float{});
    case ACINUS_CUDA_BFLOAT16:
      return run(__nv_bfloat16{});
    case ACINUS_CUDA_FLOAT16:
      return run(__half{});
    default:
      return 1;  // cudaErrorInvalidValue
  }
}

#define ACINUS_TRY(call)                        \
  do {                                          \
    if (const int error = (call)) return error; \
  } while (false)

// Of the table (kernels.cu).
int64_t norm_workspace(AcinusCudaImages shape);
int norm(AcinusCudaImages shape, AcinusCudaNorm norm, const void* x, const void* residual, const float* factors, void* y,
         float* saved, float* workspace, void* stream);
int norm_backward(AcinusCudaImages shape, AcinusCudaNorm norm, const void* x, const void* dy, const float* factors,
                  const float* saved, void* dx, float* dweight, float* dbias, float* workspace, void* stream);
int64_t loss_workspace(AcinusCudaImages shape);
int loss(AcinusCudaImages shape, AcinusCudaLoss options, const void* logits, const float* target, float* values, float* slopes,
         double* workspace, void* stream);
int loss_gradient(AcinusCudaImages shape, AcinusCudaLoss options, const void* logits, const float* target, const float* slopes,
                  const float* upstream, void* gradient, void* stream);
int total_norm(const AcinusCudaStretch* stretches, int64_t count, const float* scale, double clip, float* norm,
               double* workspace, void* stream);
int adamw(const AcinusCudaStretch* stretches, int64_t count, float* const* steps, int64_t tensors, AcinusCudaAdamW options,
          const float* divisor, const float* guard, float* workspace, void* stream);

}  // namespace acinus::cuda

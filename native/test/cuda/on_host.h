// What tests of the CUDA kernels share: tensors as the kernels take them, and the orders in which threads are run.
#pragma once

#include "core/torch.h"
#include "cuda/acinus_cuda.h"
#include "test/catch.h"
#include "test/cuda/shim.h"

namespace acinus::test {

inline constexpr shim::Order kOrders[] = {shim::Order::kAscending, shim::Order::kDescending, shim::Order::kShuffled};
inline constexpr at::ScalarType kTypes[] = {at::kFloat, at::kBFloat16, at::kHalf};

inline int cuda_type(at::ScalarType type) {
  return type == at::kFloat ? ACINUS_CUDA_FLOAT32 : type == at::kBFloat16 ? ACINUS_CUDA_BFLOAT16 : ACINUS_CUDA_FLOAT16;
}

inline const AcinusCudaKernels& kernels() { return *acinus_cuda_kernels(ACINUS_CUDA_VERSION); }

// The memory of a tensor, which the kernels may then touch. An undefined tensor is a null pointer.
template <class T = void>
T* known(shim::Session& session, const Tensor& tensor, const char* name) {
  if (!tensor.defined()) return nullptr;
  session.know(tensor.data_ptr(), tensor.nbytes(), name);
  return static_cast<T*>(tensor.data_ptr());
}

// The largest difference, relative to the largest number that is wanted.
inline double relative_difference(const Tensor& found, const Tensor& wanted) {
  const Tensor apart = (found.to(at::kDouble) - wanted.to(at::kDouble)).abs();
  return apart.max().item<double>() / std::max(wanted.abs().max().item<double>(), 1e-30);
}

// Of one rounding of the type, with float32 arithmetic before it.
inline double tolerance(at::ScalarType type) { return type == at::kFloat ? 2e-6 : type == at::kBFloat16 ? 4e-3 : 5e-4; }

}  // namespace acinus::test

#include "cuda/device.cuh"

extern "C" const AcinusCudaKernels* acinus_cuda_kernels(int version) {
  namespace of = acinus::cuda;
  static const AcinusCudaKernels kernels{ACINUS_CUDA_VERSION, of::norm_workspace, of::norm,
                                         of::norm_backward,   of::loss_workspace, of::loss,
                                         of::loss_gradient,   of::total_norm,     of::adamw};
  return version == ACINUS_CUDA_VERSION ? &kernels : nullptr;
}

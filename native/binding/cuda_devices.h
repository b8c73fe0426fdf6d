// The GPUs that LibTorch can use in this process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace acinus::binding {

struct CudaDevice {
  std::string name;
  uint64_t total_memory = 0;  // bytes
};

// In the order of cuda:0, cuda:1, …; empty when LibTorch's CUDA library was not opened or there is no GPU.
std::vector<CudaDevice> list_cuda_devices();

}  // namespace acinus::binding

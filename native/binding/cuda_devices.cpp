#include "binding/cuda_devices.h"

#include <ATen/Context.h>
#include <dlfcn.h>

namespace acinus::binding {

namespace {

// The driver is asked directly: LibTorch's own headers for this need the CUDA toolkit.
template <class Function>
Function symbol(void* library, const char* name) {
  return reinterpret_cast<Function>(dlsym(library, name));
}

}  // namespace

std::vector<CudaDevice> list_cuda_devices() {
  std::vector<CudaDevice> out;
  if (!at::hasCUDA()) return out;
  void* driver = dlopen("libcuda.so.1", RTLD_NOW);
  if (driver == nullptr) return out;
  const auto initialise = symbol<int (*)(unsigned)>(driver, "cuInit");
  const auto count_devices = symbol<int (*)(int*)>(driver, "cuDeviceGetCount");
  const auto get_device = symbol<int (*)(int*, int)>(driver, "cuDeviceGet");
  const auto get_name = symbol<int (*)(char*, int, int)>(driver, "cuDeviceGetName");
  const auto get_memory = symbol<int (*)(size_t*, int)>(driver, "cuDeviceTotalMem_v2");
  int count = 0;
  if (!initialise || !count_devices || !get_device || !get_name || !get_memory) return out;
  if (initialise(0) != 0 || count_devices(&count) != 0) return out;
  for (int i = 0; i < count; ++i) {
    int device = 0;
    char name[256] = "";
    size_t memory = 0;
    if (get_device(&device, i) != 0 || get_name(name, sizeof(name), device) != 0 || get_memory(&memory, device) != 0) return {};
    out.push_back({name, memory});
  }
  return out;
}

}  // namespace acinus::binding

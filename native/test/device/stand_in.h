// A stand-in for an accelerator: host memory under another device type, without a GPU. What runs on it shows that nothing but
// LibTorch's operators touches a tensor that is not on the CPU.
//
// Its addresses are not readable: code that takes one for memory of the host ends the program. An operator that mixes its
// tensors with CPU tensors throws (a CPU tensor without dimensions counts as a number, as on a GPU). Each operator is computed
// by LibTorch's CPU kernels on copies, and counted; so is everything that crosses between host and device.
#pragma once

#include <string>
#include <vector>

#include "core/torch.h"

namespace acinus::test {

// The device type is one that LibTorch's CPU build knows the name of and has no kernels for.
inline const torch::Device kStandIn(torch::kHPU, 0);

struct DeviceTraffic {
  int64_t operators = 0;             // computed on the device
  std::vector<std::string> reads;    // values that the host asked for, each of them a wait: "float [3]"
  std::vector<std::string> uploads;  // tensors that were brought to the device: "uint8 [2, 3, 64, 64]"
  int64_t allocations = 0;
};

// What happened since the last call, or since the program began.
DeviceTraffic take_traffic();

}  // namespace acinus::test

// Initial weights, from a generator of the network's own: the same seed gives the same network, whatever else drew numbers.
#pragma once

#include "core/torch.h"

namespace acinus {

// What torch.nn.Conv2d starts with: weight and bias uniform in ±1/√fan_in.
void initialise_default(nn::Module& module, at::Generator& generator);

// smp's `initialize_decoder`: He uniform over fan_in for ReLU, ±√(6/fan_in); biases 0.
void initialise_kaiming(nn::Module& module, at::Generator& generator);

// smp's `initialize_head`: Glorot uniform, ±√(6/(fan_in + fan_out)); biases 0.
void initialise_xavier(nn::Module& module, at::Generator& generator);

}  // namespace acinus

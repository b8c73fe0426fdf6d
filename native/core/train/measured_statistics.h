// BatchNorm's running statistics measured anew for weights as they are, where a moving average would remember earlier ones.
#pragma once

#include <functional>

#include "core/model/model.h"

namespace acinus {

// Calls pass(0), …, pass(batches − 1), each of which takes one batch through the network, and leaves in the norms that are in
// train mode the mean over these batches of mean and variance (PyTorch's `torch.optim.swa_utils.update_bn`). The number of
// tracked batches and the momentum of training stay as they were.
void measure_statistics(SegmentationModel& network, int64_t batches, const std::function<void(int64_t)>& pass);

}  // namespace acinus

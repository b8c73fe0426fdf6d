// Functions of a script in place of what the training loop does by itself.
#pragma once

#include "core/loss/own.h"

namespace acinus {

// Indices into the train set's own order for an epoch, TrainData::draws of them.
using OwnOrder = std::function<std::vector<int64_t>(int64_t epoch)>;

struct OwnPixelsRequest {
  Tensor pixels, masks;          // uint8 on the CPU: [B, H, W, 3] and [B, H, W] in {0, 1, kIgnored}, contiguous
  std::vector<int64_t> samples;  // what random changes of each image are to be drawn from, beside seed and epoch
  int64_t epoch;
};

struct OwnPixels {
  Tensor pixels, masks;  // as in the request; any other non-zero is a cell
};

// Changes the images of a batch before they are augmented. May take its time and may throw.
using OwnTransform = std::function<OwnPixels(const OwnPixelsRequest&)>;

// Each may be empty.
struct Own {
  OwnLoss loss;
  OwnOrder order;
  OwnTransform transform;
};

}  // namespace acinus

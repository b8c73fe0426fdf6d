// Recomputation (Chen et al. 2016): the intermediate results of a block are not kept for the backward pass but computed again
// there. That saves memory and costs a second forward pass.
#pragma once

#include "core/torch.h"

namespace acinus::ops {

using Block = std::function<Tensor(const std::vector<Tensor>&)>;

// block(inputs). `parameters`: all that it uses beside its inputs and may learn. The block must give the same each time, apart
// from the running statistics of its norms: BatchNorm views made while it is computed again leave them alone. Gradients are
// those of the plain computation, but where a tensor has several consumers they are added up in another order.
Tensor recomputed(const std::vector<Tensor>& inputs, const std::vector<Tensor>& parameters, Block block);

// True while this thread computes a block again.
bool recomputing();

}  // namespace acinus::ops

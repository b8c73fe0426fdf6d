// PyTorch's own files (`torch.save`, .pth and .pt), which are pickles: read without executing anything, and written.
#pragma once

#include "core/io/safetensors.h"

namespace acinus {

// An OrderedDict of contiguous CPU tensors in PyTorch's zip layout, in the order of `tensors`; opens with
// torch.load(path, weights_only=True). Written beside the target, synced, renamed. ACINUS_WRITE_FAILED.
void write_torch_checkpoint(const std::filesystem::path& path, const StateDict& tensors);

}  // namespace acinus

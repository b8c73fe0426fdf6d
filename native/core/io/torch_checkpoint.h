// PyTorch's own files (`torch.save`, .pth and .pt), which are pickles: read without executing anything, and written.
#pragma once

#include "core/io/read_file.h"
#include "core/io/safetensors.h"

namespace acinus {

struct TorchCheckpoint {
  StateDict tensors;              // in the order of the file; tensors of one storage share it here too, as they do there
  std::vector<std::string> path;  // keys of the dicts around the state dict, outermost first: {"state_dict"}
};

// A state dict, alone or inside of "state_dict", "model" and the like, in the zip layout or in the one before PyTorch 1.6. The
// contents decide, not the name. Throws std::invalid_argument on a file that is damaged or no state dict, and
// ACINUS_CHECKPOINT, naming `path`, on a pickle that asks for code to be run.
TorchCheckpoint read_torch_zip(const ReadFile& file, const std::string& path);
TorchCheckpoint read_torch_legacy(const ReadFile& file, const std::string& path);

// An OrderedDict of contiguous CPU tensors in PyTorch's zip layout, in the order of `tensors`; opens with
// torch.load(path, weights_only=True). Written beside the target, synced, renamed. ACINUS_WRITE_FAILED.
void write_torch_checkpoint(const std::filesystem::path& path, const StateDict& tensors);

}  // namespace acinus

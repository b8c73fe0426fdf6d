// Weights from a file of any format that networks are published in.
#pragma once

#include "core/io/safetensors.h"

namespace acinus {

struct WeightsFile {
  StateDict tensors;
  std::string format;             // safetensors | pth
  std::vector<std::string> path;  // in a .pth: keys of the dicts around the state dict, outermost first
};

// safetensors, or a state dict of PyTorch in either of its layouts; the contents decide, not the name. ACINUS_CHECKPOINT names
// the file and what is wrong with it. Nothing in a file is ever executed.
WeightsFile read_weights_file(const std::filesystem::path& path);

}  // namespace acinus

// The safetensors format: 8-byte header length, JSON header, raw little-endian tensors.
#pragma once

#include <map>

#include "core/torch.h"

namespace acinus {

using StateDict = std::vector<std::pair<std::string, Tensor>>;  // in the order of the file or the module

struct SafetensorsFile {
  StateDict tensors;
  std::map<std::string, std::string> metadata;
};

// Every length and offset is checked against the file: a truncated or hostile file throws ACINUS_CHECKPOINT with its name.
SafetensorsFile read_safetensors(const std::filesystem::path& path);

// Written beside the target, synced, renamed: the file is the old one or the new one, never a half. ACINUS_WRITE_FAILED
// otherwise.
void write_safetensors(const std::filesystem::path& path, const StateDict& tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace acinus

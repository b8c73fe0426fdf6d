// A network's state under smp's keys, and putting a state into a network.
#pragma once

#include "core/io/safetensors.h"

namespace acinus {

struct LoadReport {
  int64_t loaded = 0;
  std::vector<std::string> adapted;     // what was done to names and shapes before, a phrase each
  std::vector<std::string> missing;     // of the network, not in the state
  std::vector<std::string> unexpected;  // in the state, not of the network
  std::vector<std::string> mismatched;  // "key: file [a, b], network [c, d]"
  // Of missing and unexpected names, the nearest on the other side; of the first of them, where one is near.
  std::vector<std::pair<std::string, std::string>> nearest;
};

// Parameters and buffers in registration order, smp's keys, not copied.
StateDict state_dict(nn::Module& network);

// One entry of it, found without gathering the rest; undefined when there is none of that name.
Tensor state_entry(const nn::Module& network, const std::string& name);

struct LoadOptions {
  bool strict = true;
  // Prefixes of parts that a state may lack as a whole even when strict; they keep their values and are reported missing.
  std::vector<std::string> optional_parts = {};
  std::string source = "The weights";  // subject of the sentence when they do not fit
  std::string file = {};               // where they are from, if from one
};

// Copies what fits. strict: anything missing, unexpected or mismatched throws ACINUS_WEIGHTS_MISMATCH before a value is
// changed. A state of which nothing fits throws it always.
LoadReport load_state_dict(nn::Module& network, const StateDict& state, const LoadOptions& options);

}  // namespace acinus

// A network's state under smp's keys, and putting a state into a network.
#pragma once

#include "core/io/safetensors.h"

namespace acinus {

struct LoadReport {
  int64_t loaded = 0;
  std::vector<std::string> missing;     // of the network, not in the state
  std::vector<std::string> unexpected;  // in the state, not of the network
  std::vector<std::string> mismatched;  // "key: file [a, b], network [c, d]"
};

// Parameters and buffers in registration order, smp's keys, not copied.
StateDict state_dict(nn::Module& network);

// Copies what fits. strict: anything missing, unexpected or mismatched throws ACINUS_WEIGHTS_MISMATCH before a value is
// changed. `optional_parts`: prefixes of parts that a state may lack as a whole even then; they keep their values and are
// reported missing.
LoadReport load_state_dict(nn::Module& network, const StateDict& state, bool strict,
                           const std::vector<std::string>& optional_parts = {});

}  // namespace acinus

// A stopped run on disk: PATH (weights, readable by anyone) and PATH.state (everything else that resume needs).
#pragma once

#include "core/io/safetensors.h"

namespace acinus {

struct RunState {
  StateDict tensors;                           // moments, gradients of an open accumulation, counters
  std::map<std::string, std::string> scalars;  // numbers exact to the last bit
};

struct RunCheckpoint {
  StateDict weights;
  RunState state;
};

// Weights and state belong together whenever the process is killed: the new state is written as PATH.state.next, then the
// weights replace the old ones, then the new state replaces the old one; each state names the checksum of its weights.
void write_run_checkpoint(const std::filesystem::path& path, const StateDict& weights,
                          const std::map<std::string, std::string>& metadata, const RunState& state);

// Takes whichever of PATH.state and PATH.state.next belongs to the weights. ACINUS_CHECKPOINT when neither does.
RunCheckpoint read_run_checkpoint(const std::filesystem::path& path);

// Names, shapes and bytes of a state, 16 hexadecimal digits. Not cryptographic: it tells a mix-up or a damaged file.
std::string checksum(const StateDict& state);

// Copies on the CPU in row-major order, as files hold them.
StateDict stored_form(const StateDict& state);

// Numbers and lists of numbers as text and back, exactly; from_text of anything else throws ACINUS_CHECKPOINT.
std::string to_text(const std::vector<double>& values);
std::vector<double> from_text(const std::string& text);

}  // namespace acinus

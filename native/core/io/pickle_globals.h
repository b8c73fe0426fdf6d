// The names that a pickled state dict may mention, and what a call of each makes.
#pragma once

#include "core/io/pickle.h"

namespace acinus {

// Nothing for a name outside of the list.
std::optional<PickleGlobal> known_global(const std::string& module, const std::string& name);

// Checks a tensor against its storage: no dimension, stride or offset may reach beyond it, in arithmetic that cannot overflow.
// Throws std::invalid_argument.
void check_tensor(const PickleTensor& tensor, const PickleStorage& storage);

}  // namespace acinus

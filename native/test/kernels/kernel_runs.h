// Each fast operation, and its plain version, on one side of a comparison.
#pragma once

#include <functional>

#include "test/kernels/kernel_sides.h"

namespace acinus::ops::checks {

using Run = std::function<Tensor(Side&)>;

// The run that a case names, with its content drawn. Throws ACINUS_INVALID_ARGUMENT where there is no such operation.
Run run_of(const KernelCase& request, Contents& draw);

}  // namespace acinus::ops::checks

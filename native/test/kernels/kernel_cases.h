// The sizes at which the fast operations are compared with their plain versions.
#pragma once

#include <string>
#include <vector>

#include "test/kernels/kernel_check.h"

namespace acinus::test {

// Of one operation of the network, of the loss or of the optimizer.
std::vector<ops::KernelCase> network_cases(const std::string& operation);
// Of one operation on images: smaller and larger than the kernels, widths that are no whole vectors, one to four wavelengths;
// the tall ones take every length of the edge map's transforms, and squares alone are turned by 90°.
std::vector<ops::KernelCase> image_cases(const std::string& operation);

}  // namespace acinus::test

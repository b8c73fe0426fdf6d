// The plain twin of core/predict/separation.h: the same definition, a pixel at a time, without threads, tables or bands.
#pragma once

#include "core/predict/separation.h"
#include "test/catch.h"

namespace acinus::test {

struct Scene {
  int64_t height, width;
  std::vector<float> probability;
};

// Labels as `separate` gives them.
std::vector<int32_t> separated(const Scene& scene, double threshold, const SeparationOptions& options);

}  // namespace acinus::test

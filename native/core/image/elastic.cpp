#include "core/image/elastic.h"

#include "core/ops/draws.h"

namespace acinus {

Tensor displacement_field(int64_t height, int64_t width, double alpha, double sigma, const RandomStream& random,
                          torch::Device device) {
  return ops::smoothed(ops::noise(random, height, width, device), alpha, sigma);
}

}  // namespace acinus

// The strongest response of a bank of Gabor kernels at each pixel.
#pragma once

#include "core/torch.h"

namespace acinus::ops {

struct GaborBank {
  Tensor kernels;            // double [orientations · wavelengths, K, K], orientation-major; not to be changed
  int64_t orientations = 0;  // evenly spaced, from 0°
  bool symmetric = false;    // is each kernel the same when it is turned by 180°?

  template <class Visit>
  void visit_tensors(Visit visit) const {
    visit(kernels);
  }
};

// gray: [B, 1, H, W] float or double. Returns the largest of the responses (correlation, reflect-101 border), at least 0:
// [B, 1, H, W] of gray's type.
Tensor strongest_response(const Tensor& gray, const GaborBank& bank);

namespace plain {
Tensor strongest_response(const Tensor& gray, const GaborBank& bank);
}

}  // namespace acinus::ops

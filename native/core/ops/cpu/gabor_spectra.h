// A Gabor bank as the CPU's kernel takes it (core/cpu/image_kernels.h): its spectra along y, and the plan of the transforms.
#pragma once

#include <memory>
#include <vector>

#include "core/cpu/image_kernels.h"
#include "core/ops/gabor_response.h"

namespace acinus::ops::on_cpu {

class GaborSpectra {
 public:
  // Of symmetric kernels. `length`: of the transforms, one of kLengths.
  GaborSpectra(const GaborBank& bank, int length);

  // Valid as long as this.
  cpu::GaborBank view() const;

 private:
  int length_, radius_, pairs_ = 0, single_ = 0;
  std::vector<int> radices_;
  std::vector<std::vector<float>> twiddles_;
  std::vector<float> weights_;
};

// The bands of rows that an image of `height` rows is cut into, an even number, and the length of the transforms which take
// them, two at a time, in the fewest steps.
struct GaborCut {
  int length;
  int64_t bands;
};
GaborCut gabor_cut(int64_t height, int radius);

// Kept for the next call with the same kernels, each length that came up.
std::shared_ptr<const GaborSpectra> gabor_spectra(const GaborBank& bank, int length);

}  // namespace acinus::ops::on_cpu

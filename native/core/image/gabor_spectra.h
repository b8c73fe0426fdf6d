// A Gabor bank as the CPU's kernel takes it (core/cpu/image_kernels.h): its spectra along y, and the plan of the transforms.
#pragma once

#include <memory>
#include <vector>

#include "core/cpu/image_kernels.h"
#include "core/image/gabor.h"

namespace acinus {

class GaborSpectra {
 public:
  // `kernels`: double [orientations · wavelengths, K, K] without a phase. `length`: of the transforms, one of kLengths.
  GaborSpectra(const Tensor& kernels, const EdgeOptions& options, int length);

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

// Kept for the next call with equal options, each length that came up.
std::shared_ptr<const GaborSpectra> gabor_spectra(const Tensor& kernels, const EdgeOptions& options, int length);

}  // namespace acinus

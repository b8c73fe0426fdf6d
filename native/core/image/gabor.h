// The "quantum-inspired" edge channel: a bank of Gabor filters (paper eq. 4, METHOD section 1).
#pragma once

#include "core/torch.h"

namespace acinus {

// By each image's own range, or by what the bank can answer at most.
enum class EdgeScale { kImage, kFixed };

struct EdgeOptions {
  int64_t orientations;             // θ = k·180°/orientations
  std::vector<double> wavelengths;  // λ, px
  double sigma;
  double gamma;
  double psi;
  int64_t kernel_size;   // odd
  bool dc_compensation;  // a flat region answers 0
  bool l1_normalize;
  EdgeScale scale;
  double gain;               // of a fixed scale
  bool before_augmentation;  // in training: of the pixels before they are augmented (core/image/network_input.h)

  bool operator==(const EdgeOptions&) const = default;
};

// Below this share of the strongest possible response a range is rounding, not structure: the image counts as constant.
constexpr double kFlatEdges = 1e-6;

// [N, K, K] double, N = orientations · wavelengths, orientation-major. Same values as OpenCV getGaborKernel before
// compensation. The result is kept for the next call with equal options, because computing it takes as long as the map of a
// small image. Do not write to it.
Tensor gabor_kernels(const EdgeOptions& options);

// rgb: uint8 or float [B, 3, H, W] in 0…255. Returns float [B, 1, H, W] in [0, 1]; zeros for a constant image. Each image's
// range becomes [0, 1], or with a fixed scale: min(1, gain · response / the most that a kernel answers to an image in [0, 1]).
Tensor edge_map(const Tensor& rgb, const EdgeOptions& options);

// What a kernel of the bank answers at most to an image in [0, 1]: the largest sum of a kernel's values above 0.
double largest_response(const EdgeOptions& options);

// True when the map of a mirrored or turned image is the mirrored or turned map.
bool turns_with_image(const EdgeOptions& options);

}  // namespace acinus

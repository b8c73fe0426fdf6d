// Fully connected conditional random field with two labels (Krähenbühl and Koltun 2011): pixels that are near, and of like
// colour, pull each other to one label.
#pragma once

#include <stop_token>

#include "core/torch.h"

namespace acinus {

struct CrfOptions {
  double gaussian_weight;   // of the kernel that knows the place alone
  double gaussian_width;    // px
  double bilateral_weight;  // of the kernel that knows place and colour
  double bilateral_width;   // px
  double colour_width;      // grey levels of 255, in each channel
  int64_t iterations;       // of the mean field
};

// probability: float32 [H, W] on the CPU; rgb: uint8 [3, H, W]. Returns probabilities float32 [H, W].
//
// Each iteration sets logit q_i = logit p_i + Σ_m w_m Σ_{j≠i} k_m(i, j) / √(n_i n_j) · (2 q_j − 1), with n_i = Σ_j k_m(i, j), i
// itself among them. p is kept 1e-6 from 0 and 1. The Gaussian kernel reaches 4 widths, the bilateral one 3.5
// (ops/bilateral.h). Stopped early: throws ACINUS_ABORTED.
Tensor dense_crf(const Tensor& probability, const Tensor& rgb, const CrfOptions& options, std::stop_token stop = {});

}  // namespace acinus

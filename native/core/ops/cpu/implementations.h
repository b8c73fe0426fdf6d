// What the CPU has in place of definitions. Each assumes what its row of the table (ops/table.cpp) asks for.
#pragma once

#include "core/ops/adamw.h"
#include "core/ops/bilateral.h"
#include "core/ops/depthwise_conv2d.h"
#include "core/ops/draws.h"
#include "core/ops/gabor_response.h"
#include "core/ops/luma.h"
#include "core/ops/scse.h"
#include "core/ops/signed_distance.h"
#include "core/ops/squeeze_excite.h"
#include "core/ops/stabilized_loss.h"
#include "core/ops/transform.h"
#include "core/ops/warp.h"

namespace acinus::ops::on_cpu {

// These read each activation once a pass and save nothing that can be had again from their input.
Tensor batch_norm_act(const Tensor& x, const BatchNorm& norm, Activation activation);
Tensor batch_norm_add(const Tensor& x, const BatchNorm& norm, const Tensor& residual, const Tensor& factors);

Tensor conv2d_prepared(const Tensor& x, const Conv2d& convolution, const Conv2dSurroundings& around);
Tensor conv2d_by_patches(const Tensor& x, const Conv2d& convolution, const Conv2dSurroundings& around);
Tensor conv2d_by_winograd(const Tensor& x, const Conv2d& convolution, const Conv2dSurroundings& around);
Tensor conv2d_pointwise(const Tensor& x, const Conv2d& convolution, const Conv2dSurroundings& around);
// LibTorch's convolution of bfloat16 is slow where the processor does not multiply it, that of float16 always.
Tensor conv2d_in_float32(const Tensor& x, const Conv2d& convolution, const Conv2dSurroundings& around);

// What is convolved, silu(norm(x)), is never stored.
Depthwise depthwise_conv2d(const Tensor& x, const BatchNorm* norm, const Tensor& weight, const WindowOptions& windows);
Squeezed depthwise_conv2d_squeeze(const Tensor& x, const Conv2d* expansion, const BatchNorm* norm, const Tensor& weight,
                                  const WindowOptions& windows, const BatchNorm& after);
// With a prepared expansion, whose result is never stored either.
Squeezed expanded_conv2d_squeeze(const Tensor& x, const Conv2d* expansion, const BatchNorm* norm, const Tensor& weight,
                                 const WindowOptions& windows, const BatchNorm& after);

// What is gated is not kept for the backward pass.
Tensor squeeze_excite_conv1x1(const Tensor& x, const BatchNorm& norm, const ChannelGateWeights& weights,
                              const Tensor& projection, const Statistics& statistics);
Tensor excitation(const Tensor& mean, const ChannelGateWeights& weights);
Tensor gated(const Tensor& s, const Tensor& gate);

Tensor upsample_cat_scse(const Tensor& low, at::TensorList skips, const ScseWeights& weights);
Tensor batch_norm_relu_scse(const Tensor& x, const BatchNorm& norm, const ScseWeights& weights);

Tensor luma(const Tensor& rgb);
Tensor strongest_response(const Tensor& gray, const GaborBank& bank);
// By scan lines, in linear time.
Tensor signed_distance(const Tensor& mask);
Tensor smoothed(const Tensor& planes, double alpha, double sigma);
Tensor bilateral_sum(const Tensor& values, const Tensor& colours, const BilateralKernel& kernel);
Tensor remap(const Tensor& image, const Tensor& field, Interpolation interpolation);
void transform(const Tensor& pixels, const Tensor& mask, const AugmentDecisions& decisions, const Tensor& field,
               const Transformed& out);
Tensor noise(const RandomStream& random, int64_t height, int64_t width, torch::Device device);
Tensor drop_connect_factors(const DropConnect& request, torch::Device device);

std::optional<StabilizedLoss> stabilized_loss(const Tensor& logits, const Tensor& target, const StabilizedLossOptions& options);

void adamw_step(const AdamWTensors& all, const AdamWRates& rates, const Tensor& gradient_scale);
Tensor total_norm(const std::vector<Tensor>& gradients);

}  // namespace acinus::ops::on_cpu

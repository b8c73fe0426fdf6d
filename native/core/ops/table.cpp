// Which implementation takes a call. Here alone a device, a type, a layout, a size, a wanted gradient or an instruction set
// decides that. The rows of a door are tried from the top; where none fits, the definition does the work.
#include <algorithm>

#include "core/cpu/image_kernels.h"
#include "core/ops/autocast.h"
#include "core/ops/cpu/implementations.h"
#include "core/ops/cpu/patch_conv2d.h"
#include "core/ops/cpu/winograd_conv2d.h"
#include "core/ops/operation.h"

namespace acinus::ops {

namespace {

// What the rows of the CPU ask for.

bool known_type(at::ScalarType type) { return type == at::kFloat || type == at::kBFloat16; }

// [B, C, H, W] in the layout and in a type that the kernels read.
bool channels_last(const Tensor& x) {
  return cpu::kernels_enabled() && x.defined() && x.dim() == 4 && x.numel() > 0 && known_type(x.scalar_type()) &&
         x.is_contiguous(at::MemoryFormat::ChannelsLast);
}

bool alike(const Tensor& x, const Tensor& y) {
  return channels_last(x) && channels_last(y) && x.scalar_type() == y.scalar_type();
}

bool floats(const Tensor& x) { return cpu::kernels_enabled() && x.scalar_type() == at::kFloat; }

bool dense_floats(const std::vector<Tensor>& tensors) {
  return cpu::kernels_enabled() && std::all_of(tensors.begin(), tensors.end(), [](const Tensor& tensor) {
           return tensor.scalar_type() == at::kFloat && tensor.is_non_overlapping_and_dense();
         });
}

bool has_kernel(const WindowOptions& windows) {
  return (windows.kernel == 3 || windows.kernel == 5) && (windows.stride == 1 || windows.stride == 2) && windows.dilation == 1;
}

bool keeps_size(const WindowOptions& windows) {
  return windows.padded_evenly() && windows.stride == 1 && windows.dilation == 1 && 2 * windows.pad_top == windows.kernel - 1;
}

// One group that takes all channels of x, which the kernels can read.
bool dense(const Tensor& x, const Conv2d& convolution) {
  return convolution.groups == 1 && convolution.weight.size(1) == x.size(1) && channels_last(x);
}

bool prepares(const Tensor& x, const Conv2d& convolution, const BatchNorm* norm) {
  const int64_t kernel = convolution.windows.kernel;
  const bool for_inference = convolution.place && !at::GradMode::is_enabled() && !(norm && norm->training);
  return for_inference && (kernel == 1 || kernel == 3) && keeps_size(convolution.windows) && dense(x, convolution) &&
         on_cpu::own_products_pay(compute_type(x), /*by_winograd=*/kernel == 3);
}

bool conv2d_prepared(const Tensor& x, const Conv2d& convolution, const Conv2dSurroundings& around) {
  const bool known = convolution.windows.kernel == 1 ? !around.upsampled : !around.gate.defined();
  const bool joins =
      !around.residual.defined() || (channels_last(around.residual) && around.residual.scalar_type() == compute_type(x));
  return known && joins && prepares(x, convolution, around.norm);
}

// Patches of x or of the output are short.
bool conv2d_by_patches(const Tensor& x, const Conv2d& convolution, const Conv2dSurroundings& around) {
  const auto short_of = [&](int64_t side) {
    return on_cpu::patch_length(convolution.weight.size(side), convolution.windows.kernel) <= on_cpu::kLongestPatch;
  };
  return !around.upsampled && !around.gate.defined() && dense(x, convolution) && known_type(compute_type(x)) &&
         has_kernel(convolution.windows) && (short_of(1) || (short_of(0) && convolution.windows.stride == 1));
}

// Few tiles leave the products few rows, and the transformed weights are four times the weights.
bool conv2d_by_winograd(const Tensor& x, const Conv2d& convolution, const Conv2dSurroundings& around) {
  const auto type = compute_type(x);
  const int64_t factor = around.upsampled ? 2 : 1, tiled = (factor * x.size(2) + 3) / 4 * ((factor * x.size(3) + 3) / 4);
  const bool close = type == at::kBFloat16 && cpu::multiplies_bfloat16();
  return !around.gate.defined() && convolution.windows.kernel == 3 && keeps_size(convolution.windows) &&
         dense(x, convolution) && on_cpu::own_products_pay(type, /*by_winograd=*/true) &&
         x.size(0) * tiled >= (close ? 128 : 32);
}

bool conv2d_pointwise(const Tensor& x, const Conv2d& convolution, const Conv2dSurroundings& around) {
  return !around.upsampled && !around.gate.defined() && convolution.windows.kernel == 1 && keeps_size(convolution.windows) &&
         dense(x, convolution) && known_type(compute_type(x));
}

// In float16 oneDNN computes the gradient of a weight by its reference implementation alone, which takes minutes.
bool conv2d_in_float32(const Tensor& x, const Conv2d&, const Conv2dSurroundings& around) {
  const auto type = compute_type(x);
  const bool slow = type == at::kHalf || (type == at::kBFloat16 && !cpu::multiplies_bfloat16());
  return !around.upsampled && !around.gate.defined() && slow && cpu::kernels_enabled();
}

// The table.

constinit const Operation batch_norm_act_door{
    "batch_norm_act",
    plain::batch_norm_act,
    {{at::kCPU, "kernels", [](const Tensor& x, const BatchNorm&, Activation) { return channels_last(x); },
      on_cpu::batch_norm_act}}};

constinit const Operation batch_norm_add_door{
    "batch_norm_add",
    plain::batch_norm_add,
    {{at::kCPU, "kernels",
      [](const Tensor& x, const BatchNorm&, const Tensor& residual, const Tensor&) { return alike(x, residual); },
      on_cpu::batch_norm_add}}};

constinit const Operation conv2d_door{"conv2d",
                                      plain::conv2d,
                                      {{at::kCPU, "prepared", conv2d_prepared, on_cpu::conv2d_prepared},
                                       {at::kCPU, "patches", conv2d_by_patches, on_cpu::conv2d_by_patches},
                                       {at::kCPU, "winograd", conv2d_by_winograd, on_cpu::conv2d_by_winograd},
                                       {at::kCPU, "pointwise", conv2d_pointwise, on_cpu::conv2d_pointwise},
                                       {at::kCPU, "in float32", conv2d_in_float32, on_cpu::conv2d_in_float32}}};

constinit const Operation depthwise_conv2d_door{
    "depthwise_conv2d",
    plain::depthwise_conv2d,
    {{at::kCPU, "kernels",
      [](const Tensor& x, const BatchNorm*, const Tensor&, const WindowOptions& windows) {
        return channels_last(x) && has_kernel(windows);
      },
      on_cpu::depthwise_conv2d}}};

constinit const Operation depthwise_conv2d_squeeze_door{
    "depthwise_conv2d_squeeze",
    plain::depthwise_conv2d_squeeze,
    {{at::kCPU, "expanded by prepared weights",
      [](const Tensor& x, const Conv2d* expansion, const BatchNorm* norm, const Tensor&, const WindowOptions& windows,
         const BatchNorm&) {
        return expansion && expansion->windows.kernel == 1 && has_kernel(windows) && prepares(x, *expansion, norm);
      },
      on_cpu::expanded_conv2d_squeeze},
     {at::kCPU, "kernels",
      [](const Tensor& x, const Conv2d* expansion, const BatchNorm*, const Tensor&, const WindowOptions& windows,
         const BatchNorm&) { return !expansion && has_kernel(windows) && channels_last(x); },
      on_cpu::depthwise_conv2d_squeeze}}};

constinit const Operation squeeze_excite_conv1x1_door{"squeeze_excite_conv1x1",
                                                      plain::squeeze_excite_conv1x1,
                                                      {{at::kCPU, "kernels",
                                                        [](const Tensor& x, const BatchNorm&, const ChannelGateWeights&,
                                                           const Tensor&, const Statistics&) { return channels_last(x); },
                                                        on_cpu::squeeze_excite_conv1x1}}};

constinit const Operation excitation_door{
    "excitation",
    plain::excitation,
    {{at::kCPU, "kernels", [](const Tensor& mean, const ChannelGateWeights&) { return floats(mean); }, on_cpu::excitation}}};

constinit const Operation gated_door{
    "gated",
    plain::gated,
    {{at::kCPU, "kernels",
      [](const Tensor& s, const Tensor& gate) { return channels_last(s) && gate.scalar_type() == at::kFloat; },
      on_cpu::gated}}};

constinit const Operation upsample_cat_scse_door{
    "upsample_cat_scse",
    plain::upsample_cat_scse,
    {{at::kCPU, "kernels",
      [](const Tensor& low, at::TensorList skips, const ScseWeights&) {
        return channels_last(low) && std::all_of(skips.begin(), skips.end(), [&](const Tensor& x) { return alike(x, low); });
      },
      on_cpu::upsample_cat_scse}}};

constinit const Operation batch_norm_relu_scse_door{
    "batch_norm_relu_scse",
    plain::batch_norm_relu_scse,
    {{at::kCPU, "kernels", [](const Tensor& x, const BatchNorm&, const ScseWeights&) { return channels_last(x); },
      on_cpu::batch_norm_relu_scse}}};

constinit const Operation luma_door{
    "luma",
    plain::luma,
    {{at::kCPU, "rows of pixels",
      [](const Tensor& rgb) { return rgb.scalar_type() == at::kByte || rgb.scalar_type() == at::kFloat; }, on_cpu::luma}}};

constinit const Operation strongest_response_door{"strongest_response",
                                                  plain::strongest_response,
                                                  {{at::kCPU, "kernels",
                                                    [](const Tensor& gray, const GaborBank& bank) {
                                                      return floats(gray) && bank.symmetric &&
                                                             bank.kernels.size(1) / 2 <= cpu::kMostGaborRadius;
                                                    },
                                                    on_cpu::strongest_response}}};

constinit const Operation smoothed_door{
    "smoothed",
    plain::smoothed,
    {{at::kCPU, "kernels", [](const Tensor& planes, double, double) { return floats(planes); }, on_cpu::smoothed}}};

constinit const Operation bilateral_sum_door{
    "bilateral_sum",
    plain::bilateral_sum,
    {{at::kCPU, "kernels",
      [](const Tensor& values, const Tensor& colours, const BilateralKernel&) { return floats(values) && floats(colours); },
      on_cpu::bilateral_sum}}};

constinit const Operation remap_door{
    "remap",
    plain::remap,
    {{at::kCPU, "kernels",
      [](const Tensor& image, const Tensor& field, Interpolation) { return floats(image) && floats(field); }, on_cpu::remap}}};

constinit const Operation transform_door{
    "transform",
    plain::transform,
    {{at::kCPU, "packed bytes",
      [](const Tensor& pixels, const Tensor& mask, const AugmentDecisions&, const Tensor&, const Transformed&) {
        return cpu::kernels_enabled() && pixels.scalar_type() == at::kByte && mask.scalar_type() == at::kByte;
      },
      on_cpu::transform}}};

constinit const Operation noise_door{
    "noise",
    plain::noise,
    {{at::kCPU, "kernels", [](const RandomStream&, int64_t, int64_t, torch::Device) { return cpu::kernels_enabled(); },
      on_cpu::noise}}};

constinit const Operation drop_connect_factors_door{
    "drop_connect_factors",
    plain::drop_connect_factors,
    {{at::kCPU, "number by number", [](const DropConnect&, torch::Device) { return true; }, on_cpu::drop_connect_factors}}};

// The definition is core/loss, term by term.
constinit const Operation stabilized_loss_door{
    "stabilized_loss",
    plain::stabilized_loss,
    {{at::kCPU, "kernels",
      [](const Tensor& logits, const Tensor& target, const StabilizedLossOptions&) { return floats(logits) && floats(target); },
      on_cpu::stabilized_loss}}};

constinit const Operation signed_distance_door{
    "signed_distance",
    plain::signed_distance,
    {{at::kCPU, "scan lines", [](const Tensor&) { return cpu::kernels_enabled(); }, on_cpu::signed_distance}}};

constinit const Operation adamw_step_door{"adamw_step",
                                          plain::adamw_step,
                                          {{at::kCPU, "kernels",
                                            [](const AdamWTensors& all, const AdamWRates&, const Tensor&) {
                                              return dense_floats(all.parameters) && dense_floats(all.gradients);
                                            },
                                            on_cpu::adamw_step}}};

constinit const Operation total_norm_door{
    "total_norm", plain::total_norm, {{at::kCPU, "kernels", dense_floats, on_cpu::total_norm}}};

const OperationUse* const kDoors[] = {&batch_norm_act_door,
                                      &batch_norm_add_door,
                                      &conv2d_door,
                                      &depthwise_conv2d_door,
                                      &depthwise_conv2d_squeeze_door,
                                      &squeeze_excite_conv1x1_door,
                                      &excitation_door,
                                      &gated_door,
                                      &upsample_cat_scse_door,
                                      &batch_norm_relu_scse_door,
                                      &luma_door,
                                      &strongest_response_door,
                                      &smoothed_door,
                                      &bilateral_sum_door,
                                      &remap_door,
                                      &transform_door,
                                      &noise_door,
                                      &drop_connect_factors_door,
                                      &stabilized_loss_door,
                                      &signed_distance_door,
                                      &adamw_step_door,
                                      &total_norm_door};

}  // namespace

std::vector<ImplementationUse> implementations() {
  std::vector<ImplementationUse> uses;
  for (const OperationUse* door : kDoors) door->append_to(uses);
  return uses;
}

Tensor batch_norm_act(const Tensor& x, const BatchNorm& norm, Activation activation) {
  return batch_norm_act_door(x, norm, activation);
}

Tensor batch_norm_add(const Tensor& x, const BatchNorm& norm, const Tensor& residual, const Tensor& factors) {
  return batch_norm_add_door(x, norm, residual, factors);
}

Tensor conv2d(const Tensor& x, const Conv2d& convolution, const Conv2dSurroundings& around) {
  return conv2d_door(x, convolution, around);
}

Depthwise depthwise_conv2d(const Tensor& x, const BatchNorm* norm, const Tensor& weight, const WindowOptions& windows) {
  return depthwise_conv2d_door(x, norm, weight, windows);
}

Squeezed depthwise_conv2d_squeeze(const Tensor& x, const Conv2d* expansion, const BatchNorm* norm, const Tensor& weight,
                                  const WindowOptions& windows, const BatchNorm& after) {
  return depthwise_conv2d_squeeze_door(x, expansion, norm, weight, windows, after);
}

Tensor squeeze_excite_conv1x1(const Tensor& x, const BatchNorm& norm, const ChannelGateWeights& weights,
                              const Tensor& projection, const Statistics& statistics) {
  return squeeze_excite_conv1x1_door(x, norm, weights, projection, statistics);
}

Tensor excitation(const Tensor& mean, const ChannelGateWeights& weights) { return excitation_door(mean, weights); }

Tensor gated(const Tensor& s, const Tensor& gate) { return gated_door(s, gate); }

Tensor upsample_cat_scse(const Tensor& low, at::TensorList skips, const ScseWeights& weights) {
  return upsample_cat_scse_door(low, skips, weights);
}

Tensor batch_norm_relu_scse(const Tensor& x, const BatchNorm& norm, const ScseWeights& weights) {
  return batch_norm_relu_scse_door(x, norm, weights);
}

Tensor luma(const Tensor& rgb) { return luma_door(rgb); }

Tensor strongest_response(const Tensor& gray, const GaborBank& bank) { return strongest_response_door(gray, bank); }

Tensor smoothed(const Tensor& planes, double alpha, double sigma) { return smoothed_door(planes, alpha, sigma); }

Tensor bilateral_sum(const Tensor& values, const Tensor& colours, const BilateralKernel& kernel) {
  return bilateral_sum_door(values, colours, kernel);
}

Tensor remap(const Tensor& image, const Tensor& field, Interpolation interpolation) {
  return remap_door(image, field, interpolation);
}

void transform(const Tensor& pixels, const Tensor& mask, const AugmentDecisions& decisions, const Tensor& field,
               const Transformed& out) {
  transform_door(pixels, mask, decisions, field, out);
}

Tensor noise(const RandomStream& random, int64_t height, int64_t width, torch::Device device) {
  return noise_door(random, height, width, device);
}

Tensor drop_connect_factors(const DropConnect& request, torch::Device device) {
  return drop_connect_factors_door(request, device);
}

std::optional<StabilizedLoss> stabilized_loss(const Tensor& logits, const Tensor& target,
                                              const StabilizedLossOptions& options) {
  return stabilized_loss_door(logits, target, options);
}

Tensor signed_distance(const Tensor& mask) { return signed_distance_door(mask); }

void adamw_step(const AdamWTensors& all, const AdamWRates& rates, const Tensor& gradient_scale) {
  adamw_step_door(all, rates, gradient_scale);
}

Tensor total_norm(const std::vector<Tensor>& gradients) { return total_norm_door(gradients); }

}  // namespace acinus::ops

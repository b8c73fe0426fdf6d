// The fast CPU kernels, without torch headers: plain pointers, channels-last (NHWC) activations, float parameters and sums.
//
// Each function works on a stretch of ONE image, so that the caller (core/ops) can deal stretches to threads; `pixels` counts
// the stretch, `channels` is the stride between pixels. Sums are floats that are added to: the caller keeps stretches short and
// adds them up in double. z = scale·x + shift is BatchNorm's output, `mean` its mean.
#pragma once

#include <cstdint>

#include "core/cpu/isa.h"

namespace acinus::cpu {

struct BFloat16 {
  uint16_t bits;
};

enum Activation { kIdentity, kRelu, kSilu, kActivations };

struct Norm {
  const float* scale;  // [channels]
  const float* shift;
  const float* mean;  // used by the reductions only
};
// dx = a·dz + b·x + c, BatchNorm's gradient once its sums are known.
struct NormGradient {
  const float* a;
  const float* b;
  const float* c;
};

// Windows of kernel² pixels: one for each pixel of the output.
struct WindowShape {
  int64_t height, width, out_height, out_width, channels;
  int kernel, stride, pad_top, pad_left;
};

// A 1×1 convolution prepared for inference, with its norm folded in: weight in the layout of `pointwise`, bias [outputs].
struct Expansion {
  int64_t channels;  // of its input
  const float* weight;
  const float* bias;
};

// Of a convolution that keeps the size of the image, [height][width]. Half the rows and columns: x stands for the pixels that
// repeat it (nearest), y for the sums of such pixels, which is what a gradient goes back through.
enum class Halved { kNothing, kInput, kOutput };
struct ConvolutionShape {
  int64_t height, width, channels, out_channels;
  Halved halved = Halved::kNothing;
};

// Channels [c_begin, c_end) of the input and [o_begin, o_end) of the output.
struct ChannelBlock {
  int64_t c_begin, c_end, o_begin, o_end;
};

// Where the weight of (output, input channel, tap) lies; a negative stride of the taps turns the kernel around.
struct WeightLayout {
  int64_t out_channels, channels;
  int64_t out_stride, channel_stride, tap_stride;
};

struct PointwiseShape {
  int64_t channels, out_channels;
};

// σ(W₂ f(W₁ m + b₁) + b₂) of the means m of each image.
struct GateShape {
  int64_t images, channels, squeezed;
};
struct GateWeights {
  const float* reduce;  // [squeezed][channels]
  const float* reduce_bias;
  const float* expand;  // [channels][squeezed]
  const float* expand_bias;
};
struct GateValues {
  const float* mean;    // [images][channels]
  const float* before;  // [images][squeezed], the argument of f
  const float* hidden;  // [images][squeezed], and its result
  const float* gate;    // [images][channels]
};
// Gradients of the means and of the arguments of σ and f, each in the shape of its value.
struct GateGradient {
  float* mean;
  float* before;
  float* after;
};

// One step of AdamW (Loshchilov and Hutter 2019), with its factors as PyTorch has them.
struct AdamWStep {
  float gradient_scale;         // gradients are divided by it
  float decay;                  // 1 − learning rate · weight decay
  float step_size;              // learning rate / (1 − β₁ᵗ)
  float beta2, share1, share2;  // share: 1 − β
  float root_correction;        // √(1 − β₂ᵗ)
  float eps;
};

// Logits are clamped to ±logit and their probabilities to [epsilon, 1 − epsilon].
// ignoring: pixels whose target is above 1 count nowhere, and have no gradient; otherwise there are none.
struct LossLimits {
  float logit, epsilon;
  bool ignoring;
};
constexpr int kLossSums = 6;  // of p, t, p·t, the cross-entropy of background and of cells, and of the pixels that count
// Of a pixel's loss: ∂/∂p = probability + overlap·t, and what σ(z) of its background and 1 − σ(z) of its cells are multiplied
// by.
struct LossSlopes {
  float probability, overlap;
  float background, cell;
};

// One of the tensors whose concatenation is gated. `upsampled`: it has half the rows and columns (nearest).
template <class T>
struct Source {
  const T* data;
  T* gradient;  // of the backward pass; null where none is wanted
  int64_t channels;
  bool upsampled;
};

// Rows [begin, end) of the image, both even where a source is upsampled.
struct Rows {
  int64_t begin, end, width;
};

struct ScseGates {
  const float* channel;  // [channels]
  const float* pixel;    // [rows · width] of the image
  const float* weight;   // of the pixel gate, [channels]
};
struct ScseGradient {
  const float* pixel;  // of the pixel gate before its sigmoid, [rows · width]
  const float* mean;   // what the channel gate adds to every pixel, [channels]
};

template <class T>
struct Kernels {
  // sum[c] += Σ (x − reference), square[c] += Σ (x − reference)².
  void (*statistics)(const T* x, int64_t pixels, int64_t channels, const float* reference, float* sum, float* square);

  // y = act(z)
  void (*norm[kActivations])(const T* x, int64_t pixels, int64_t channels, const Norm& norm, T* y);
  // y = factor·z + residual
  void (*norm_add)(const T* x, const T* residual, int64_t pixels, int64_t channels, const Norm& norm, float factor, T* y);
  // dz = factor·dy·act′(z): sums[0][c] += Σ dz, sums[1][c] += Σ dz·(x − mean).
  void (*norm_backward_sums[kActivations])(const T* x, const T* dy, int64_t pixels, int64_t channels, const Norm& norm,
                                           float factor, float* sums);
  void (*norm_backward[kActivations])(const T* x, const T* dy, int64_t pixels, int64_t channels, const Norm& norm, float factor,
                                      const NormGradient& gradient, T* dx);

  // Squeeze-and-excitation over s = silu(z). sum[c] += Σ s.
  void (*squeeze)(const T* x, int64_t pixels, int64_t channels, const Norm& norm, float* sum);
  // y = gate[c]·s
  void (*excite)(const T* x, int64_t pixels, int64_t channels, const Norm& norm, const float* gate, T* y);
  // sums[0 … 4][c] += Σ dy·s, Σ dy·s′, Σ s′, Σ dy·s′·(x − mean), Σ s′·(x − mean); y = gate[c]·s once more.
  void (*excite_backward_sums)(const T* x, const T* dy, int64_t pixels, int64_t channels, const Norm& norm, const float* gate,
                               float* sums, T* y);
  // dz = (gate·dy + mean_gradient)·s′
  void (*excite_backward)(const T* x, const T* dy, int64_t pixels, int64_t channels, const Norm& norm, const float* gate,
                          const float* mean_gradient, const NormGradient& gradient, T* dx);

  // f: ReLU or SiLU.
  void (*channel_gate[kActivations])(const GateShape& shape, const GateWeights& weights, const float* mean, float* before,
                                     float* hidden, float* gate);
  void (*channel_gate_backward[kActivations])(const GateShape& shape, const GateWeights& weights, const GateValues& values,
                                              const float* of_gate, const GateGradient& gradient);
  // Rows [begin, end) of a weight's gradient and of its bias's: weight[o][i] = Σ outputs[image][o]·inputs[image][i].
  void (*outer_products)(int64_t images, const float* outputs, int64_t output_count, const float* inputs, int64_t input_count,
                         int64_t begin, int64_t end, float* weight, float* bias);

  // Of one image: sums[0 … 4] += Σ p, Σ t, Σ p·t, Σ (1 − t)·softplus(z), Σ t·softplus(−z).
  void (*loss_sums)(const float* logits, const float* target, int64_t count, const LossLimits& limits, double* sums);
  void (*loss_gradient)(const float* logits, const float* target, int64_t count, const LossLimits& limits,
                        const LossSlopes& slopes, float* gradient);

  double (*sum)(const float* x, int64_t count);
  double (*sum_of_squares)(const float* x, int64_t count);
  // sums[i] = Σ over the parts, which begin `stride` floats apart.
  void (*sum_of_parts)(const float* parts, int64_t part_count, int64_t stride, int64_t count, float* sums);
  void (*adamw)(int64_t count, const float* gradient, const AdamWStep& step, float* parameter, float* exp_avg,
                float* exp_avg_sq);

  // SCSE over v = cat(sources), or over v = relu(z) of the one source where `norm` is given.
  // mean[c] += Σ v, gate[pixel] = sigmoid(Σ_c weight·v + bias).
  void (*scse_gates)(const Source<T>* sources, int count, const Rows& rows, const Norm* norm, const float* weight, float bias,
                     float* mean, float* gate);
  // y = v·(channel + pixel)
  void (*scse)(const Source<T>* sources, int count, const Rows& rows, const Norm* norm, const ScseGates& gates, T* y);
  // d = dy·v: sums[0][c] += Σ d, and with e[pixel] = Σ_c d · pixel·(1 − pixel): sums[1][c] += Σ e·v.
  // With a norm, and u = dy·(channel + pixel) + e·weight where v > 0: sums[2 … 5][c] += Σ u, Σ 1, Σ u·(x − mean), Σ (x − mean).
  void (*scse_backward_sums)(const Source<T>* sources, int count, const T* dy, const Rows& rows, const Norm* norm,
                             const ScseGates& gates, float* e, float* sums);
  // dv = dy·(channel + pixel) + e·weight + mean, then through the norm or, summed over what it was repeated to, to each source.
  void (*scse_backward)(const Source<T>* sources, int count, const T* dy, const Rows& rows, const Norm* norm,
                        const ScseGates& gates, const ScseGradient& gradient, const NormGradient* norm_gradient);

  // Depthwise convolution of silu(z) where `norm` is given, of x otherwise; weight [kernel², channels], row-major taps.
  // Channels [c_begin, c_end), c_begin a multiple of kDepthwiseGroup; output rows [begin, end). `scratch` holds
  // depthwise_scratch floats. `reference` receives, and `sums` [2][c] are added, as `statistics` does, of the output.
  void (*depthwise)(const WindowShape& shape, const T* x, const Norm* norm, const float* weight, T* y, int64_t c_begin,
                    int64_t c_end, int64_t begin, int64_t end, float* scratch, float* reference, double* sums);
  // For inference: y = silu(after(output)), sums[c] += Σ y.
  void (*depthwise_squeeze)(const WindowShape& shape, const T* x, const Norm* norm, const float* weight, const Norm& after,
                            T* y, int64_t c_begin, int64_t c_end, int64_t begin, int64_t end, float* scratch, double* sums);
  // The same of silu(expansion of x), which is never stored; c_begin a multiple of kPanel, c_end − c_begin ≤ kDepthwiseGroup,
  // `scratch` holds expanded_scratch floats.
  void (*expanded_squeeze)(const WindowShape& shape, const Expansion& expansion, const T* x, const float* weight,
                           const Norm& after, T* y, int64_t c_begin, int64_t c_end, int64_t begin, int64_t end, float* scratch,
                           double* sums);
  // Gradient of its input (silu's output), rows [begin, end) of the input.
  void (*depthwise_backward)(const WindowShape& shape, const T* dy, const float* weight, T* dx, int64_t c_begin, int64_t c_end,
                             int64_t begin, int64_t end, float* scratch);
  // dweight[tap][c] += …, over output rows [begin, end).
  void (*depthwise_backward_weight)(const WindowShape& shape, const T* x, const Norm* norm, const T* dy, float* dweight,
                                    int64_t c_begin, int64_t c_end, int64_t begin, int64_t end, float* scratch);

  // y = act(3×3 convolution of x with zeros around it + bias) by Winograd's F(4×4, 3×3), for tiles [begin, end) of 4×4 outputs,
  // counted row by row and, of a whole batch, image by image; begin a multiple of kBlockRows. Of the outputs, those of panels
  // [first_panel, last_panel), whose transformed weights `weight` holds: [last_panel − first_panel][36
  // places][channels][kPanel], zeros behind the last channel. `inputs`: the batch as winograd_inputs leaves it, or null.
  // `scratch` holds winograd_scratch floats. Of sums, without bias and activation.
  void (*winograd[kActivations])(const ConvolutionShape& shape, const T* x, const float* inputs, const float* weight,
                                 const float* bias, T* y, int64_t begin, int64_t end, int64_t first_panel, int64_t last_panel,
                                 float* scratch);
  // Transforms blocks of kBlockRows tiles, of which the last may be short: winograd_block floats for each block of the batch.
  // `scratch` holds as many floats as there are channels.
  void (*winograd_inputs)(const ConvolutionShape& shape, const T* x, float* inputs, int64_t begin, int64_t end, float* scratch);
  // Panels [begin, end) of the transformed weight, to where the first of them begins.
  void (*winograd_weights)(const WeightLayout& layout, const float* weight, float* out, int64_t begin, int64_t end);
  // The weight's gradient at the 36 places for one block of channels, over tiles [begin, end), counted as above:
  // [36][c_end − c_begin][winograd_row(o_end − o_begin)]. `scratch` holds winograd_backward_scratch floats.
  void (*winograd_backward_weight)(const ConvolutionShape& shape, const T* x, const T* dy, const ChannelBlock& block,
                                   float* sums, int64_t begin, int64_t end, float* scratch);
  // The gradient that such sums amount to, written where the layout says.
  void (*winograd_weight_gradient)(const WeightLayout& layout, const float* sums, float* gradient);
  // y = act(1×1 convolution of gate·x + bias) + residual; gate [channels] and residual may be null. weight:
  // [⌈out_channels / kPanel⌉][channels][kPanel], zeros behind the last channel. `scratch` holds pointwise_scratch floats.
  void (*pointwise[kActivations])(const PointwiseShape& shape, const T* x, const float* gate, const float* weight,
                                  const float* bias, const T* residual, T* y, int64_t pixels, float* scratch);
  void (*pointwise_weights)(const WeightLayout& layout, const float* weight, float* out);
  // sums [channels][winograd_row(out_channels)] = Σ x[c]·dy[o] over the pixels; `onto`: added to them. `scratch`
  // holds pointwise_backward_scratch floats.
  void (*pointwise_backward_weight)(const PointwiseShape& shape, const T* x, const T* dy, int64_t pixels, bool onto,
                                    float* sums, float* scratch);

  // What windows [begin, end) of an image x see, counted row by row: rows [kernel²][channels], zeros outside of the image.
  void (*patches)(const WindowShape& shape, const T* x, int64_t begin, int64_t end, T* rows);
  // The other way: a row of the image [width][channels], each pixel the sum of its places in all patches that have it, and of
  // `bias` [channels]. rows[i]: the patches [out_width][kernel²][channels] of the windows whose i-th row it is; zeros where
  // there are none. Kernels of 3 and 5, strides 1 and 2.
  void (*sum_of_patches)(const WindowShape& shape, const float* const* rows, const float* bias, float* y);
};

constexpr int64_t kDepthwiseGroup = 32;  // channels; a cache line of bfloat16
// Floats of scratch that a depthwise kernel may use.
int64_t depthwise_scratch(const WindowShape& shape);
int64_t expanded_scratch(const WindowShape& shape, const Expansion& expansion);

constexpr int64_t kPanel = 16;  // output channels whose weights lie together
constexpr int64_t kRun = 16;    // input channels that lie together: a cache line of floats
constexpr int kWinogradPlaces = 36;
constexpr int kBlockRows = 24;  // tiles that are transformed together
// Floats from one of the 36 places to the next where each holds so many: an odd number of cache lines, so that what belongs to
// one tile or tap lies in different sets of the cache.
constexpr int64_t winograd_place(int64_t floats) {
  constexpr int64_t kLine = 16;
  return ((floats + kLine - 1) / kLine | 1) * kLine;
}
// Floats of a tile's inputs at all places, [runs of channels][36][kRun].
constexpr int64_t winograd_tile(int64_t channels) {
  return winograd_place((channels + kRun - 1) / kRun * kWinogradPlaces * kRun);
}
int64_t winograd_block(const ConvolutionShape& shape);
int64_t winograd_scratch(const ConvolutionShape& shape);
int64_t winograd_backward_scratch(const ConvolutionShape& shape, const ChannelBlock& block);
constexpr int64_t winograd_row(int64_t outputs) { return (outputs + kPanel - 1) / kPanel * kPanel; }
// Pixels that are multiplied together: a multiple of kBlockRows.
int64_t pointwise_rows(int64_t channels);
// Floats from one copied pixel to the next: an odd number of cache lines, as above.
constexpr int64_t pointwise_row(int64_t channels) { return winograd_place(channels); }
int64_t pointwise_scratch(const PointwiseShape& shape);
constexpr int64_t pointwise_gradient_rows() { return 96; }
int64_t pointwise_backward_scratch(const PointwiseShape& shape);

// The table for this processor.
template <class T>
const Kernels<T>& kernels();

// The table for one instruction set. Call it only on a processor that has this instruction set.
namespace baseline {
template <class T>
const Kernels<T>& kernels();
}
namespace avx2 {
template <class T>
const Kernels<T>& kernels();
}
namespace avx512 {
template <class T>
const Kernels<T>& kernels();
}

}  // namespace acinus::cpu

// Ronneberger's U-Net (2015) with BatchNorm and padded convolutions, as parts that its descendants change: an encoder of
// blocks and 2×2 maxima, and a decoder of up-convolutions and blocks.
#pragma once

#include "core/model/registry.h"

namespace acinus {

// What a skip passes through before it meets the decoder. `gate` has the skip's size.
class SkipGate : public nn::Module {
 public:
  virtual Tensor forward(const Tensor& skip, const Tensor& gate) = 0;
  virtual Plan::Value describe(Plan& plan, Plan::Value skip, Plan::Value gate, const std::string& path) const = 0;
};

// What stands behind the deepest block; it keeps size and channels.
class Bottleneck : public nn::Module {
 public:
  virtual Tensor forward(const Tensor& x) = 0;
  virtual Plan::Value describe(Plan& plan, Plan::Value x, const std::string& path) const = 0;
};

struct PlainUnetOptions {
  int64_t in_channels = 3;
  int64_t width = 64;              // channels of the first block; each of the four deeper ones has twice those above it
  double dropout = 0;              // of feature maps, behind the blocks at strides 16 and 8, and in the decoder 8 and 4
  bool channel_attention = false;  // squeeze-and-excitation in every block
  std::function<std::shared_ptr<SkipGate>(int64_t skip, int64_t gate)> gate = {};  // of these channels; empty: none
  std::function<std::shared_ptr<Bottleneck>(int64_t channels)> bottleneck = {};    // empty: none
};

PlainUnetOptions plain_unet_options(const ModelConfig& config);
std::shared_ptr<Encoder> plain_encoder(const PlainUnetOptions& options);
std::shared_ptr<Decoder> plain_decoder(const PlainUnetOptions& options);

// Whether these are entries of such an encoder and decoder, with gates on the skips or without, and with so many parallel
// convolutions in the bottleneck.
bool are_plain_entries(const EntryShapes& encoder, const EntryShapes& decoder, bool gated, size_t parallel);

// Pixels of the image for one of the deepest map.
inline constexpr int64_t kPlainStride = 16;

// Norm(convolution 1×1(x)), without an activation.
class ConvNormImpl : public nn::Module {
 public:
  ConvNormImpl(int64_t in_channels, int64_t out_channels);
  Tensor forward(const Tensor& x, const Tensor& added = {});  // plus `added`
  Plan::Value describe(Plan& plan, Plan::Value x, const std::string& path) const;

 private:
  Convolution conv_{nullptr};
  CountedNorm norm_{nullptr};
};
TORCH_MODULE(ConvNorm);

}  // namespace acinus

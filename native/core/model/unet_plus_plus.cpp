#include "core/model/unet_plus_plus.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>

#include "core/error.h"
#include "core/model/initialise.h"
#include "core/ops/recompute.h"

namespace acinus {

namespace {

constexpr size_t kLevels = 5;    // features of the encoder, blocks of the outermost path
constexpr int64_t kStride = 32;  // of the deepest feature

}  // namespace

ConvNormReluImpl::ConvNormReluImpl(int64_t in_channels, int64_t out_channels) {
  conv_ = register_module("0", convolution3x3(in_channels, out_channels, false));
  norm_ = register_module("1", nn::BatchNorm2d(out_channels));
}

Tensor ConvNormReluImpl::forward(const Tensor& x) { return conv_->forward_norm_act(x, ops::BatchNorm(*norm_), cpu::kRelu); }

Tensor ConvNormReluImpl::forward_upsampled(const Tensor& x) {
  return conv_->forward_upsampled_norm_act(x, ops::BatchNorm(*norm_), cpu::kRelu);
}

Tensor ConvNormReluImpl::forward_into(const Tensor& x, const Scse& attention) {
  return ops::batch_norm_relu_scse(conv_(x), ops::BatchNorm(*norm_), attention->weights());
}

DecoderBlockImpl::DecoderBlockImpl(int64_t in_channels, int64_t skip_channels, int64_t out_channels) {
  conv1_ = register_module("conv1", ConvNormRelu(in_channels + skip_channels, out_channels));
  attention1_ = register_module("attention1", Scse(in_channels + skip_channels));
  conv2_ = register_module("conv2", ConvNormRelu(out_channels, out_channels));
  attention2_ = register_module("attention2", Scse(out_channels));
}

Tensor DecoderBlockImpl::forward(const Tensor& input, const std::vector<Tensor>& skips) {
  const Tensor x =
      skips.empty() ? conv1_->forward_upsampled(input) : conv1_(ops::upsample_cat_scse(input, skips, attention1_->weights()));
  return conv2_->forward_into(x, attention2_);
}

UnetPlusPlusDecoderImpl::UnetPlusPlusDecoderImpl(const std::vector<int64_t>& encoder_channels,
                                                 const std::vector<int64_t>& decoder_channels) {
  const size_t last = kLevels - 1;
  std::vector<int64_t> in_channels{encoder_channels.front()};
  in_channels.insert(in_channels.end(), decoder_channels.begin(), decoder_channels.end() - 1);
  const auto skip_channels = [&](size_t layer) { return encoder_channels[layer + 1]; };

  auto blocks = std::make_shared<nn::Module>();
  grid_.assign(kLevels, std::vector<DecoderBlock>(kLevels, nullptr));
  const auto add = [&](size_t depth, size_t layer, int64_t in, int64_t skip, int64_t out) {
    grid_[depth][layer] = DecoderBlock(in, skip, out);
    blocks->register_module("x_" + std::to_string(depth) + "_" + std::to_string(layer), grid_[depth][layer].ptr());
  };
  for (size_t layer = 0; layer < last; ++layer) {
    const int64_t skip = skip_channels(layer);
    add(0, layer, in_channels[layer], skip * static_cast<int64_t>(layer + 1), decoder_channels[layer]);
    for (size_t depth = 1; depth <= layer; ++depth) {
      add(depth, layer, skip_channels(layer - 1), skip * static_cast<int64_t>(layer + 1 - depth), skip);
    }
  }
  add(0, last, in_channels[last], 0, decoder_channels[last]);
  register_module("blocks", blocks);
}

Tensor UnetPlusPlusDecoderImpl::through(size_t depth, size_t layer, const Tensor& input, const std::vector<Tensor>& skips) {
  DecoderBlock& block = grid_[depth][layer];
  if (!recompute_ || !is_training()) return block(input, skips);
  std::vector<Tensor> inputs{input};
  inputs.insert(inputs.end(), skips.begin(), skips.end());
  return ops::recomputed(inputs, block->parameters(), [block](const std::vector<Tensor>& given) mutable {
    return block(given[0], std::vector<Tensor>(given.begin() + 1, given.end()));
  });
}

Tensor UnetPlusPlusDecoderImpl::forward(const std::vector<Tensor>& features) {
  const size_t last = kLevels - 1;
  std::vector<std::vector<Tensor>> x(kLevels, std::vector<Tensor>(kLevels));
  for (size_t d = 0; d < last; ++d) x[d][d] = through(d, d, features[d], {features[d + 1]});
  for (size_t distance = 1; distance < last; ++distance) {
    for (size_t d = 0; d + distance < last; ++d) {
      const size_t l = d + distance;
      std::vector<Tensor> skip;
      for (size_t i = d + 1; i <= l; ++i) skip.push_back(x[i][l]);
      skip.push_back(features[l + 1]);
      x[d][l] = through(d, l, x[d][l - 1], skip);
    }
  }
  return through(0, last, x[0][last - 1], {});
}

UnetPlusPlus::UnetPlusPlus(const ModelConfig& config) : input_channels_(config.input_mode == "drop" ? 3 : 4) {
  if (config.decoder_channels.size() != kLevels) {
    throw Error("ACINUS_CONFIG", "UNet++ needs 5 decoderChannels, one a level; there are " +
                                     std::to_string(config.decoder_channels.size()) + ".");
  }
  if (*std::min_element(config.decoder_channels.begin(), config.decoder_channels.end()) < 16) {
    throw Error("ACINUS_CONFIG", "decoderChannels must be at least 16 each, since SCSE divides them by 16.");
  }
  encoder_ = EfficientNet(config.encoder, config.input_mode == "inflate" ? 4 : 3, config.drop_connect_rate);
  const std::vector<int64_t> deepest_first(encoder_->out_channels().rbegin(), encoder_->out_channels().rend());
  decoder_ = UnetPlusPlusDecoder(deepest_first, config.decoder_channels);
  head_ = convolution3x3(config.decoder_channels.back(), 1, true);
  auto head = std::make_shared<nn::Module>();
  head->register_module("0", head_);
  register_module("encoder", encoder_);
  register_module("decoder", decoder_);
  register_module("segmentation_head", head);

  // The projection comes last: with one seed, "projection" and "drop" start from the same encoder and decoder.
  auto generator = at::make_generator<at::CPUGeneratorImpl>(config.seed);
  initialise_default(*encoder_, generator);
  initialise_kaiming(*decoder_, generator);
  initialise_xavier(*head, generator);
  if (config.input_mode == "projection") {
    projection_ = InputProjection(config.projection_width);
    register_module("projection", projection_);
    projection_->initialise(config.projection_init, generator);
  }
}

std::vector<Tensor> UnetPlusPlus::features(const Tensor& input) {
  if (input.dim() != 4 || input.size(1) != input_channels_ || input.size(2) < 1 || input.size(3) < 1) {
    throw Error("ACINUS_INVALID_ARGUMENT",
                "This network takes [B, " + std::to_string(input_channels_) + ", H, W], not " + c10::str(input.sizes()) + ".");
  }
  Tensor x = pad_to_multiple(input, kStride);
  if (projection_) x = projection_(x);
  return encoder_(x);
}

Tensor UnetPlusPlus::forward(const Tensor& input) {
  std::vector<Tensor> deepest_first = features(input);
  std::reverse(deepest_first.begin(), deepest_first.end());
  const Tensor logits = head_(decoder_(deepest_first));
  if (logits.size(2) == input.size(2) && logits.size(3) == input.size(3)) return logits;
  return logits.slice(2, 0, input.size(2)).slice(3, 0, input.size(3));
}

}  // namespace acinus

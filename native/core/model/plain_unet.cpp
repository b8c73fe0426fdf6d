#include "core/model/plain_unet.h"

#include "core/model/channel_attention.h"
#include "core/model/encoder_decoder.h"
#include "core/model/up_convolution.h"
#include "core/ops/recompute.h"

namespace acinus {

namespace {

constexpr int64_t kPlainLevels = 5;

// Conv 3×3 → norm → ReLU, twice → channel attention, if any → dropout.
class PlainBlockImpl : public nn::Module {
 public:
  PlainBlockImpl(int64_t in_channels, int64_t out_channels, bool channel_attention) {
    conv1_ = register_module("conv1", ConvNormRelu(in_channels, out_channels));
    conv2_ = register_module("conv2", ConvNormRelu(out_channels, out_channels));
    if (channel_attention) attention_ = register_module("se", ChannelAttention(out_channels));
  }

  // factors: of dropout, or undefined.
  Tensor forward(const Tensor& x, const Tensor& factors) {
    Tensor y = conv2_(conv1_(x));
    if (attention_) y = attention_(y);
    return factors.defined() ? y * factors.to(y.scalar_type()) : y;
  }

  Plan::Value describe(Plan& plan, Plan::Value x, const std::string& path) const {
    const Plan::Value y = conv2_->describe(plan, conv1_->describe(plan, x, path + ".conv1"), path + ".conv2");
    return attention_ ? attention_->describe(plan, y, path + ".se") : y;
  }

 private:
  ConvNormRelu conv1_{nullptr}, conv2_{nullptr};
  ChannelAttention attention_{nullptr};
};
TORCH_MODULE(PlainBlock);

std::string block_name(size_t i) { return "blocks." + std::to_string(i); }

class PlainEncoder : public Encoder {
 public:
  explicit PlainEncoder(const PlainUnetOptions& options) {
    const auto list = register_module("blocks", std::make_shared<nn::Module>());
    int64_t in = options.in_channels, out = options.width, stride = 1;
    for (int64_t level = 0; level < kPlainLevels; ++level) {
      blocks_.push_back(list->register_module(std::to_string(level), PlainBlock(in, out, options.channel_attention)));
      features_.push_back({out, stride});
      // The two deepest levels; the decoder has places 2 and 3.
      const int64_t place = level - (kPlainLevels - 2);
      dropouts_.push_back({place >= 0 ? options.dropout : 0.0, place, out});
      in = out;
      out *= 2;
      stride *= 2;
    }
    if (options.bottleneck) bottleneck_ = register_module("bottleneck", options.bottleneck(in));
  }

  std::vector<Tensor> forward(const Tensor& image) override {
    std::vector<Tensor> features;
    Tensor x = image;
    for (size_t i = 0; i < blocks_.size(); ++i) {
      if (i > 0) x = at::max_pool2d(x, {2, 2});
      x = through(i, x);
      features.push_back(x);
    }
    if (bottleneck_) features.back() = bottleneck_->forward(x);
    return features;
  }

  std::vector<Plan::Value> describe(Plan& plan, Plan::Value image, const std::string& path) const override {
    std::vector<Plan::Value> features;
    Plan::Value x = image;
    for (size_t i = 0; i < blocks_.size(); ++i) {
      if (i > 0) x = plan.apply("max_pool", x);
      x = blocks_[i]->describe(plan, x, path + "." + block_name(i));
      features.push_back(x);
    }
    if (bottleneck_) features.back() = bottleneck_->describe(plan, x, path + ".bottleneck");
    return features;
  }

 private:
  Tensor through(size_t i, const Tensor& x) {
    PlainBlock block = blocks_[i];
    const Tensor factors = dropouts_[i].factors(x, source_, is_training());
    if (!recompute_ || !is_training()) return block(x, factors);
    return ops::recomputed({x}, block->parameters(),
                           [block, factors](const std::vector<Tensor>& inputs) mutable { return block(inputs[0], factors); });
  }

  std::vector<PlainBlock> blocks_;
  std::vector<Dropout> dropouts_;
  std::shared_ptr<Bottleneck> bottleneck_;
};

// Up-convolution → cat [gated skip, x] → block.
class PlainDecoderBlockImpl : public nn::Module {
 public:
  PlainDecoderBlockImpl(int64_t in_channels, int64_t channels, const PlainUnetOptions& options) {
    up_ = register_module("up", UpConvolution(in_channels, channels));
    if (options.gate) gate_ = register_module("attention", options.gate(channels, channels));
    block_ = register_module("block", PlainBlock(2 * channels, channels, options.channel_attention));
  }

  Tensor forward(const Tensor& input, const Tensor& skip, const Tensor& factors) {
    const Tensor x = up_(input);
    return block_(at::cat({gate_ ? gate_->forward(skip, x) : skip, x}, 1), factors);
  }

  Plan::Value describe(Plan& plan, Plan::Value input, Plan::Value skip, const std::string& path) const {
    const Plan::Value x = up_->describe(plan, input, path + ".up");
    const Plan::Value gated = gate_ ? gate_->describe(plan, skip, x, path + ".attention") : skip;
    return block_->describe(plan, plan.concatenate({gated, x}, path), path + ".block");
  }

 private:
  UpConvolution up_{nullptr};
  std::shared_ptr<SkipGate> gate_;
  PlainBlock block_{nullptr};
};
TORCH_MODULE(PlainDecoderBlock);

class PlainDecoder : public Decoder {
 public:
  explicit PlainDecoder(const PlainUnetOptions& options) {
    const auto list = register_module("blocks", std::make_shared<nn::Module>());
    for (int64_t i = 0; i + 1 < kPlainLevels; ++i) {
      const int64_t channels = options.width << (kPlainLevels - 2 - i);
      blocks_.push_back(list->register_module(std::to_string(i), PlainDecoderBlock(2 * channels, channels, options)));
      dropouts_.push_back({i < 2 ? options.dropout : 0.0, 2 + i, channels});
    }
  }

  Tensor forward(const std::vector<Tensor>& features) override {
    Tensor x = features.back();
    for (size_t i = 0; i < blocks_.size(); ++i) x = through(i, x, features[features.size() - 2 - i]);
    return x;
  }

  Plan::Value describe(Plan& plan, const std::vector<Plan::Value>& features, const std::string& path) const override {
    Plan::Value x = features.back();
    for (size_t i = 0; i < blocks_.size(); ++i) {
      x = blocks_[i]->describe(plan, x, features[features.size() - 2 - i], path + "." + block_name(i));
    }
    return x;
  }

 private:
  Tensor through(size_t i, const Tensor& input, const Tensor& skip) {
    PlainDecoderBlock block = blocks_[i];
    const Tensor factors = dropouts_[i].factors(input, source_, is_training());
    if (!recompute_ || !is_training()) return block(input, skip, factors);
    return ops::recomputed({input, skip}, block->parameters(), [block, factors](const std::vector<Tensor>& inputs) mutable {
      return block(inputs[0], inputs[1], factors);
    });
  }

  std::vector<PlainDecoderBlock> blocks_;
  std::vector<Dropout> dropouts_;
};

}  // namespace

PlainUnetOptions plain_unet_options(const ModelConfig& config) {
  return {.in_channels = encoder_input_channels(config.input_mode), .width = config.width, .dropout = config.dropout};
}

std::shared_ptr<Encoder> plain_encoder(const PlainUnetOptions& options) { return std::make_shared<PlainEncoder>(options); }
std::shared_ptr<Decoder> plain_decoder(const PlainUnetOptions& options) { return std::make_shared<PlainDecoder>(options); }

bool are_plain_entries(const EntryShapes& encoder, const EntryShapes& decoder, bool gated, size_t parallel) {
  const auto branch = [](size_t i) { return "bottleneck.convs." + std::to_string(i) + ".0.weight"; };
  return encoder.contains("blocks.4.conv2.0.weight") && decoder.contains("blocks.3.up.weight") &&
         decoder.contains("blocks.3.attention.psi.0.weight") == gated &&
         encoder.contains("blocks.4.se.squeeze.weight") == gated && (parallel == 0 || encoder.contains(branch(parallel - 1))) &&
         !encoder.contains(branch(parallel));
}

ConvNormImpl::ConvNormImpl(int64_t in_channels, int64_t out_channels) {
  conv_ = register_module("0", convolution1x1(in_channels, out_channels, false));
  norm_ = register_module("1", CountedNorm(nn::BatchNorm2dOptions(out_channels)));
}

Tensor ConvNormImpl::forward(const Tensor& x, const Tensor& added) {
  const ops::BatchNorm norm = norm_->view();
  return conv_->forward(x, {.norm = &norm, .residual = added});
}

Plan::Value ConvNormImpl::describe(Plan& plan, Plan::Value x, const std::string& path) const {
  return plan.convolution(x, path + ".0", *conv_, path + ".1", *norm_);
}

}  // namespace acinus

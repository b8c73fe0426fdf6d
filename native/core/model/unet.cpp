// U-Net over any encoder, entry for entry smp's `Unet`. (Ronneberger's network of 2015 has an encoder of its own.)
#include "core/model/decoder.h"
#include "core/model/registry.h"

namespace acinus {

namespace {

// A chain of blocks from the deepest feature; each takes the next shallower one as its skip, the last block has none.
class UnetDecoder : public Decoder {
 public:
  explicit UnetDecoder(const DecoderOptions& options) {
    const auto list = register_module("blocks", std::make_shared<nn::Module>());
    const std::vector<int64_t> features(options.encoder_channels.rbegin(), options.encoder_channels.rend());
    int64_t in = features.front();
    for (size_t i = 0; i < options.channels.size(); ++i) {
      const int64_t skip = i + 1 < features.size() ? features[i + 1] : 0, out = options.channels[i];
      blocks_.push_back(list->register_module(std::to_string(i), DecoderBlock(in, skip, out, options.attention)));
      in = out;
    }
  }

  Tensor forward(const std::vector<Tensor>& features) override {
    return through_chain(features, [this](size_t i, const Tensor& input, const std::vector<Tensor>& skips) {
      return through(blocks_[i], input, skips);
    });
  }

  Plan::Value describe(Plan& plan, const std::vector<Plan::Value>& features, const std::string& path) const override {
    return through_chain(features, [&](size_t i, Plan::Value input, const std::vector<Plan::Value>& skips) {
      return blocks_[i]->describe(plan, input, skips, path + ".blocks." + std::to_string(i));
    });
  }

 private:
  // The wiring, for values of any kind.
  template <class Value, class Block>
  Value through_chain(const std::vector<Value>& features, Block block) const {
    Value x = features.back();
    for (size_t i = 0; i < blocks_.size(); ++i) {
      std::vector<Value> skips;
      if (i + 1 < features.size()) skips.push_back(features[features.size() - 2 - i]);
      x = block(i, x, skips);
    }
    return x;
  }

  std::vector<DecoderBlock> blocks_;
};

}  // namespace

ArchitectureEntry unet() {
  return {.name = "unet",
          .title = "U-Net",
          .over = OverEncoder{.decoder_channels = {256, 128, 64, 32, 16},
                              .decoder_attention = DecoderAttention::kNone,
                              .decoder = [](const DecoderOptions& options) -> std::shared_ptr<Decoder> {
                                return std::make_shared<UnetDecoder>(options);
                              },
                              .outermost = [](size_t layer) { return "blocks." + std::to_string(layer); }}};
}

}  // namespace acinus

#include "core/model/unet_plus_plus.h"

#include "core/model/registry.h"

namespace acinus {

namespace {

std::string grid_name(size_t depth, size_t layer) { return "x_" + std::to_string(depth) + "_" + std::to_string(layer); }

// The wiring, for values of any kind: block(depth, layer, input, skips) gives the output of x_{depth}_{layer}.
template <class Value, class Block>
Value through_grid(const std::vector<Value>& features, Block block) {
  const std::vector<Value> deepest_first(features.rbegin(), features.rend());
  const size_t last = features.size() - 1;
  std::vector<std::vector<Value>> x(last, std::vector<Value>(last));
  for (size_t distance = 0; distance < last; ++distance) {
    for (size_t d = 0; d + distance < last; ++d) {
      const size_t l = d + distance;
      std::vector<Value> skips;
      for (size_t i = d + 1; i <= l; ++i) skips.push_back(x[i][l]);
      skips.push_back(deepest_first[l + 1]);
      x[d][l] = block(d, l, distance == 0 ? deepest_first[d] : x[d][l - 1], skips);
    }
  }
  return block(size_t{0}, last, x[0][last - 1], std::vector<Value>{});
}

}  // namespace

UnetPlusPlusDecoder::UnetPlusPlusDecoder(const DecoderOptions& options) {
  const std::vector<int64_t> features(options.encoder_channels.rbegin(), options.encoder_channels.rend());
  const size_t levels = options.channels.size(), last = levels - 1;
  const auto in_channels = [&](size_t layer) { return layer == 0 ? features[0] : options.channels[layer - 1]; };
  const auto blocks = register_module("blocks", std::make_shared<nn::Module>());
  grid_.assign(levels, std::vector<DecoderBlock>(levels, nullptr));
  const auto add = [&](size_t depth, size_t layer, int64_t in, int64_t skip, int64_t out) {
    grid_[depth][layer] = blocks->register_module(grid_name(depth, layer), DecoderBlock(in, skip, out, options.attention));
  };
  for (size_t layer = 0; layer < last; ++layer) {
    const int64_t skip = features[layer + 1];
    add(0, layer, in_channels(layer), skip * static_cast<int64_t>(layer + 1), options.channels[layer]);
    for (size_t depth = 1; depth <= layer; ++depth) {
      add(depth, layer, features[layer], skip * static_cast<int64_t>(layer + 1 - depth), skip);
    }
  }
  add(0, last, in_channels(last), 0, options.channels[last]);
}

Tensor UnetPlusPlusDecoder::forward(const std::vector<Tensor>& features) {
  return through_grid(features, [this](size_t depth, size_t layer, const Tensor& input, const std::vector<Tensor>& skips) {
    return through(grid_[depth][layer], input, skips);
  });
}

Plan::Value UnetPlusPlusDecoder::describe(Plan& plan, const std::vector<Plan::Value>& features, const std::string& path) const {
  return through_grid(features, [&](size_t depth, size_t layer, Plan::Value input, const std::vector<Plan::Value>& skips) {
    return grid_[depth][layer]->describe(plan, input, skips, path + ".blocks." + grid_name(depth, layer));
  });
}

ArchitectureEntry unet_plus_plus() {
  return {.name = "unetplusplus",
          .title = "UNet++",
          .over = OverEncoder{.decoder_channels = {256, 128, 64, 32, 16},
                              .decoder_attention = DecoderAttention::kScse,
                              .decoder = [](const DecoderOptions& options) -> std::shared_ptr<Decoder> {
                                return std::make_shared<UnetPlusPlusDecoder>(options);
                              },
                              .outermost = [](size_t layer) { return "blocks." + grid_name(0, layer); }}};
}

}  // namespace acinus

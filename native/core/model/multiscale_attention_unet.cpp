// Multi-Scale Attention U-Net: Attention U-Net with atrous spatial pyramid pooling behind its deepest block.
#include "core/model/aspp.h"
#include "core/model/attention_gate.h"

namespace acinus {

ArchitectureEntry multiscale_attention_unet() {
  return {.name = "multiscale-attention-unet",
          .title = "Multi-Scale Attention U-Net",
          .own = OwnEncoder{.stride = kPlainStride,
                            .width = 64,
                            .dropout = 0.0,
                            .atrous_rates = {6, 12, 18},
                            .parts = [](const ModelConfig& config) -> EncoderAndDecoder {
                              PlainUnetOptions options = plain_unet_options(config);
                              options.channel_attention = true;
                              options.gate = attention_gate;
                              options.bottleneck = [&](int64_t channels) { return aspp(channels, config.atrous_rates); };
                              return {plain_encoder(options), plain_decoder(options)};
                            },
                            .matches =
                                [](const EntryShapes& encoder, const EntryShapes& decoder) {
                                  return are_plain_entries(encoder, decoder, /*gated=*/true, /*parallel=*/4);
                                }}};
}

}  // namespace acinus

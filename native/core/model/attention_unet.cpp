// Attention U-Net: Ronneberger's U-Net with an additive attention gate on every skip (Oktay et al. 2018) and
// squeeze-and-excitation in every block (Hu et al. 2018).
#include "core/model/attention_gate.h"

namespace acinus {

ArchitectureEntry attention_unet() {
  return {.name = "attention-unet",
          .title = "Attention U-Net",
          .own = OwnEncoder{.stride = kPlainStride,
                            .width = 64,
                            .dropout = 0.0,
                            .atrous_rates = {},
                            .parts = [](const ModelConfig& config) -> EncoderAndDecoder {
                              PlainUnetOptions options = plain_unet_options(config);
                              options.channel_attention = true;
                              options.gate = attention_gate;
                              return {plain_encoder(options), plain_decoder(options)};
                            },
                            .matches =
                                [](const EntryShapes& encoder, const EntryShapes& decoder) {
                                  return are_plain_entries(encoder, decoder, /*gated=*/true, /*parallel=*/0);
                                }}};
}

}  // namespace acinus

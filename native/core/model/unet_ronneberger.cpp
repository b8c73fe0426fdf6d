// Ronneberger's U-Net with BatchNorm: five levels, 2×2 maxima, up-convolutions, skips concatenated.
#include "core/model/plain_unet.h"

namespace acinus {

ArchitectureEntry unet_ronneberger() {
  return {.name = "unet-ronneberger",
          .title = "Ronneberger's U-Net",
          .own = OwnEncoder{.stride = kPlainStride,
                            .width = 64,
                            .dropout = 0.0,
                            .atrous_rates = {},
                            .parts = [](const ModelConfig& config) -> EncoderAndDecoder {
                              const PlainUnetOptions options = plain_unet_options(config);
                              return {plain_encoder(options), plain_decoder(options)};
                            },
                            .matches =
                                [](const EntryShapes& encoder, const EntryShapes& decoder) {
                                  return are_plain_entries(encoder, decoder, /*gated=*/false, /*parallel=*/0);
                                }}};
}

}  // namespace acinus

// UNet++ (Zhou et al. 2018; paper eq. 3 and Fig. 1), entry for entry smp's `UnetPlusPlus`.
#pragma once

#include "core/model/decoder.h"

namespace acinus {

// The grid of blocks x_{depth}_{layer}: x_d_l takes x_d_{l−1} (or feature d) and, as its skip, x_{d+1}_l … x_l_l and feature
// l + 1; features are counted from the deepest. DecoderOptions::channels are those of x_0_0, x_0_1, ….
class UnetPlusPlusDecoder : public Decoder {
 public:
  explicit UnetPlusPlusDecoder(const DecoderOptions& options);
  Tensor forward(const std::vector<Tensor>& features) override;
  Plan::Value describe(Plan& plan, const std::vector<Plan::Value>& features, const std::string& path) const override;

 private:
  std::vector<std::vector<DecoderBlock>> grid_;  // [depth][layer]
};

}  // namespace acinus

// From an encoder's feature maps to one map of the image's size.
#pragma once

#include "core/model/decoder_block.h"
#include "core/model/random_source.h"

namespace acinus {

struct DecoderOptions {
  std::vector<int64_t> encoder_channels;  // of the feature maps, shallowest first
  std::vector<int64_t> channels;          // of the blocks, deepest first
  bool attention = true;                  // SCSE in every block
};

class Decoder : public nn::Module {
 public:
  // features: shallowest first, each half the size of the one before.
  virtual Tensor forward(const std::vector<Tensor>& features) = 0;
  // The same as layers of a plan. `path` is the prefix of its entries, without the dot.
  virtual Plan::Value describe(Plan& plan, const std::vector<Plan::Value>& features, const std::string& path) const = 0;

  void set_random_source(const RandomSource& source) { source_ = source; }
  void set_recompute(bool recompute) { recompute_ = recompute; }

 protected:
  RandomSource source_;
  bool recompute_ = false;

  // The block on these inputs; in training under `memory: "low"` it is computed again in the backward pass.
  Tensor through(DecoderBlock block, const Tensor& input, const std::vector<Tensor>& skips);
};

}  // namespace acinus

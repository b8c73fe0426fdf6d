// What a decoder needs of the network in front of it.
#pragma once

#include "core/model/model.h"
#include "core/model/plan.h"
#include "core/model/random_source.h"

namespace acinus {

// Of one feature map.
struct FeatureShape {
  int64_t channels = 0;
  int64_t stride = 1;  // pixels of the image for one of the map, along each axis
};

class Encoder : public nn::Module {
 public:
  // [B, C, H, W], H and W multiples of the last stride → the feature maps, shallowest first.
  virtual std::vector<Tensor> forward(const Tensor& image) = 0;
  // The same as layers of a plan. `path` is the prefix of its entries, without the dot.
  virtual std::vector<Plan::Value> describe(Plan& plan, Plan::Value image, const std::string& path) const = 0;

  const std::vector<FeatureShape>& features() const { return features_; }  // shallowest first
  int64_t stride() const { return features_.back().stride; }               // of the deepest
  void set_random_source(const RandomSource& source) { source_ = source; }
  void set_recompute(bool recompute) { recompute_ = recompute; }

 protected:
  std::vector<FeatureShape> features_;
  RandomSource source_;
  bool recompute_ = false;
};

}  // namespace acinus

// Attention in the decoder.
#pragma once

#include "core/model/plan.h"
#include "core/ops/scse.h"

namespace acinus {

constexpr int64_t kScseReduction = 16;  // channels for each one inside of the channel gate

// Concurrent spatial and channel squeeze-and-excitation (Roy et al. 2018; smp `SCSEModule`): x·c(x) + x·s(x), with a gate per
// channel c = σ(W₂ relu(W₁ mean(x))) and a gate per pixel s = σ(w·x). Same state entries as smp's `Attention("scse")`. Holds
// the weights; ops/scse.h computes it together with what stands in front of it.
class ScseImpl : public nn::Module {
 public:
  explicit ScseImpl(int64_t channels, int64_t reduction = kScseReduction);
  ops::ScseWeights weights() const;
  Plan::Value describe(Plan& plan, Plan::Value x, const std::string& path) const;

 private:
  Convolution squeeze_{nullptr}, excite_{nullptr}, spatial_{nullptr};
};
TORCH_MODULE(Scse);

}  // namespace acinus

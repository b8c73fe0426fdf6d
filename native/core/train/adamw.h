// AdamW (Loshchilov and Hutter 2019), numerically torch.optim.AdamW(fused=True).
#pragma once

#include "core/io/safetensors.h"

namespace acinus {

struct AdamWOptions {
  double weight_decay;
  double beta1;
  double beta2;
  double eps;
  double encoder_learning_rate_factor;
};

class AdamW {
 public:
  // `encoder`: beginning of the names of the encoder's parameters.
  AdamW(StateDict parameters, const std::string& encoder, const AdamWOptions& options);

  // Parameters without a gradient are left alone and keep no moments, as in PyTorch. Gradients are divided by `gradient_scale`,
  // a float on their device, where it is defined.
  // The encoder's learning rate is `encoder_learning_rate`, or without one learning_rate times its factor.
  void step(double learning_rate, std::optional<double> beta1, const Tensor& gradient_scale = {},
            std::optional<double> encoder_learning_rate = {});
  void zero_gradients();
  std::vector<Tensor> gradients() const;  // of the parameters that have one

  StateDict state() const;               // not copied
  void restore(const StateDict& state);  // parameters that `state` does not know lose their moments

 private:
  struct Slot {
    std::string name;
    bool of_encoder;
    Tensor parameter;
    Tensor exp_avg;  // undefined until the first gradient
    Tensor exp_avg_sq;
    Tensor step;
  };
  void begin(Slot& slot);
  enum class Group { kAll, kEncoder, kRest };
  void step_group(Group group, double learning_rate, double beta1, const Tensor& gradient_scale);

  AdamWOptions options_;
  std::vector<Slot> slots_;
};

}  // namespace acinus

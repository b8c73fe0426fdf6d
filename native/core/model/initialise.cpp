#include "core/model/initialise.h"

#include "core/model/convolution.h"

namespace acinus {

namespace {

enum class Biases { kZero, kAsWeights };

// Draws every convolution's weights uniformly in ±bound(fan_in, fan_out); BatchNorm keeps the 1 and 0 of its constructor.
template <class Bound>
void initialise(nn::Module& module, at::Generator& generator, Biases biases, Bound bound) {
  const torch::NoGradGuard no_grad;
  for (const auto& child : module.modules()) {
    auto* convolution = child->as<ConvolutionImpl>();
    if (convolution == nullptr) continue;
    Tensor& weight = convolution->weight;
    const auto area = static_cast<double>(weight.size(2) * weight.size(3));
    const double limit = bound(static_cast<double>(weight.size(1)) * area, static_cast<double>(weight.size(0)) * area);
    weight.uniform_(-limit, limit, generator);
    if (!convolution->bias.defined()) continue;
    if (biases == Biases::kZero) {
      convolution->bias.zero_();
    } else {
      convolution->bias.uniform_(-limit, limit, generator);
    }
  }
}

}  // namespace

void initialise_default(nn::Module& module, at::Generator& generator) {
  initialise(module, generator, Biases::kAsWeights, [](double fan_in, double) { return 1.0 / std::sqrt(fan_in); });
}

void initialise_kaiming(nn::Module& module, at::Generator& generator) {
  initialise(module, generator, Biases::kZero, [](double fan_in, double) { return std::sqrt(6.0 / fan_in); });
}

void initialise_xavier(nn::Module& module, at::Generator& generator) {
  initialise(module, generator, Biases::kZero,
             [](double fan_in, double fan_out) { return std::sqrt(6.0 / (fan_in + fan_out)); });
}

}  // namespace acinus

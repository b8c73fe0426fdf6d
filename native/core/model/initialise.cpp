#include "core/model/initialise.h"

#include "core/model/convolution.h"
#include "core/model/up_convolution.h"

namespace acinus {

namespace {

enum class Biases { kZero, kAsWeights };

// Draws every convolution's weights uniformly in ±bound(fan_in, fan_out); BatchNorm keeps the 1 and 0 of its constructor.
template <class Bound>
void initialise(nn::Module& module, at::Generator& generator, Biases biases, Bound bound) {
  const torch::NoGradGuard no_grad;
  const auto draw = [&](Tensor& weight, Tensor& bias, int64_t fan_in, int64_t fan_out) {
    const double limit = bound(static_cast<double>(fan_in), static_cast<double>(fan_out));
    weight.uniform_(-limit, limit, generator);
    if (!bias.defined()) return;
    if (biases == Biases::kZero) {
      bias.zero_();
    } else {
      bias.uniform_(-limit, limit, generator);
    }
  };
  for (const auto& child : module.modules()) {
    if (auto* convolution = child->as<ConvolutionImpl>()) {
      Tensor& weight = convolution->weight;
      const int64_t area = weight.size(2) * weight.size(3);
      draw(weight, convolution->bias, weight.size(1) * area, weight.size(0) * area);
    } else if (auto* up = child->as<UpConvolutionImpl>()) {
      // Its windows do not overlap: a pixel sees one of each input channel.
      draw(up->weight, up->bias, up->weight.size(0), up->weight.size(1));
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

#include "test/kernels/loss_kernel_check.h"

#include <ATen/CPUGeneratorImpl.h>

#include <limits>

#include "core/loss/stabilized.h"

namespace acinus {

std::vector<ops::KernelDifference> compare_loss_kernels(const ops::KernelCase& request) {
  if (request.operation != "stabilized_loss") return {};
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(request.seed);
  const std::array<int64_t, 4> sizes{request.images, 1, request.height, request.width};
  // Logits of steps of 1/64, so that none lies where a rounding decides about a clamp.
  const Tensor logits = (at::randn(sizes, generator, at::kDouble) * 256).round() / 64;
  const Tensor target = (at::rand(sizes, generator, at::kDouble) < 0.3).to(at::kDouble);
  StabilizedLossOptions options;
  options.logit_clamp = 4;
  options.epsilon = request.training ? 1e-7 : 0.05;
  const auto evaluate = [&](at::ScalarType type, auto loss) {
    const Tensor z = logits.to(type, /*non_blocking=*/false, /*copy=*/true).requires_grad_();
    const LossTerms terms = loss(z, target.to(type), options);
    (3 * terms.total).backward();
    return std::vector<std::pair<const char*, Tensor>>{{"result", terms.total.detach()},
                                                       {"dice", terms.dice},
                                                       {"bce", terms.bce},
                                                       {"tversky", terms.tversky},
                                                       {"positive weight", terms.positive_weight},
                                                       // Of a mean over all pixels, and so divided by their number.
                                                       {"gradient of the input, times the pixels", z.grad() * z.numel()}};
  };
  const auto fast = evaluate(at::kFloat, stabilized_loss), plain = evaluate(at::kDouble, plain::stabilized_loss);
  std::vector<ops::KernelDifference> out;
  for (size_t i = 0; i < fast.size(); ++i) {
    const Tensor wanted = plain[i].second, difference = (fast[i].second.to(at::kDouble) - wanted).abs();
    out.push_back({fast[i].first, difference.max().item<double>(), wanted.abs().max().item<double>()});
  }
  // A logit that is NaN, the last of its image and perhaps of a vector, is to show in the sum and in its own gradient.
  Tensor broken = logits.to(at::kFloat);
  broken[0].view(-1)[-1] = std::numeric_limits<float>::quiet_NaN();
  broken.requires_grad_();
  const Tensor total = stabilized_loss(broken, target.to(at::kFloat), options).total;
  total.backward();
  const bool shows = total.isnan().item<bool>() && broken.grad()[0].view(-1)[-1].isnan().item<bool>();
  out.push_back({"NaN of a NaN", shows ? 0.0 : 1.0, 1});
  return out;
}

}  // namespace acinus

#include "test/kernels/loss_kernel_check.h"

#include <ATen/CPUGeneratorImpl.h>

#include <limits>

#include "core/loss/loss.h"
#include "core/ops/signed_distance.h"

namespace acinus {

namespace {

// The signed distances by scan lines beside those by LibTorch's operators: blobs, an empty image and a full one.
std::vector<ops::KernelDifference> compare_distances(const ops::KernelCase& request) {
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(request.seed);
  Tensor mask = at::rand({request.images + 2, 1, request.height, request.width}, generator, at::kDouble) < 0.03;
  mask[0].fill_(false);
  mask[1].fill_(true);
  const Tensor fast = ops::signed_distance(mask), wanted = ops::plain::signed_distance(mask);
  return {{"result", (fast - wanted).abs().max().item<double>(), wanted.abs().max().item<double>()}};
}

}  // namespace

std::vector<ops::KernelDifference> compare_loss_kernels(const ops::KernelCase& request) {
  if (request.operation == "signed_distance") return compare_distances(request);
  if (request.operation != "stabilized_loss") return {};
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(request.seed);
  const std::array<int64_t, 4> sizes{request.images, 1, request.height, request.width};
  // Logits of steps of 1/64, so that none lies where a rounding decides about a clamp.
  const Tensor logits = (at::randn(sizes, generator, at::kDouble) * 256).round() / 64;
  const Tensor target = (at::rand(sizes, generator, at::kDouble) < 0.3).to(at::kDouble);
  LossOptions options{.weights = paper_weights()};
  options.logit_clamp = request.flat ? 0 : 4;
  options.epsilon = request.flat ? 0 : request.training ? 1e-7 : 0.05;
  const auto evaluate = [&](at::ScalarType type, auto loss_of) {
    const Tensor z = logits.to(type, /*non_blocking=*/false, /*copy=*/true).requires_grad_();
    const LossValue value = loss_of(z, target.to(type), options);
    (3 * value.total).backward();
    std::vector<std::pair<std::string, Tensor>> out{{"result", value.total.detach()},
                                                    // Of a mean over all pixels, and so divided by their number.
                                                    {"gradient of the input, times the pixels", z.grad() * z.numel()}};
    for (size_t i = 0; i < value.terms.size(); ++i) out.emplace_back(value.terms[i], value.values[static_cast<int64_t>(i) + 1]);
    return out;
  };
  const auto fast = evaluate(at::kFloat, loss), plain = evaluate(at::kDouble, plain::loss);
  std::vector<ops::KernelDifference> out;
  for (size_t i = 0; i < fast.size(); ++i) {
    const Tensor wanted = plain[i].second, difference = (fast[i].second.to(at::kDouble) - wanted).abs();
    out.push_back({fast[i].first, difference.max().item<double>(), wanted.abs().max().item<double>()});
  }
  // A logit that is NaN, the last of its image and perhaps of a vector, is to show in the sum and in its own gradient.
  Tensor broken = logits.to(at::kFloat);
  broken[0].view(-1)[-1] = std::numeric_limits<float>::quiet_NaN();
  broken.requires_grad_();
  const Tensor total = loss(broken, target.to(at::kFloat), options).total;
  total.backward();
  const bool shows = total.isnan().item<bool>() && broken.grad()[0].view(-1)[-1].isnan().item<bool>();
  out.push_back({"NaN of a NaN", shows ? 0.0 : 1.0, 1});
  return out;
}

}  // namespace acinus

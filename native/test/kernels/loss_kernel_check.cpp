#include "test/kernels/loss_kernel_check.h"

#include <ATen/CPUGeneratorImpl.h>

#include <limits>

#include "core/ignored.h"
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

// One batch; with `ignoring`, of pixels of which some do not count; with `weighted`, of images that count differently.
void compare_losses(const ops::KernelCase& request, bool ignoring, bool weighted, std::vector<ops::KernelDifference>& out) {
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(request.seed);
  const std::array<int64_t, 4> sizes{request.images, 1, request.height, request.width};
  // Logits of steps of 1/64, so that none lies where a rounding decides about a clamp.
  const Tensor logits = (at::randn(sizes, generator, at::kDouble) * 256).round() / 64;
  Tensor target = (at::rand(sizes, generator, at::kDouble) < 0.3).to(at::kDouble);
  const Tensor left_out = at::rand(sizes, generator, at::kDouble) < (ignoring ? 0.2 : 0);
  target.masked_fill_(left_out, kIgnored);
  LossOptions options{.weights = paper_weights()};
  options.logit_clamp = request.flat ? 0 : 4;
  options.epsilon = request.flat ? 0 : request.training ? 1e-7 : 0.05;
  options.ignoring = ignoring;
  for (int64_t i = 0; weighted && i < request.images; ++i) options.image_weights.push_back(0.25 * static_cast<double>(i % 6));
  const auto evaluate = [&](at::ScalarType type, auto loss_of) {
    const Tensor z = logits.to(type, /*non_blocking=*/false, /*copy=*/true).requires_grad_();
    const LossValue value = loss_of(z, target.to(type), options);
    (3 * value.total).backward();
    std::vector<std::pair<std::string, Tensor>> found{{"result", value.total.detach()},
                                                      // Of a mean over all pixels, and so divided by their number.
                                                      {"gradient of the input, times the pixels", z.grad() * z.numel()}};
    for (size_t i = 0; i < value.terms.size(); ++i) {
      found.emplace_back(value.terms[i], value.values[static_cast<int64_t>(i) + 1]);
    }
    return found;
  };
  const auto fast = evaluate(at::kFloat, loss), plain = evaluate(at::kDouble, plain::loss);
  for (size_t i = 0; i < fast.size(); ++i) {
    const Tensor wanted = plain[i].second, difference = (fast[i].second.to(at::kDouble) - wanted).abs();
    out.push_back({fast[i].first, difference.max().item<double>(), wanted.abs().max().item<double>()});
  }
  // A logit that is NaN, the last of its image and perhaps of a vector, is to show in the sum and in its own gradient; where
  // its pixel does not count, in neither.
  for (const auto loss_of : {loss, plain::loss}) {
    Tensor broken = logits.to(at::kFloat);
    broken[0].view(-1)[-1] = std::numeric_limits<float>::quiet_NaN();
    if (ignoring) target[0].view(-1)[-1] = kIgnored;
    broken.requires_grad_();
    const Tensor total = loss_of(broken, target.to(at::kFloat), options).total;
    total.backward();
    const Tensor slope = broken.grad()[0].view(-1)[-1];
    const bool right = ignoring ? total.isfinite().item<bool>() && slope.item<float>() == 0
                                : total.isnan().item<bool>() && slope.isnan().item<bool>();
    out.push_back({"NaN of a NaN", right ? 0.0 : 1.0, 1});
    const Tensor slopes = broken.grad().masked_select(target > 1);
    out.push_back({"gradient where a pixel does not count", slopes.ne(0).sum().item<double>(), 1});
  }
}

}  // namespace

std::vector<ops::KernelDifference> compare_loss_kernels(const ops::KernelCase& request) {
  if (request.operation == "signed_distance") return compare_distances(request);
  std::vector<ops::KernelDifference> out;
  if (request.operation != "stabilized_loss") return out;
  for (const bool ignoring : {false, true}) {
    for (const bool weighted : {false, true}) compare_losses(request, ignoring, weighted, out);
  }
  return out;
}

}  // namespace acinus

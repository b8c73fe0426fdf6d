#include "core/loss/stabilized.h"

#include <c10/core/impl/LocalDispatchKeySet.h>

#include "core/error.h"
#include "core/loss/boundary.h"
#include "core/ops/cpu/nhwc.h"

namespace acinus {

namespace {

void check(const Tensor& logits, const Tensor& target) {
  if (logits.dim() < 2 || logits.numel() == 0 || logits.sizes() != target.sizes()) {
    throw Error("ACINUS_INVALID_ARGUMENT", "The loss needs logits and a target of one shape [B, 1, H, W]; got " +
                                               c10::str(logits.sizes()) + " and " + c10::str(target.sizes()) + ".");
  }
}

// w⁺ = clamp((1 − r) / r, min, max) with r the share of cell pixels in the batch. r = 0 divides to +∞, which the clamp makes
// max.
Tensor positive_weight(const Tensor& target, const StabilizedLossOptions& options) {
  const Tensor share = target.mean();
  return ((1 - share) / share).clamp_(options.positive_weight_min, options.positive_weight_max);
}

void add_boundary(LossTerms& terms, const Tensor& logits, const Tensor& target, const StabilizedLossOptions& options) {
  if (options.boundary_weight == 0) return;
  const Tensor boundary = boundary_loss(logits, target);
  terms.total = terms.total + options.boundary_weight * boundary;
  terms.boundary = boundary.detach();
}

// Sums over each image, [B][kLossSums].
ops::on_cpu::Doubles sums_over_images(const Tensor& logits, const Tensor& target, const cpu::LossLimits& limits) {
  const int64_t images = logits.size(0), pixels = logits.numel() / images;
  const int64_t each = ops::on_cpu::parts_per_image(images, pixels), numbers = cpu::kLossSums;
  const ops::on_cpu::Doubles of_parts(images * each * numbers), total(images * numbers);
  cpu::parallel_parts(images * each, ops::on_cpu::threads(), [&](int64_t part) {
    const auto [begin, end] = cpu::part_of(pixels, each, part % each);
    double* sums = of_parts.begin() + part * numbers;
    std::fill_n(sums, numbers, 0.0);
    const int64_t at = part / each * pixels + begin;
    cpu::kernels<float>().loss_sums(ops::on_cpu::values(logits) + at, ops::on_cpu::values(target) + at, end - begin, limits,
                                    sums);
  });
  for (int64_t i = 0; i < images * numbers; ++i) {
    total[i] = 0;
    for (int64_t k = 0; k < each; ++k) total[i] += of_parts[(i / numbers * each + k) * numbers + i % numbers];
  }
  return total;
}

struct Evaluated {
  double dice, bce, tversky, positive_weight;
  cpu::LossLimits limits;
  std::vector<cpu::LossSlopes> slopes;  // of each image
};

Evaluated evaluated(const Tensor& logits, const Tensor& target, const StabilizedLossOptions& o) {
  const int64_t images = logits.size(0);
  Evaluated out{.dice = 1,
                .bce = 0,
                .tversky = 1,
                .positive_weight = 0,
                .limits = {static_cast<float>(o.logit_clamp), static_cast<float>(o.epsilon)},
                .slopes = {}};
  const auto sums = sums_over_images(logits, target, out.limits);
  const auto count = static_cast<double>(logits.numel()), share_of_image = 1 / static_cast<double>(images);
  double cells = 0, on_background = 0, on_cells = 0;
  for (int64_t i = 0; i < images; ++i) {
    const double* of = sums.begin() + i * cpu::kLossSums;
    const double predicted = of[0], truth = of[1], tp = of[2], fp = predicted - tp, fn = truth - tp;
    cells += truth;
    on_background += of[3];
    on_cells += of[4];
    // Each ratio r = a / b, with ∂r/∂p = ((∂a/∂p)·b − a·(∂b/∂p)) / b², linear in t.
    const double dice = 2 * tp + o.smooth, of_dice = predicted + truth + o.smooth;
    const double tversky = tp + o.smooth, of_tversky = tp + o.tversky_alpha * fp + o.tversky_beta * fn + o.smooth;
    out.dice -= dice / of_dice * share_of_image;
    out.tversky -= tversky / of_tversky * share_of_image;
    const double dice_share = o.dice_weight * share_of_image, tversky_share = o.tversky_weight * share_of_image;
    const double overlap = of_tversky - tversky * (1 - o.tversky_alpha - o.tversky_beta);
    out.slopes.push_back(
        {.probability = static_cast<float>(dice_share * dice / (of_dice * of_dice) +
                                           tversky_share * tversky * o.tversky_alpha / (of_tversky * of_tversky)),
         .overlap = static_cast<float>(-dice_share * 2 / of_dice - tversky_share * overlap / (of_tversky * of_tversky)),
         .background = 0,
         .cell = 0});
  }
  const double share = cells / count;
  out.positive_weight = std::clamp((1 - share) / share, o.positive_weight_min, o.positive_weight_max);
  out.bce = (on_background + out.positive_weight * on_cells) / count;
  for (auto& slopes : out.slopes) {
    slopes.background = static_cast<float>(o.bce_weight / count);
    slopes.cell = static_cast<float>(o.bce_weight * out.positive_weight / count);
  }
  return out;
}

Tensor scalar(double number) { return at::scalar_tensor(number, at::kFloat); }

struct StabilizedFunction : torch::autograd::Function<StabilizedFunction> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& logits, const Tensor& target,
                        const StabilizedLossOptions& options, Evaluated* terms) {
    const ops::KernelsAlone alone;
    *terms = evaluated(logits, target, options);
    context->save_for_backward({logits, target});
    ops::keep(context, *terms);
    return scalar(options.dice_weight * terms->dice + options.bce_weight * terms->bce +
                  options.tversky_weight * terms->tversky);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const ops::KernelsAlone alone;
    const auto saved = context->get_saved_variables();
    const Tensor &logits = saved[0], &target = saved[1];
    const auto& kept = ops::kept<Evaluated>(context);
    const float factor = gradients[0].item<float>();
    Tensor gradient = at::empty_like(logits);
    ops::on_cpu::for_stretches(
        logits.size(0), logits.numel() / logits.size(0), [&](int64_t image, int64_t first, int64_t count) {
          const int64_t at = image * (logits.numel() / logits.size(0)) + first;
          cpu::LossSlopes slopes = kept.slopes[image];
          for (float* slope : {&slopes.probability, &slopes.overlap, &slopes.background, &slopes.cell}) *slope *= factor;
          cpu::kernels<float>().loss_gradient(ops::on_cpu::values(logits) + at, ops::on_cpu::values(target) + at, count,
                                              kept.limits, slopes, gradient.data_ptr<float>() + at);
        });
    return {gradient, Tensor(), Tensor(), Tensor()};
  }
};

LossTerms by_kernels(const Tensor& logits, const Tensor& target, const StabilizedLossOptions& options) {
  Evaluated terms;
  const Tensor total = StabilizedFunction::apply(logits.contiguous(), target.contiguous(), options, &terms);
  return {total, scalar(terms.dice), scalar(terms.bce), scalar(terms.tversky), {}, scalar(terms.positive_weight)};
}

}  // namespace

LossTerms stabilized_loss(const Tensor& logits, const Tensor& target, const StabilizedLossOptions& options) {
  check(logits, target);
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  const bool wide = logits.scalar_type() == at::kDouble;
  if (wide || !logits.is_cpu() || !cpu::kernels_enabled()) return plain::stabilized_loss(logits, target, options);
  const Tensor z = logits.to(at::kFloat), t = target.to(at::kFloat);
  LossTerms out = by_kernels(z, t, options);
  add_boundary(out, z, t, options);
  return out;
}

namespace plain {

LossTerms stabilized_loss(const Tensor& logits, const Tensor& target, const StabilizedLossOptions& options) {
  check(logits, target);
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  const auto type = logits.scalar_type() == torch::kFloat64 ? torch::kFloat64 : torch::kFloat32;
  const Tensor z = logits.to(type);
  const Tensor t = target.to(type);

  const Tensor probability =
      z.clamp(-options.logit_clamp, options.logit_clamp).sigmoid().clamp(options.epsilon, 1 - options.epsilon).flatten(1);
  const Tensor truth = t.flatten(1);
  const Tensor predicted_sum = probability.sum(1), truth_sum = truth.sum(1);
  const Tensor tp = (probability * truth).sum(1);
  const Tensor fp = (probability * (1 - truth)).sum(1);
  const Tensor fn = ((1 - probability) * truth).sum(1);
  const Tensor dice = 1 - ((2 * tp + options.smooth) / (predicted_sum + truth_sum + options.smooth)).mean();
  const Tensor tversky =
      1 - ((tp + options.smooth) / (tp + options.tversky_alpha * fp + options.tversky_beta * fn + options.smooth)).mean();

  const Tensor weight = positive_weight(t, options);
  const Tensor bce = torch::binary_cross_entropy_with_logits(z, t, {}, weight);

  const Tensor total = options.dice_weight * dice + options.bce_weight * bce + options.tversky_weight * tversky;
  LossTerms out{total, dice.detach(), bce.detach(), tversky.detach(), {}, weight};
  add_boundary(out, z, t, options);
  return out;
}

}  // namespace plain

}  // namespace acinus

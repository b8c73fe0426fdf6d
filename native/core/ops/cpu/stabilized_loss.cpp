#include "core/ops/stabilized_loss.h"

#include <limits>

#include "core/ops/cpu/implementations.h"
#include "core/ops/cpu/nhwc.h"

namespace acinus::ops::on_cpu {

namespace {

// Sums over each image, [B][kLossSums].
Doubles sums_over_images(const Tensor& logits, const Tensor& target, const cpu::LossLimits& limits) {
  const int64_t images = logits.size(0), pixels = logits.numel() / images;
  const int64_t each = parts_per_image(images, pixels), numbers = cpu::kLossSums;
  const Doubles of_parts(images * each * numbers), total(images * numbers);
  cpu::parallel_parts(images * each, threads(), [&](int64_t part) {
    const auto [begin, end] = cpu::part_of(pixels, each, part % each);
    double* sums = of_parts.begin() + part * numbers;
    std::fill_n(sums, numbers, 0.0);
    const int64_t at = part / each * pixels + begin;
    cpu::kernels<float>().loss_sums(values(logits) + at, values(target) + at, end - begin, limits, sums);
  });
  for (int64_t i = 0; i < images * numbers; ++i) {
    total[i] = 0;
    for (int64_t k = 0; k < each; ++k) total[i] += of_parts[(i / numbers * each + k) * numbers + i % numbers];
  }
  return total;
}

struct Evaluated {
  double dice, bce, tversky;
  cpu::LossLimits limits;
  std::vector<cpu::LossSlopes> slopes;  // of each image
};

Evaluated evaluated(const Tensor& logits, const Tensor& target, const StabilizedLossOptions& o) {
  const int64_t images = logits.size(0);
  const float limit = o.logit_clamp > 0 ? static_cast<float>(o.logit_clamp) : std::numeric_limits<float>::infinity();
  Evaluated out{.dice = 0, .bce = 0, .tversky = 0, .limits = {limit, static_cast<float>(o.epsilon), o.ignoring}, .slopes = {}};
  const auto sums = sums_over_images(logits, target, out.limits);
  const double share_of_image = 1 / static_cast<double>(images);
  double cells = 0, on_background = 0, on_cells = 0, counted = 0;
  const auto weight_of = [&o](int64_t image) {
    return o.image_weights.empty() ? 1 : o.image_weights[static_cast<size_t>(image)];
  };
  for (int64_t i = 0; i < images; ++i) {
    const double* of = sums.begin() + i * cpu::kLossSums;
    const double predicted = of[0], truth = of[1], tp = of[2], fp = predicted - tp, fn = truth - tp;
    const double weight = weight_of(i), share = share_of_image * weight;
    cells += truth;
    on_background += weight * of[3];
    on_cells += weight * of[4];
    counted += of[5];
    // Each ratio r = a / b, with ∂r/∂p = ((∂a/∂p)·b − a·(∂b/∂p)) / b², linear in t.
    const double dice = 2 * tp + o.smooth, of_dice = predicted + truth + o.smooth;
    const double tversky = tp + o.smooth, of_tversky = tp + o.tversky_alpha * fp + o.tversky_beta * fn + o.smooth;
    out.dice += (1 - dice / of_dice) * share;
    out.tversky += (1 - tversky / of_tversky) * share;
    const double dice_share = o.dice_weight * share, tversky_share = o.tversky_weight * share;
    const double overlap = of_tversky - tversky * (1 - o.tversky_alpha - o.tversky_beta);
    out.slopes.push_back(
        {.probability = static_cast<float>(dice_share * dice / (of_dice * of_dice) +
                                           tversky_share * tversky * o.tversky_alpha / (of_tversky * of_tversky)),
         .overlap = static_cast<float>(-dice_share * 2 / of_dice - tversky_share * overlap / (of_tversky * of_tversky)),
         .background = 0,
         .cell = 0});
  }
  const double count = std::max(counted, 1.0), share = o.share_of_cells.value_or(cells / count);
  const double of_cells = std::clamp((1 - share) / share, o.positive_weight_min, o.positive_weight_max);
  out.bce = (on_background + of_cells * on_cells) / count;
  for (int64_t i = 0; i < images; ++i) {
    const double slope = o.bce_weight * weight_of(i) / count;
    out.slopes[static_cast<size_t>(i)].background = static_cast<float>(slope);
    out.slopes[static_cast<size_t>(i)].cell = static_cast<float>(slope * of_cells);
  }
  return out;
}

Tensor scalar(double number) { return at::scalar_tensor(number, at::kFloat); }

double weighted_sum(const Evaluated& terms, const StabilizedLossOptions& o) {
  double sum = 0;
  // A term without a weight may be infinite where the others are not.
  for (const auto& [weight, term] :
       {std::pair{o.dice_weight, terms.dice}, {o.bce_weight, terms.bce}, {o.tversky_weight, terms.tversky}}) {
    if (weight != 0) sum += weight * term;
  }
  return sum;
}

struct StabilizedFunction : torch::autograd::Function<StabilizedFunction> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& logits, const Tensor& target,
                        const StabilizedLossOptions& options, Evaluated* terms) {
    const KernelsAlone alone;
    *terms = evaluated(logits, target, options);
    context->save_for_backward({logits, target});
    keep(context, *terms);
    return scalar(weighted_sum(*terms, options));
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const KernelsAlone alone;
    const auto saved = context->get_saved_variables();
    const Tensor &logits = saved[0], &target = saved[1];
    const auto& kept = ops::kept<Evaluated>(context);
    const float factor = *gradients[0].const_data_ptr<float>();
    Tensor gradient = at::empty_like(logits);
    for_stretches(logits.size(0), logits.numel() / logits.size(0), [&](int64_t image, int64_t first, int64_t count) {
      const int64_t at = image * (logits.numel() / logits.size(0)) + first;
      cpu::LossSlopes slopes = kept.slopes[image];
      for (float* slope : {&slopes.probability, &slopes.overlap, &slopes.background, &slopes.cell}) *slope *= factor;
      cpu::kernels<float>().loss_gradient(values(logits) + at, values(target) + at, count, kept.limits, slopes,
                                          gradient.data_ptr<float>() + at);
    });
    return {gradient, Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

std::optional<StabilizedLoss> stabilized_loss(const Tensor& logits, const Tensor& target,
                                              const StabilizedLossOptions& options) {
  Evaluated terms;
  const Tensor total = StabilizedFunction::apply(logits.contiguous(), target.contiguous(), options, &terms);
  return StabilizedLoss{total, scalar(terms.dice), scalar(terms.bce), scalar(terms.tversky)};
}

}  // namespace acinus::ops::on_cpu

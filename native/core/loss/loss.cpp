#include "core/loss/loss.h"

#include <c10/core/impl/LocalDispatchKeySet.h>

#include "core/error.h"
#include "core/loss/bce.h"
#include "core/loss/boundary.h"
#include "core/loss/dice.h"
#include "core/loss/focal.h"
#include "core/loss/tversky.h"
#include "core/ops/stabilized_loss.h"

namespace acinus {

namespace {

constexpr LossTerm kTerms[] = {
    {"dice", dice_term}, {"bce", bce_term}, {"tversky", tversky_term}, {"focal", focal_term}, {"boundary", boundary_term},
};

void check(const Tensor& logits, const Tensor& target, const LossOptions& options) {
  if (logits.dim() < 2 || logits.numel() == 0 || logits.sizes() != target.sizes()) {
    throw Error("ACINUS_INVALID_ARGUMENT", "The loss needs logits and a target of one shape [B, 1, H, W]; got " +
                                               c10::str(logits.sizes()) + " and " + c10::str(target.sizes()) + ".");
  }
  if (!options.image_weights.empty() && static_cast<int64_t>(options.image_weights.size()) != logits.size(0)) {
    throw Error("ACINUS_INVALID_ARGUMENT", std::to_string(options.image_weights.size()) +
                                               " weights were given for a batch of " + std::to_string(logits.size(0)) +
                                               " images.");
  }
  const auto& weights = options.weights;
  if (weights.size() == std::size(kTerms) && std::any_of(weights.begin(), weights.end(), [](double w) { return w != 0; })) {
    return;
  }
  throw Error("ACINUS_CONFIG", "No term of the loss has a weight; give one a weight above 0.");
}

double weight_of(LossTermFunction term, const LossOptions& options) {
  const auto found = std::find_if(std::begin(kTerms), std::end(kTerms), [&](const LossTerm& one) { return one.value == term; });
  return options.weights[static_cast<size_t>(found - std::begin(kTerms))];
}

// Dice, cross-entropy and Tversky together, where the device computes them so.
std::optional<ops::StabilizedLoss> together(const Tensor& logits, const Tensor& target, const LossOptions& o) {
  const ops::StabilizedLossOptions options{.dice_weight = weight_of(dice_term, o),
                                           .bce_weight = weight_of(bce_term, o),
                                           .tversky_weight = weight_of(tversky_term, o),
                                           .logit_clamp = o.logit_clamp,
                                           .epsilon = o.epsilon,
                                           .smooth = o.smooth,
                                           .tversky_alpha = o.tversky_alpha,
                                           .tversky_beta = o.tversky_beta,
                                           .positive_weight_min = o.positive_weight_min,
                                           .positive_weight_max = o.positive_weight_max,
                                           .share_of_cells = o.share_of_cells,
                                           .image_weights = o.image_weights,
                                           .ignoring = o.ignoring};
  const bool wanted = options.dice_weight != 0 || options.bce_weight != 0 || options.tversky_weight != 0;
  return wanted ? ops::stabilized_loss(logits, target, options) : std::nullopt;
}

const Tensor* term_of(const std::optional<ops::StabilizedLoss>& known, LossTermFunction term) {
  if (!known) return nullptr;
  if (term == dice_term) return &known->dice;
  if (term == bce_term) return &known->bce;
  return term == tversky_term ? &known->tversky : nullptr;
}

// Adds to what the kernels have computed already, which may be nothing, the other terms with a weight.
LossValue sum_of_terms(const LossInput& input, const std::optional<ops::StabilizedLoss>& known) {
  LossValue out;
  std::vector<Tensor> values{Tensor()};
  if (known) out.total = known->total;
  for (size_t i = 0; i < std::size(kTerms); ++i) {
    const double weight = input.options().weights[i];
    if (weight == 0) continue;
    out.terms.emplace_back(kTerms[i].name);
    if (const Tensor* value = term_of(known, kTerms[i].value)) {
      values.push_back(*value);
      continue;
    }
    const Tensor value = kTerms[i].value(input);
    values.push_back(value.detach());
    out.total = out.total.defined() ? out.total + weight * value : weight * value;
  }
  values.front() = out.total.detach();
  out.values = at::stack(values);
  return out;
}

template <class Kernels>
LossValue computed(const Tensor& logits, const Tensor& target, const LossOptions& options, const Kernels& kernels) {
  check(logits, target, options);
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  const auto type = logits.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const Tensor z = logits.to(type), t = target.to(type);
  const auto known = kernels(z, t, options);
  return sum_of_terms(LossInput(z, t, options), known);
}

}  // namespace

std::span<const LossTerm> loss_terms() { return kTerms; }

LossWeights paper_weights() {
  LossWeights out;
  for (const LossTerm& term : kTerms) {
    out.push_back(term.value == dice_term ? 0.5 : term.value == bce_term ? 0.3 : term.value == tversky_term ? 0.2 : 0);
  }
  return out;
}

LossValue loss(const Tensor& logits, const Tensor& target, const LossOptions& options) {
  return computed(logits, target, options, together);
}

NamedValues named_terms(const LossValue& loss, const Tensor& values) {
  NamedValues out;
  const Tensor numbers = values.to(at::kDouble).contiguous();
  for (size_t i = 0; i < loss.terms.size(); ++i) {
    out.emplace_back(loss.terms[i], numbers.const_data_ptr<double>()[i + 1]);
  }
  return out;
}

namespace plain {

LossValue loss(const Tensor& logits, const Tensor& target, const LossOptions& options) {
  return computed(logits, target, options, [](const Tensor&, const Tensor&, const LossOptions&) { return std::nullopt; });
}

}  // namespace plain

}  // namespace acinus

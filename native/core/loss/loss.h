// The loss: a sum of named terms, each with a weight.
#pragma once

#include <span>

#include "core/loss/term.h"

namespace acinus {

struct LossValue {
  Tensor total;                    // scalar, differentiable
  std::vector<std::string> terms;  // names of the terms that were computed: those with a weight
  Tensor values;                   // [1 + terms]: the total and each term before its weight; detached
};

using NamedValues = std::vector<std::pair<std::string, double>>;

// All terms that there are.
std::span<const LossTerm> loss_terms();

// The paper's: 0.5 Dice + 0.3 cross-entropy + 0.2 Tversky (Algorithm 1, METHOD section 4).
LossWeights paper_weights();

// logits, target: [B, 1, H, W]; target in [0, 1], and above 1 (kIgnored) where a pixel
// does not count and options.ignoring says so. Always computed in float32 (float64 stays float64, for gradient checks). All
// results lie on the logits' device; nothing is read from it. ACINUS_CONFIG unless a term has a weight.
LossValue loss(const Tensor& logits, const Tensor& target, const LossOptions& options);

// The terms of a loss by their names, from its values on the CPU.
NamedValues named_terms(const LossValue& loss, const Tensor& values);

namespace plain {
// Each term by LibTorch's operators.
LossValue loss(const Tensor& logits, const Tensor& target, const LossOptions& options);
}  // namespace plain

}  // namespace acinus

#include "core/loss/own.h"

#include <algorithm>
#include <limits>

#include "core/error.h"

namespace acinus {

namespace {

// A number with a given gradient.
struct GivenGradient : torch::autograd::Function<GivenGradient> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& logits, double value, const Tensor& gradient) {
    context->save_for_backward({gradient});
    return at::scalar_tensor(value, logits.options().requires_grad(false));
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    return {context->get_saved_variables()[0] * gradients[0], Tensor(), Tensor()};
  }
};

Tensor handed_over(const Tensor& tensor) { return tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous(); }

bool all_finite(const Tensor& tensor) {
  const float* values = tensor.const_data_ptr<float>();
  return std::all_of(values, values + tensor.numel(), [](float value) { return std::isfinite(value); });
}

OwnLossAnswer answer_to(const OwnLossRequest& request, const OwnLoss& function) {
  if (!all_finite(request.logits)) {
    return {std::numeric_limits<double>::quiet_NaN(), {}, at::zeros_like(request.logits)};
  }
  OwnLossAnswer answer = function(request);
  if (!request.training) answer.gradient = at::zeros_like(request.logits);
  if (answer.gradient.defined() && answer.gradient.sizes() == request.logits.sizes()) return answer;
  throw Error("ACINUS_LOSS", "The loss function gave no gradient of the logits' shape.");
}

}  // namespace

LossValue own_loss(const Tensor& logits, const Tensor& target, const OwnLoss& function, int64_t epoch, bool training,
                   bool ignoring) {
  OwnLossAnswer answer = answer_to({handed_over(logits), handed_over(target), epoch, training}, function);
  if (ignoring) answer.gradient = answer.gradient.masked_fill(handed_over(target) > 1, 0);
  LossValue out;
  out.total = GivenGradient::apply(logits.to(torch::kFloat32), answer.value, answer.gradient.to(logits.device()));
  std::vector<double> values{answer.value};
  for (const auto& [name, value] : answer.terms) {
    out.terms.push_back(name);
    values.push_back(value);
  }
  out.values = torch::tensor(values, torch::kFloat32).to(logits.device());
  return out;
}

}  // namespace acinus

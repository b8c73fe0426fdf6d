// The stabilized loss in acinus/functional.
#include "binding/functional.h"
#include "binding/options.h"
#include "binding/tensors.h"

namespace acinus::binding {

namespace {

Napi::Value gradient_array(Napi::Env env, const Tensor& gradient) {
  if (gradient.scalar_type() != torch::kFloat64) return tensor_floats(env, gradient);
  const Tensor dense = gradient.contiguous();
  const auto* values = dense.data_ptr<double>();
  return double_array(env, std::vector<double>(values, values + dense.numel()));
}

// stabilizedLoss(logits, target, shape, options)
Napi::Value stabilized(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    const std::vector<int64_t> shape = integers(info[2]);
    const torch::AutoGradMode gradients(true);
    const Tensor logits = read_floats(info[0], shape, "logits").requires_grad_();
    const LossTerms loss =
        stabilized_loss(logits, read_target(info[1], shape), read_stabilized_loss_options(info[3].As<Napi::Object>()));
    loss.total.backward();
    Napi::Object out = Napi::Object::New(env);
    out.Set("loss", loss.total.item<double>());
    out.Set("terms", loss_terms(env, loss));
    out.Set("gradient", gradient_array(env, logits.grad()));
    return out;
  });
}

}  // namespace

void add_loss_functions(Napi::Env env, Napi::Object functional) {
  functional.Set("stabilizedLoss", Napi::Function::New(env, stabilized, "stabilizedLoss"));
}

}  // namespace acinus::binding

// The loss and its parts in acinus/functional.
#include "binding/functional.h"
#include "binding/options.h"
#include "binding/tensors.h"
#include "core/loss/bce.h"
#include "core/loss/boundary.h"

namespace acinus::binding {

namespace {

Napi::Value gradient_array(Napi::Env env, const Tensor& gradient) {
  if (gradient.scalar_type() != torch::kFloat64) return tensor_floats(env, gradient);
  const Tensor dense = gradient.contiguous();
  const auto* values = dense.data_ptr<double>();
  return double_array(env, std::vector<double>(values, values + dense.numel()));
}

// loss(logits, target, shape, options, ignoring, imageWeights)
Napi::Value loss_of(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    const std::vector<int64_t> shape = to_shape(info[2], "shape", 2);
    const torch::AutoGradMode gradients(true);
    const Tensor logits = read_either(info[0], shape, "logits").requires_grad_();
    LossOptions options = read_loss_options(to_object(info[3], "options"));
    options.ignoring = to_boolean(info[4], "ignoring");
    options.image_weights = copy_array<double>(info[5], "imageWeights");
    const LossValue value = loss(logits, read_target(info[1], shape), options);
    value.total.backward();
    Napi::Object out = Napi::Object::New(env);
    out.Set("value", value.total.item<double>());
    out.Set("terms", terms_to_js(env, named_terms(value, value.values)));
    out.Set("gradient", gradient_array(env, logits.grad()));
    return out;
  });
}

// positiveWeight(target, shape, options, ignoring)
Napi::Value weight_of_cells(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    const Tensor target = read_target(info[0], to_shape(info[1], "shape", 2)).to(torch::kFloat64);
    LossOptions options = read_loss_options(to_object(info[2], "options"));
    options.ignoring = to_boolean(info[3], "ignoring");
    const Tensor weight = positive_weight(LossInput(target, target, options));
    return Napi::Number::New(env, weight.item<double>());
  });
}

// signedDistanceMap(target, shape)
Napi::Value distance_map(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    return tensor_floats(env, signed_distance_map(read_target(info[0], to_shape(info[1], "shape", 2))).to(torch::kFloat32));
  });
}

Napi::Value term_names(const Napi::CallbackInfo& info) {
  Napi::Array out = Napi::Array::New(info.Env());
  for (const LossTerm& term : loss_terms()) out.Set(out.Length(), term.name);
  return out;
}

}  // namespace

void add_loss_functions(Napi::Env env, Napi::Object functional) {
  functional.Set("loss", Napi::Function::New(env, loss_of, "loss"));
  functional.Set("lossTerms", Napi::Function::New(env, term_names, "lossTerms"));
  functional.Set("positiveWeight", Napi::Function::New(env, weight_of_cells, "positiveWeight"));
  functional.Set("signedDistanceMap", Napi::Function::New(env, distance_map, "signedDistanceMap"));
}

}  // namespace acinus::binding

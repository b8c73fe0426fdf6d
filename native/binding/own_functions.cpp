#include "binding/own_functions.h"

#include "binding/tensors.h"

namespace acinus::binding {

namespace {

using Values = std::vector<napi_value>;

std::shared_ptr<AskedFunction> asked(const Napi::Object& functions, const char* name, const AskedWords& words) {
  const Napi::Value function = functions.Get(name);
  return function.IsNull() ? nullptr : std::make_shared<AskedFunction>(to_function(function, name), words);
}

OwnLossAnswer read_loss(const Napi::Value& given, const OwnLossRequest& request) {
  const Napi::Object answer = to_object(given, "the answer of the loss");
  OwnLossAnswer out;
  out.value = number(answer, "value");
  const Napi::Object terms = object(answer, "terms");
  for (const auto& name : texts(terms.GetPropertyNames(), "terms")) out.terms.emplace_back(name, number(terms, name.c_str()));
  if (request.training) out.gradient = read_floats(answer.Get("gradient"), request.logits.sizes().vec(), "gradient");
  return out;
}

OwnLoss loss_through(const std::shared_ptr<AskedFunction>& function, const JobContext& context) {
  return [function, &context](const OwnLossRequest& request) {
    const auto arguments = [request](Napi::Env env) -> Values {
      const at::IntArrayRef sizes = request.logits.sizes();
      return {tensor_floats(env, request.logits), tensor_floats(env, request.target),
              number_list(env, sizes.data(), sizes.size()), Napi::Number::New(env, static_cast<double>(request.epoch)),
              Napi::Boolean::New(env, request.training)};
    };
    return function->ask<OwnLossAnswer>(context, arguments,
                                        [request](const Napi::Value& given) { return read_loss(given, request); });
  };
}

OwnOrder order_through(const std::shared_ptr<AskedFunction>& function, const JobContext& context) {
  return [function, &context](int64_t epoch) {
    const auto arguments = [epoch](Napi::Env env) -> Values { return {Napi::Number::New(env, static_cast<double>(epoch))}; };
    return function->ask<std::vector<int64_t>>(context, arguments,
                                               [](const Napi::Value& given) { return integers(given, "order"); });
  };
}

OwnTransform transform_through(const std::shared_ptr<AskedFunction>& function, const JobContext& context) {
  return [function, &context](const OwnPixelsRequest& request) {
    const auto arguments = [request](Napi::Env env) -> Values {
      const at::IntArrayRef sizes = request.masks.sizes();
      return {tensor_bytes(env, request.pixels), tensor_bytes(env, request.masks), number_list(env, sizes.data(), sizes.size()),
              Napi::Number::New(env, static_cast<double>(request.epoch)),
              number_list(env, request.samples.data(), request.samples.size())};
    };
    return function->ask<OwnPixels>(context, arguments, [request](const Napi::Value& given) -> OwnPixels {
      const Napi::Object answer = to_object(given, "the answer of the transform");
      return {read_bytes(answer.Get("pixels"), request.pixels.sizes().vec(), "pixels"),
              read_bytes(answer.Get("masks"), request.masks.sizes().vec(), "masks")};
    });
  };
}

}  // namespace

OwnFunctions::OwnFunctions(const Napi::Object& functions)
    : loss_(asked(functions, "loss", {"ACINUS_LOSS", "The loss function"})),
      order_(asked(functions, "order", {"ACINUS_SAMPLER", "The sampler"})),
      transform_(asked(functions, "transform", {"ACINUS_TRANSFORM", "The function that transforms pixels"})) {}

Own OwnFunctions::through(const JobContext& context) const {
  Own out;
  if (loss_) out.loss = loss_through(loss_, context);
  if (order_) out.order = order_through(order_, context);
  if (transform_) out.transform = transform_through(transform_, context);
  return out;
}

}  // namespace acinus::binding

// Segmenter.gradients: one forward and backward pass in train mode.
#include "binding/environment.h"
#include "binding/options.h"
#include "binding/segmenter.h"
#include "binding/tensors.h"
#include "binding/words.h"
#include "core/train/gradients.h"

namespace acinus::binding {

namespace {

GradientOptions read_gradient_options(const Napi::Object& options) {
  GradientOptions out{};
  out.loss = read_loss_options(object(options, "loss"));
  out.precision = word(options, "precision", kPrecisions);
  out.recompute = word(options, "memory", kRecompute);
  out.seed = {seed_value(options, "seed"), seed_value(options, "step")};
  out.update_statistics = boolean(options, "updateStatistics");
  return out;
}

void to_cpu(Gradients& gradients) {
  gradients.logits = gradients.logits.to(at::kCPU, at::kFloat).contiguous();
  gradients.loss.values = gradients.loss.values.to(at::kCPU);
  for (auto& item : gradients.parameters) item.second = item.second.to(at::kCPU, at::kFloat).contiguous();
}

Napi::Value gradients_to_js(Napi::Env env, const Gradients& gradients) {
  const auto names = Napi::Array::New(env, gradients.parameters.size());
  const auto tensors = Napi::Array::New(env, gradients.parameters.size());
  for (uint32_t i = 0; i < gradients.parameters.size(); ++i) {
    names.Set(i, gradients.parameters[i].first);
    tensors.Set(i, typed_tensor(env, gradients.parameters[i].second));
  }
  const auto out = Napi::Object::New(env);
  out.Set("loss", gradients.loss.values[0].item<double>());
  out.Set("terms", terms_to_js(env, named_terms(gradients.loss, gradients.loss.values)));
  out.Set("logits", typed_tensor(env, gradients.logits));
  out.Set("names", names);
  out.Set("tensors", tensors);
  return out;
}

}  // namespace

// gradients(data, shape, target, options)
Napi::Value SegmenterObject::gradients(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const std::vector<int64_t> shape = to_shape(info[1], "shape", 4);
    std::vector<int64_t> target_shape = shape;
    target_shape[1] = 1;
    const Tensor input = read_floats(info[0], shape, "data");
    const Tensor target = read_target(info[2], target_shape);
    const auto work = [segmenter = open(), input, target,
                       options = read_gradient_options(to_object(info[3], "options"))](JobContext&) {
      const std::lock_guard<FairMutex> lock(segmenter->mutex());
      Gradients out = training_gradients(*segmenter, input, target, options);
      to_cpu(out);
      return out;
    };
    return Environment::of(info.Env()).start<Gradients>(info.Env(), work, gradients_to_js);
  });
}

}  // namespace acinus::binding

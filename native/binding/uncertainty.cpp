#include "binding/uncertainty.h"

#include "binding/environment.h"
#include "binding/predictor.h"
#include "binding/progress.h"
#include "binding/segmenter.h"
#include "binding/tensors.h"
#include "core/predict/uncertainty.h"

namespace acinus::binding {

Napi::Value stochastic_passes(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto given = to_object(info[4], "options");
    auto progress = std::make_shared<Progress>(to_function(info[5], "onProgress"));
    const Tensor rgb = rgb_copy(info[1], read_size(info[2], info[3]))[0];
    const StochasticOptions stochastic{integer(given, "passes"), seed_value(given, "seed"), boolean(given, "keep")};
    const auto work = [segmenter = SegmenterObject::unwrap(info[0]), rgb, options = predict_options(given), stochastic,
                       progress](JobContext& context) {
      return acinus::stochastic_passes(*segmenter, rgb, options, stochastic, context.stop, progress->on(context));
    };
    return Environment::of(env).start<Uncertainty>(env, work, [](Napi::Env loop, Uncertainty& found) -> Napi::Value {
      const auto out = Napi::Object::New(loop);
      out.Set("probability", tensor_floats(loop, found.probability));
      out.Set("entropy", tensor_floats(loop, found.entropy));
      out.Set("bald", tensor_floats(loop, found.bald));
      out.Set("meanEntropy", found.mean_entropy);
      out.Set("meanBald", found.mean_bald);
      out.Set("passes", found.passes.defined() ? Napi::Value(tensor_floats(loop, found.passes)) : loop.Null());
      return out;
    });
  });
}

}  // namespace acinus::binding

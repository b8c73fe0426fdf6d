#include "binding/uncertainty.h"

#include "binding/environment.h"
#include "binding/predictor.h"
#include "binding/progress.h"
#include "binding/sample_store.h"
#include "binding/segmenter.h"
#include "binding/tensors.h"
#include "binding/words.h"
#include "core/predict/active_learning.h"

namespace acinus::binding {

namespace {

constexpr Word<Measure> kMeasures[] = {{"entropy", Measure::kEntropy}, {"bald", Measure::kBald}};

StochasticOptions stochastic_options(const Napi::Object& given) {
  return {integer(given, "passes"), seed_value(given, "seed"), boolean(given, "keep")};
}

Napi::Value look_to_js(Napi::Env env, const Look& look) {
  const auto out = Napi::Object::New(env);
  out.Set("meanEntropy", look.mean_entropy);
  out.Set("meanBald", look.mean_bald);
  out.Set("background", double_array(env, look.background));
  out.Set("cells", double_array(env, look.cells));
  out.Set("pseudo", look.pseudo.defined() ? Napi::Value(tensor_bytes(env, look.pseudo)) : env.Null());
  out.Set("labelled", static_cast<double>(look.labelled));
  return out;
}

}  // namespace

Napi::Value look_at(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto given = to_object(info[3], "options");
    auto progress = std::make_shared<Progress>(to_function(info[4], "onProgress"));
    const auto store = unwrap_sample_store(info[1], "store");
    const LookOptions look{stochastic_options(given), word(given, "by", kMeasures), integer(given, "bins"),
                           number(given, "confidence")};
    const auto work = [segmenter = SegmenterObject::unwrap(info[0]), store, sample = store->at(to_whole(info[2], "index", 0)),
                       options = predict_options(given), look, progress](JobContext& context) {
      return acinus::look_at(*segmenter, sample, options, look, context.stop, progress->on(context));
    };
    return Environment::of(env).start<Look>(env, work, [](Napi::Env loop, Look& found) { return look_to_js(loop, found); });
  });
}

Napi::Value stochastic_passes(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto given = to_object(info[4], "options");
    auto progress = std::make_shared<Progress>(to_function(info[5], "onProgress"));
    const Tensor rgb = rgb_copy(info[1], read_size(info[2], info[3]))[0];
    const StochasticOptions stochastic = stochastic_options(given);
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

#include "binding/evaluator.h"

#include "binding/environment.h"
#include "binding/evaluation_result.h"
#include "binding/members.h"
#include "binding/options.h"
#include "binding/progress.h"
#include "binding/sample_store.h"
#include "binding/segmenter.h"
#include "binding/words.h"
#include "core/eval/evaluator.h"
#include "core/image/tta.h"

namespace acinus::binding {

namespace {

EvaluateOptions evaluate_options(const Napi::Object& options) {
  return {.threshold = number(options, "threshold"),
          .separation = read_separation_options(object(options, "separation")),
          .scales = copy_array<double>(options.Get("scales"), "scales"),
          .tta = test_time_transforms(texts(options.Get("tta"), "tta")),
          .batch_size = integer(options, "batch"),
          .tile = integer(options, "tile"),
          .overlap = integer(options, "overlap"),
          .precision = word(options, "precision", kPrecisions),
          .pixel_only = false,
          .bootstrap_rounds = integer(options, "bootstrapRounds"),
          .empty_score = number(options, "emptyScore"),
          .seed = seed_value(options, "seed"),
          .crf = read_crf_options(options),
          .loss = {}};
}

}  // namespace

Napi::Value evaluate(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    auto segmenters = SegmenterObject::unwrap_all(info[0]);
    auto store = unwrap_sample_store(info[1], "store");
    auto progress = std::make_shared<Progress>(to_function(info[4], "onProgress"));
    return Environment::of(env).start<Evaluation>(
        env,
        [segmenters, store, indices = integers(info[2], "indices"), options = evaluate_options(to_object(info[3], "options")),
         progress](JobContext& context) {
          return acinus::evaluate(members_of(segmenters), *store, indices, options, context.stop, progress->on(context));
        },
        [](Napi::Env loop, Evaluation& result) -> Napi::Value { return to_js(loop, result); });
  });
}

}  // namespace acinus::binding

#include "binding/evaluator.h"

#include "binding/environment.h"
#include "binding/evaluation_result.h"
#include "binding/progress.h"
#include "binding/sample_store.h"
#include "binding/segmenter.h"
#include "core/eval/evaluator.h"
#include "core/image/tta.h"

namespace acinus::binding {

namespace {

EvaluateOptions evaluate_options(const Napi::Object& options) {
  return {.threshold = number(options, "threshold"),
          .tta = test_time_transforms(texts(object(options, "tta"))),
          .batch_size = integer(options, "batch"),
          .precision = text(options, "precision"),
          .bootstrap_rounds = integer(options, "bootstrapRounds"),
          .empty_score = number(options, "emptyScore"),
          .seed = seed_value(options, "seed"),
          .loss = {}};
}

}  // namespace

Napi::Value evaluate(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    auto segmenter = SegmenterObject::unwrap(info[0]);
    auto store = unwrap_sample_store(info[1]);
    auto progress = std::make_shared<Progress>(info[4].As<Napi::Function>());
    return Environment::of(env).start<Evaluation>(
        env,
        [segmenter, store, indices = integers(info[2]), options = evaluate_options(info[3].As<Napi::Object>()),
         progress](JobContext& context) {
          return acinus::evaluate(*segmenter, *store, indices, options, context.stop, progress->on(context));
        },
        [](Napi::Env loop, Evaluation& result) -> Napi::Value { return to_js(loop, result); });
  });
}

}  // namespace acinus::binding

#include "binding/scorer.h"

#include "binding/environment.h"
#include "binding/evaluation_result.h"
#include "binding/pixels.h"
#include "binding/sample_store.h"

namespace acinus::binding {

void ScorerObject::install(Napi::Env env, Napi::Object exports) {
  exports.Set("Scorer",
              DefineClass(env, "Scorer",
                          {InstanceMethod<&ScorerObject::add>("add"), InstanceMethod<&ScorerObject::summary>("summary")}));
}

ScorerObject::ScorerObject(const Napi::CallbackInfo& info) : Handle(info) {}

// add(store, index, labels, height, width, toldApart, emptyScore)
Napi::Value ScorerObject::add(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const ImageSize size = read_size(info[3], info[4]);
    const auto given = read_array<int32_t>(info[2], "labels", size.pixels());
    const auto work = [scorer = scorer_, store = unwrap_sample_store(info[0], "store"), index = to_whole(info[1], "index", 0),
                       labels = std::make_shared<std::vector<int32_t>>(given.begin(), given.end()), size,
                       told_apart = to_boolean(info[5], "toldApart"),
                       empty_score = to_number(info[6], "emptyScore")](JobContext&) {
      scorer->add(*store, index, *labels, size.height, size.width, told_apart, empty_score);
      return true;
    };
    return Environment::of(env).start<bool>(env, work, [](Napi::Env loop, bool&) -> Napi::Value { return loop.Undefined(); });
  });
}

// summary({threshold, emptyScore, bootstrapRounds, seed})
Napi::Value ScorerObject::summary(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto given = to_object(info[0], "options");
    const SummaryOptions options{.threshold = number(given, "threshold"),
                                 .measure = {.pixel_only = false, .empty_score = number(given, "emptyScore")},
                                 .bootstrap_rounds = integer(given, "bootstrapRounds"),
                                 .seed = seed_value(given, "seed")};
    const auto work = [scorer = scorer_, options](JobContext&) { return scorer->summary(options); };
    return Environment::of(env).start<Evaluation>(
        env, work, [](Napi::Env loop, Evaluation& result) -> Napi::Value { return to_js(loop, result); });
  });
}

}  // namespace acinus::binding

#include "binding/probability_set.h"

#include <cstring>

#include "binding/environment.h"
#include "binding/evaluation_result.h"
#include "binding/members.h"
#include "binding/options.h"
#include "binding/pixels.h"
#include "binding/progress.h"
#include "binding/sample_store.h"
#include "binding/segmenter.h"
#include "binding/words.h"
#include "core/error.h"
#include "core/image/tta.h"

namespace acinus::binding {

void ProbabilitySetObject::install(Napi::Env env, Napi::Object exports) {
  exports.Set("ProbabilitySet", DefineClass(env, "ProbabilitySet",
                                            {InstanceMethod<&ProbabilitySetObject::add>("add"),
                                             InstanceMethod<&ProbabilitySetObject::add_image>("addImage"),
                                             InstanceMethod<&ProbabilitySetObject::score>("score"),
                                             InstanceMethod<&ProbabilitySetObject::close>("close")}));
}

ProbabilitySetObject::ProbabilitySetObject(const Napi::CallbackInfo& info)
    : Handle(info), set_(std::make_shared<ProbabilitySet>()) {}

std::shared_ptr<ProbabilitySet> ProbabilitySetObject::open() const {
  if (!set_) throw Error("ACINUS_CLOSED", "This set of probabilities was closed and cannot be used any more.");
  return set_;
}

// add(segmenter, store, indices, options, onProgress)
Napi::Value ProbabilitySetObject::add(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto given = to_object(info[3], "options");
    EvaluateOptions options{};
    options.tta = test_time_transforms(texts(given.Get("tta"), "tta"));
    options.batch_size = integer(given, "batch");
    options.precision = word(given, "precision", kPrecisions);
    options.crf = read_crf_options(given);
    auto progress = std::make_shared<Progress>(to_function(info[4], "onProgress"));
    const auto work = [set = open(), segmenters = SegmenterObject::unwrap_all(info[0]),
                       store = unwrap_sample_store(info[1], "store"), indices = integers(info[2], "indices"), options,
                       progress](JobContext& context) {
      set->add(members_of(segmenters), *store, indices, options, context.stop, progress->on(context));
      return true;
    };
    return Environment::of(env).start<bool>(env, work, [](Napi::Env loop, bool&) -> Napi::Value { return loop.Undefined(); });
  });
}

// addImage(probability, labels, height, width)
Napi::Value ProbabilitySetObject::add_image(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const ImageSize size = read_size(info[2], info[3]);
    const auto probability = read_array<float>(info[0], "probability", size.pixels());
    const auto labels = read_array<int32_t>(info[1], "labels", size.pixels());
    const Tensor copy = torch::empty({size.height, size.width}, torch::kFloat32);
    std::memcpy(copy.mutable_data_ptr<float>(), probability.data(), probability.size_bytes());
    open()->add(copy, components_of(labels.data(), size.pixels()), Tensor());
    return info.Env().Undefined();
  });
}

// score(rules)
Napi::Value ProbabilitySetObject::score(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto given = to_list(info[0], "rules");
    std::vector<CellRule> rules;
    for (uint32_t i = 0; i < given.Length(); ++i) {
      const auto rule = to_object(given.Get(i), "each of rules");
      rules.push_back({number(rule, "threshold"), read_separation_options(object(rule, "separation"))});
    }
    const auto work = [set = open(), rules](JobContext& context) { return set->score(rules, context.stop); };
    using Scores = std::vector<ObjectScores>;
    return Environment::of(env).start<Scores>(env, work, [](Napi::Env loop, Scores& scores) -> Napi::Value {
      const auto out = Napi::Array::New(loop, scores.size());
      for (size_t i = 0; i < scores.size(); ++i) out.Set(static_cast<uint32_t>(i), to_js(loop, scores[i]));
      return out;
    });
  });
}

void ProbabilitySetObject::close(const Napi::CallbackInfo&) { set_.reset(); }

}  // namespace acinus::binding

// The JavaScript class Scorer (contract `NativeScorer`).
#pragma once

#include <memory>

#include "binding/arguments.h"
#include "core/eval/scorer.h"

namespace acinus::binding {

class ScorerObject : public Handle<ScorerObject> {
 public:
  static constexpr napi_type_tag kTag = {0x6163696e75735363, 0x6f72657230303031};
  static constexpr const char* kWanted = "a Scorer";

  static void install(Napi::Env env, Napi::Object exports);
  explicit ScorerObject(const Napi::CallbackInfo& info);

 private:
  Napi::Value add(const Napi::CallbackInfo& info);
  Napi::Value add_found(const Napi::CallbackInfo& info);
  Napi::Value summary(const Napi::CallbackInfo& info);

  std::shared_ptr<Scorer> scorer_ = std::make_shared<Scorer>();
};

}  // namespace acinus::binding

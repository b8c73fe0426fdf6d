// The JavaScript class ProbabilitySet (contract `NativeProbabilitySet`).
#pragma once

#include <memory>

#include "binding/arguments.h"
#include "core/eval/candidates.h"

namespace acinus::binding {

class ProbabilitySetObject : public Handle<ProbabilitySetObject> {
 public:
  static constexpr napi_type_tag kTag = {0x6163696e75735072, 0x6f62536574733031};
  static constexpr const char* kWanted = "a set of probabilities";

  static void install(Napi::Env env, Napi::Object exports);
  explicit ProbabilitySetObject(const Napi::CallbackInfo& info);

 private:
  Napi::Value add(const Napi::CallbackInfo& info);
  Napi::Value add_image(const Napi::CallbackInfo& info);
  Napi::Value score(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);
  std::shared_ptr<ProbabilitySet> open() const;

  std::shared_ptr<ProbabilitySet> set_;
};

}  // namespace acinus::binding

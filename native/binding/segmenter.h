// class Segmenter (NativeSegmenter in lib/addon/contract.ts): a network with its preprocessing, for JavaScript.
#pragma once

#include <memory>

#include "binding/arguments.h"
#include "core/predict/segmenter.h"

namespace acinus::binding {

class SegmenterObject : public Handle<SegmenterObject> {
 public:
  static constexpr napi_type_tag kTag = {0x6163696e75735365, 0x676d656e74657221};
  static constexpr const char* kWanted = "a network; pass a Model";

  static void install(Napi::Env env, Napi::Object exports);

  // The network behind a JavaScript Segmenter, for the bindings that train, evaluate or predict with it; holding it keeps it
  // alive after close(). ACINUS_INVALID_ARGUMENT when `value` is no Segmenter, ACINUS_CLOSED when it is closed or not built
  // yet.
  static std::shared_ptr<Segmenter> unwrap(const Napi::Value& value);
  // Those of a list.
  static std::vector<std::shared_ptr<Segmenter>> unwrap_all(const Napi::Value& value);

  explicit SegmenterObject(const Napi::CallbackInfo& info);

 private:
  struct Entry;
  struct State;

  Napi::Value build(const Napi::CallbackInfo& info);
  Napi::Value forward(const Napi::CallbackInfo& info);
  Napi::Value features(const Napi::CallbackInfo& info);   // segmenter_features.cpp
  Napi::Value plan(const Napi::CallbackInfo& info);       // networks.cpp
  Napi::Value gradients(const Napi::CallbackInfo& info);  // segmenter_gradients.cpp
  Napi::Value to(const Napi::CallbackInfo& info);
  // These three answer at once, without the network's lock.
  Napi::Value device(const Napi::CallbackInfo& info);
  Napi::Value entries(const Napi::CallbackInfo& info);
  Napi::Value parameter_count(const Napi::CallbackInfo& info);

  Napi::Value read(const Napi::CallbackInfo& info);
  Napi::Value load_files(const Napi::CallbackInfo& info);
  Napi::Value load_state(const Napi::CallbackInfo& info);
  Napi::Value save(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  std::shared_ptr<Segmenter> open() const;

  std::shared_ptr<State> state_;
};

}  // namespace acinus::binding

// class Segmenter (NativeSegmenter in lib/addon/contract.ts): a network with its preprocessing, for JavaScript.
#pragma once

#include <memory>

#include "binding/js.h"
#include "core/predict/segmenter.h"

namespace acinus::binding {

class SegmenterObject : public Napi::ObjectWrap<SegmenterObject> {
 public:
  static void install(Napi::Env env, Napi::Object exports);

  // The network behind a JavaScript Segmenter, for the bindings that train, evaluate or predict with it; holding it keeps it
  // alive after close(). ACINUS_INVALID_ARGUMENT when `value` is no Segmenter, ACINUS_CLOSED when it is closed or not built
  // yet.
  static std::shared_ptr<Segmenter> unwrap(const Napi::Value& value);

  explicit SegmenterObject(const Napi::CallbackInfo& info);

 private:
  struct State;

  Napi::Value build(const Napi::CallbackInfo& info);
  Napi::Value forward(const Napi::CallbackInfo& info);
  Napi::Value features(const Napi::CallbackInfo& info);   // segmenter_features.cpp
  Napi::Value plan(const Napi::CallbackInfo& info);       // networks.cpp
  Napi::Value gradients(const Napi::CallbackInfo& info);  // segmenter_gradients.cpp
  Napi::Value to(const Napi::CallbackInfo& info);
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

// The JavaScript class SampleStore (contract `NativeSampleStore`).
#pragma once

#include <memory>

#include "binding/js.h"
#include "core/data/sample_store.h"

namespace acinus::binding {

class SampleStoreObject : public Napi::ObjectWrap<SampleStoreObject> {
 public:
  static void install(Napi::Env env, Napi::Object exports);
  explicit SampleStoreObject(const Napi::CallbackInfo& info);

 private:
  friend std::shared_ptr<SampleStore> unwrap_sample_store(const Napi::Value& value);

  Napi::Value add(const Napi::CallbackInfo& info);
  Napi::Value size(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);
  SampleStore& open() const;

  std::shared_ptr<SampleStore> store_;
};

// The store behind a JavaScript SampleStore, kept alive by the pointer even if JavaScript closes the object meanwhile.
// Throws ACINUS_CLOSED when it is closed already. Samples may be added only while no job reads the store.
std::shared_ptr<SampleStore> unwrap_sample_store(const Napi::Value& value);

}  // namespace acinus::binding

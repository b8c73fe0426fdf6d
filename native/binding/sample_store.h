// The JavaScript class SampleStore (contract `NativeSampleStore`).
#pragma once

#include <memory>

#include "binding/arguments.h"
#include "core/data/sample_store.h"

namespace acinus::binding {

class SampleStoreObject : public Handle<SampleStoreObject> {
 public:
  static constexpr napi_type_tag kTag = {0x6163696e75735361, 0x6d706c6553746f72};
  static constexpr const char* kWanted = "the pixels of a Dataset";

  static void install(Napi::Env env, Napi::Object exports);
  explicit SampleStoreObject(const Napi::CallbackInfo& info);

 private:
  friend std::shared_ptr<SampleStore> unwrap_sample_store(const Napi::Value& value, const char* name);

  Napi::Value add(const Napi::CallbackInfo& info);
  Napi::Value add_shared(const Napi::CallbackInfo& info);
  void set_instances(const Napi::CallbackInfo& info);
  Napi::Value size(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);
  SampleStore& open() const;

  std::shared_ptr<SampleStore> store_;
};

// The store behind a JavaScript SampleStore, kept alive by the pointer even if JavaScript closes the object meanwhile.
// Throws ACINUS_CLOSED when it is closed already. Samples may be added only while no job reads the store.
std::shared_ptr<SampleStore> unwrap_sample_store(const Napi::Value& value, const char* name);

}  // namespace acinus::binding

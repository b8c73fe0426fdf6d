#include "binding/sample_store.h"

#include "core/error.h"

namespace acinus::binding {

namespace {

const uint8_t* bytes(const Napi::Value& value, int64_t expected, const char* what) {
  const auto array = value.As<Napi::Uint8Array>();
  if (static_cast<int64_t>(array.ElementLength()) != expected) {
    throw Error("ACINUS_INVALID_ARGUMENT", std::string(what) + " holds " + std::to_string(array.ElementLength()) +
                                               " bytes where its size asks for " + std::to_string(expected) + ".");
  }
  return array.Data();
}

}  // namespace

void SampleStoreObject::install(Napi::Env env, Napi::Object exports) {
  exports.Set("SampleStore",
              DefineClass(env, "SampleStore",
                          {InstanceMethod<&SampleStoreObject::add>("add"), InstanceMethod<&SampleStoreObject::size>("size"),
                           InstanceMethod<&SampleStoreObject::close>("close")}));
}

SampleStoreObject::SampleStoreObject(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<SampleStoreObject>(info), store_(std::make_shared<SampleStore>()) {}

SampleStore& SampleStoreObject::open() const {
  if (!store_) throw Error("ACINUS_CLOSED", "This data set was closed and cannot be used any more.");
  return *store_;
}

Napi::Value SampleStoreObject::add(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const int64_t height = info[2].As<Napi::Number>().Int64Value(), width = info[3].As<Napi::Number>().Int64Value();
    const uint8_t* rgb = bytes(info[0], height * width * 3, "The image");
    const uint8_t* mask = info[1].IsNull() ? nullptr : bytes(info[1], height * width, "The mask");
    return Napi::Number::New(info.Env(), static_cast<double>(open().add(rgb, mask, height, width)));
  });
}

Napi::Value SampleStoreObject::size(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return Napi::Number::New(info.Env(), static_cast<double>(open().size())); });
}

void SampleStoreObject::close(const Napi::CallbackInfo&) { store_.reset(); }

std::shared_ptr<SampleStore> unwrap_sample_store(const Napi::Value& value) {
  auto* object = Napi::ObjectWrap<SampleStoreObject>::Unwrap(value.As<Napi::Object>());
  object->open();
  return object->store_;
}

}  // namespace acinus::binding

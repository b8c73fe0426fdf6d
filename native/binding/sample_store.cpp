#include "binding/sample_store.h"

#include "binding/pixels.h"
#include "core/error.h"

namespace acinus::binding {

void SampleStoreObject::install(Napi::Env env, Napi::Object exports) {
  exports.Set(
      "SampleStore",
      DefineClass(env, "SampleStore",
                  {InstanceMethod<&SampleStoreObject::add>("add"), InstanceMethod<&SampleStoreObject::add_shared>("addShared"),
                   InstanceMethod<&SampleStoreObject::set_instances>("setInstances"),
                   InstanceMethod<&SampleStoreObject::size>("size"), InstanceMethod<&SampleStoreObject::close>("close")}));
}

SampleStoreObject::SampleStoreObject(const Napi::CallbackInfo& info) : Handle(info), store_(std::make_shared<SampleStore>()) {}

SampleStore& SampleStoreObject::open() const {
  if (!store_) throw Error("ACINUS_CLOSED", "This data set was closed and cannot be used any more.");
  return *store_;
}

Napi::Value SampleStoreObject::add(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const ImageSize size = read_size(info[2], info[3]);
    const uint8_t* rgb = read_array<uint8_t>(info[0], "rgb", 3 * size.pixels()).data();
    const uint8_t* mask = info[1].IsNull() ? nullptr : read_array<uint8_t>(info[1], "mask", size.pixels()).data();
    return Napi::Number::New(info.Env(), static_cast<double>(open().add(rgb, mask, size.height, size.width)));
  });
}

Napi::Value SampleStoreObject::add_shared(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto from = unwrap_sample_store(info[0], "from");
    const int64_t index = to_whole(info[1], "index", 0);
    const Tensor& image = from->at(index).image;
    const uint8_t* mask =
        info[2].IsNull() ? nullptr : read_array<uint8_t>(info[2], "mask", image.size(1) * image.size(2)).data();
    const auto weight = info[3].IsNull() ? std::nullopt : std::optional(to_number(info[3], "weight"));
    return Napi::Number::New(info.Env(), static_cast<double>(open().add_shared(*from, index, mask, weight)));
  });
}

void SampleStoreObject::set_instances(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    const auto labels = read_array<int32_t>(info[1], "instances");
    open().set_instances(to_whole(info[0], "index", 0), labels.data(), static_cast<int64_t>(labels.size()));
    return info.Env().Undefined();
  });
}

Napi::Value SampleStoreObject::size(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return Napi::Number::New(info.Env(), static_cast<double>(open().size())); });
}

void SampleStoreObject::close(const Napi::CallbackInfo&) { store_.reset(); }

std::shared_ptr<SampleStore> unwrap_sample_store(const Napi::Value& value, const char* name) {
  auto& object = SampleStoreObject::of(value, name);
  object.open();
  return object.store_;
}

}  // namespace acinus::binding

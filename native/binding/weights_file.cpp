#include "binding/weights_file.h"

#include "binding/environment.h"
#include "core/io/weights_file.h"

namespace acinus::binding {

namespace {

Napi::Value inventory(Napi::Env env, WeightsFile& file) {
  const auto entries = Napi::Array::New(env, file.tensors.size());
  for (size_t i = 0; i < file.tensors.size(); ++i) {
    const auto& [name, tensor] = file.tensors[i];
    const auto shape = Napi::Array::New(env, static_cast<size_t>(tensor.dim()));
    for (int64_t d = 0; d < tensor.dim(); ++d) shape.Set(static_cast<uint32_t>(d), static_cast<double>(tensor.size(d)));
    const auto entry = Napi::Object::New(env);
    entry.Set("name", name);
    entry.Set("shape", shape);
    entries.Set(static_cast<uint32_t>(i), entry);
  }
  const auto path = Napi::Array::New(env, file.path.size());
  for (size_t i = 0; i < file.path.size(); ++i) path.Set(static_cast<uint32_t>(i), file.path[i]);
  const auto out = Napi::Object::New(env);
  out.Set("format", file.format);
  out.Set("path", path);
  out.Set("entries", entries);
  return out;
}

Napi::Value inspect(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto work = [path = info[0].As<Napi::String>().Utf8Value()](JobContext&) { return read_weights_file(path); };
    return Environment::of(info.Env()).start<WeightsFile>(info.Env(), work, inventory);
  });
}

Napi::Value convert(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto work = [from = info[0].As<Napi::String>().Utf8Value(),
                       to = info[1].As<Napi::String>().Utf8Value()](JobContext&) {
      WeightsFile file = read_weights_file(from);
      write_safetensors(to, file.tensors, {{"format", "pt"}});
      return file;
    };
    return Environment::of(info.Env()).start<WeightsFile>(info.Env(), work, inventory);
  });
}

}  // namespace

void add_weights_files(Napi::Env env, Napi::Object exports) {
  exports.Set("inspectWeights", Napi::Function::New(env, inspect, "inspectWeights"));
  exports.Set("convertWeights", Napi::Function::New(env, convert, "convertWeights"));
}

}  // namespace acinus::binding

#include "binding/weights_file.h"

#include "binding/arguments.h"
#include "binding/environment.h"
#include "core/io/weights_file.h"

namespace acinus::binding {

namespace {

Napi::Value inventory(Napi::Env env, WeightsFile& file) {
  const auto entries = Napi::Array::New(env, file.tensors.size());
  for (size_t i = 0; i < file.tensors.size(); ++i) {
    const auto& [name, tensor] = file.tensors[i];
    const auto entry = Napi::Object::New(env);
    entry.Set("name", name);
    entry.Set("shape", number_list(env, tensor.sizes().data(), tensor.sizes().size()));
    entries.Set(static_cast<uint32_t>(i), entry);
  }
  const auto out = Napi::Object::New(env);
  out.Set("format", file.format);
  out.Set("path", text_list(env, file.path));
  out.Set("entries", entries);
  return out;
}

Napi::Value inspect(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto work = [path = to_path(info[0], "path")](JobContext&) { return read_weights_file(path); };
    return Environment::of(info.Env()).start<WeightsFile>(info.Env(), work, inventory);
  });
}

Napi::Value convert(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto work = [from = to_path(info[0], "path"), to = to_path(info[1], "path")](JobContext&) {
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

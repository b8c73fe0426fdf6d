// What the addon exports; typed for TypeScript in lib/addon/contract.ts.
#include <torch/version.h>

#include "binding/environment.h"
#include "binding/js.h"

namespace acinus::binding {

namespace {

Napi::Value stop_all(const Napi::CallbackInfo& info) {
  Environment::of(info.Env()).stop_all();
  return info.Env().Undefined();
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  Environment::install(env);
  exports.Set("libtorchVersion", TORCH_VERSION);
  exports.Set("stopAll", Napi::Function::New(env, stop_all, "stopAll"));
  return exports;
}

}  // namespace

NODE_API_MODULE(acinus, initialise)

}  // namespace acinus::binding

// Opens LibTorch's libraries globally before the main addon is required, from wherever they are: neither
// LD_LIBRARY_PATH nor an RPATH can be set from inside a running process.
#include <dlfcn.h>
#include <napi.h>

#include <string>

namespace {

// open(path): dlopen(path, NOW | GLOBAL | NODELETE); throws with dlerror()'s text.
Napi::Value open(const Napi::CallbackInfo& info) {
  const std::string path = info[0].As<Napi::String>();
  if (dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE) == nullptr) {
    const char* reason = dlerror();
    throw Napi::Error::New(info.Env(), reason != nullptr ? reason : "dlopen failed");
  }
  return info.Env().Undefined();
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("open", Napi::Function::New(env, open, "open"));
  return exports;
}

}  // namespace

NODE_API_MODULE(acinus_loader, initialise)

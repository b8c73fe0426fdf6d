// Opens LibTorch's libraries globally before the main addon is required, from wherever they are: neither
// LD_LIBRARY_PATH nor an RPATH can be set from inside a running process.
#include <napi.h>

#include <string>

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace {

#ifdef _WIN32

// Once a DLL is loaded, a later one that imports it by name gets it; its own neighbours are found in its folder.
Napi::Value open(const Napi::CallbackInfo& info) {
  const std::u16string path = info[0].As<Napi::String>();
  if (LoadLibraryExW(reinterpret_cast<LPCWSTR>(path.c_str()), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH) == nullptr) {
    throw Napi::Error::New(info.Env(), "LoadLibraryExW failed with error " + std::to_string(GetLastError()));
  }
  return info.Env().Undefined();
}

#else

// open(path): dlopen(path, NOW | GLOBAL | NODELETE); throws with dlerror()'s text.
Napi::Value open(const Napi::CallbackInfo& info) {
  const std::string path = info[0].As<Napi::String>();
  if (dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE) == nullptr) {
    const char* reason = dlerror();
    throw Napi::Error::New(info.Env(), reason != nullptr ? reason : "dlopen failed");
  }
  return info.Env().Undefined();
}

#endif

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("open", Napi::Function::New(env, open, "open"));
  return exports;
}

}  // namespace

NODE_API_MODULE(acinus_loader, initialise)

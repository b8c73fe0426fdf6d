// Opens LibTorch's libraries globally before the main addon is required, from wherever they are: neither
// LD_LIBRARY_PATH nor an RPATH can be set from inside a running process.
#include <dlfcn.h>
#include <napi.h>

#include <cstdlib>
#include <string>

namespace {

// Why the library could not be opened; empty if it was.
std::string open_globally(const std::string& path) {
  if (dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE) != nullptr) return {};
  const char* reason = dlerror();
  return reason != nullptr ? reason : "dlopen failed";
}

// open(path): throws with dlerror()'s text.
Napi::Value open(const Napi::CallbackInfo& info) {
  const std::string problem = open_globally(info[0].As<Napi::String>());
  if (!problem.empty()) throw Napi::Error::New(info.Env(), problem);
  return info.Env().Undefined();
}

// openWaiting(path): the same for a library that brings OpenMP, which reads its environment while it is opened. By default its
// threads spin while they wait for each other. As soon as another program takes a core, they spin for a thread that does not
// run, and everything takes several times as long. Asleep they cost nothing. What child processes inherit stays as it was.
Napi::Value open_waiting(const Napi::CallbackInfo& info) {
  constexpr const char* kPolicy = "OMP_WAIT_POLICY";
  const bool ours = std::getenv(kPolicy) == nullptr && std::getenv("GOMP_SPINCOUNT") == nullptr;
  if (ours) setenv(kPolicy, "passive", 0);
  const std::string problem = open_globally(info[0].As<Napi::String>());
  if (ours) unsetenv(kPolicy);
  if (!problem.empty()) throw Napi::Error::New(info.Env(), problem);
  return info.Env().Undefined();
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("open", Napi::Function::New(env, open, "open"));
  exports.Set("openWaiting", Napi::Function::New(env, open_waiting, "openWaiting"));
  return exports;
}

}  // namespace

NODE_API_MODULE(acinus_loader, initialise)

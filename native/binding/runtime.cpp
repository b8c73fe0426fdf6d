#include "binding/runtime.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <cstdlib>

#include "binding/arguments.h"
#include "binding/cuda_devices.h"
#include "core/cpu/caching_allocator.h"
#include "core/io/file_lock.h"

namespace acinus::binding {

namespace {

constexpr int64_t kMostThreads = 4096;

Napi::Value set_threads(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    at::set_num_threads(static_cast<int>(to_whole(info[0], "threads", 1, kMostThreads)));
    return info.Env().Undefined();
  });
}

Napi::Value threads(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), at::get_num_threads()); }

Napi::Value set_deterministic(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const bool on = to_boolean(info[0], "deterministic");
    at::Context& context = at::globalContext();
    context.setDeterministicAlgorithms(on, /*warn_only=*/false);
    context.setDeterministicCuDNN(on);
    if (on) context.setBenchmarkCuDNN(false);
    return info.Env().Undefined();
  });
}

Napi::Value memory(const Napi::CallbackInfo& info) {
  const MemoryStats stats = cpu_memory();
  Napi::Object out = Napi::Object::New(info.Env());
  out.Set("current", stats.current);
  out.Set("peak", stats.peak);
  out.Set("cached", stats.cached);
  return out;
}

Napi::Value release_memory(const Napi::CallbackInfo& info) {
  release_cached_memory();
  return info.Env().Undefined();
}

// Neither exit hooks nor destructors run, so a thread in mid-step does no harm.
Napi::Value exit_at_once(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value { std::_Exit(static_cast<int>(to_whole(info[0], "code", 0, 255))); });
}

Napi::Value lock_file(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const int descriptor = static_cast<int>(to_whole(info[0], "descriptor", 0, std::numeric_limits<int>::max()));
    const FileLock result = try_lock_file(descriptor);
    if (result == FileLock::kUnsupported) return info.Env().Null();
    return Napi::Boolean::New(info.Env(), result == FileLock::kTaken);
  });
}

Napi::Value cuda_devices(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto devices = list_cuda_devices();
    Napi::Array out = Napi::Array::New(info.Env(), devices.size());
    for (uint32_t i = 0; i < devices.size(); ++i) {
      Napi::Object device = Napi::Object::New(info.Env());
      device.Set("name", devices[i].name);
      device.Set("totalMemory", static_cast<double>(devices[i].total_memory));
      out.Set(i, device);
    }
    return out;
  });
}

}  // namespace

void add_runtime(Napi::Env env, Napi::Object exports) {
  exports.Set("setThreads", Napi::Function::New(env, set_threads, "setThreads"));
  exports.Set("threads", Napi::Function::New(env, threads, "threads"));
  exports.Set("setDeterministic", Napi::Function::New(env, set_deterministic, "setDeterministic"));
  exports.Set("memory", Napi::Function::New(env, memory, "memory"));
  exports.Set("releaseMemory", Napi::Function::New(env, release_memory, "releaseMemory"));
  exports.Set("exitAtOnce", Napi::Function::New(env, exit_at_once, "exitAtOnce"));
  exports.Set("lockFile", Napi::Function::New(env, lock_file, "lockFile"));
  exports.Set("cudaDevices", Napi::Function::New(env, cuda_devices, "cudaDevices"));
}

}  // namespace acinus::binding

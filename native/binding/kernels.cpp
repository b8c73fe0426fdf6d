#include "binding/kernels.h"

#include "core/cpu/isa.h"
#include "core/doctor/kernels.h"

namespace acinus::binding {

namespace {

Napi::Value compare(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto differences = compare_kernels();
    Napi::Array out = Napi::Array::New(env, differences.size());
    for (uint32_t i = 0; i < differences.size(); ++i) {
      Napi::Object entry = Napi::Object::New(env);
      entry.Set("kernel", differences[i].kernel);
      entry.Set("difference", differences[i].difference);
      entry.Set("scale", differences[i].scale);
      out.Set(i, entry);
    }
    return out;
  });
}

Napi::Value kernel_isa(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), cpu::isa_name()); }

}  // namespace

void add_kernels(Napi::Env env, Napi::Object exports) {
  exports.Set("compareKernels", Napi::Function::New(env, compare, "compareKernels"));
  exports.Set("kernelIsa", Napi::Function::New(env, kernel_isa, "kernelIsa"));
}

}  // namespace acinus::binding

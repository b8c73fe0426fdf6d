// compareKernels of acinus/functional: each fast CPU operation beside its plain version.
#include "binding/functional.h"
#include "core/cpu/isa.h"
#include "core/image/kernel_check.h"
#include "core/loss/kernel_check.h"
#include "core/ops/kernel_check.h"

namespace acinus::binding {

namespace {

// compareKernels({operation, images, height, width, channels, kernel, stride, bfloat16, training, seed})
Napi::Value compare(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto given = info[0].As<Napi::Object>();
    const ops::KernelCase request{.operation = text(given, "operation"),
                                  .images = integer(given, "images"),
                                  .height = integer(given, "height"),
                                  .width = integer(given, "width"),
                                  .channels = integers(given.Get("channels")),
                                  .kernel = integer(given, "kernel"),
                                  .stride = integer(given, "stride"),
                                  .bfloat16 = boolean(given, "bfloat16"),
                                  .training = boolean(given, "training"),
                                  .flat = boolean(given, "flat"),
                                  .seed = seed_value(given, "seed")};
    auto differences = compare_image_kernels(request);
    if (differences.empty()) differences = compare_loss_kernels(request);
    if (differences.empty()) differences = ops::compare_kernels(request);
    Napi::Array out = Napi::Array::New(env, differences.size());
    for (uint32_t i = 0; i < differences.size(); ++i) {
      Napi::Object entry = Napi::Object::New(env);
      entry.Set("name", differences[i].name);
      entry.Set("difference", differences[i].difference);
      entry.Set("scale", differences[i].scale);
      out.Set(i, entry);
    }
    return out;
  });
}

Napi::Value kernel_isa(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), cpu::isa_name()); }

}  // namespace

void add_kernel_functions(Napi::Env env, Napi::Object functional) {
  functional.Set("compareKernels", Napi::Function::New(env, compare, "compareKernels"));
  functional.Set("kernelIsa", Napi::Function::New(env, kernel_isa, "kernelIsa"));
}

}  // namespace acinus::binding

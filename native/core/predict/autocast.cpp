#include "core/predict/autocast.h"

#include <ATen/autocast_mode.h>

#include "core/error.h"

namespace acinus {

AutocastScope::AutocastScope(torch::Device device, const std::string& precision)
    : type_(device.type()),
      was_enabled_(at::autocast::is_autocast_enabled(type_)),
      was_dtype_(at::autocast::get_autocast_dtype(type_)) {
  if (precision != "fp32" && precision != "bf16" && precision != "fp16") {
    throw Error("ACINUS_CONFIG", "precision must be fp32, bf16 or fp16, not '" + precision + "'.", {.value = precision});
  }
  if (precision == "fp16" && device.is_cpu()) {
    throw Error("ACINUS_CONFIG", "precision fp16 needs a GPU. Use bf16 or fp32 on the CPU.", {.value = precision});
  }
  at::autocast::set_autocast_enabled(type_, precision != "fp32");
  if (precision != "fp32") at::autocast::set_autocast_dtype(type_, precision == "bf16" ? at::kBFloat16 : at::kHalf);
  at::autocast::increment_nesting();
}

AutocastScope::~AutocastScope() {
  // The outermost scope drops the cast copies of the weights: they would be stale after the next optimizer step.
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(type_, was_enabled_);
  at::autocast::set_autocast_dtype(type_, was_dtype_);
}

}  // namespace acinus

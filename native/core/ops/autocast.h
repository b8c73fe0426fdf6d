// Mixed precision for the length of a scope.
#pragma once

#include "core/precision.h"
#include "core/torch.h"

namespace acinus {

// Switches autocast of the device on for bf16 and fp16, leaves it off for fp32, and restores its former state at the end.
class AutocastScope {
 public:
  AutocastScope(torch::Device device, Precision precision);
  AutocastScope(c10::DeviceType device, bool enabled, c10::ScalarType dtype);
  ~AutocastScope();
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  c10::DeviceType type_;
  bool was_enabled_;
  c10::ScalarType was_dtype_;
};

// What operations on x compute in: autocast's type where that is on, x's own otherwise.
at::ScalarType compute_type(const Tensor& x);

}  // namespace acinus

#include "core/ops/autocast.h"

#include <ATen/autocast_mode.h>

namespace acinus {

namespace {

c10::ScalarType dtype_of(torch::Device device, Precision precision) {
  if (precision == Precision::kFp32) return at::autocast::get_autocast_dtype(device.type());
  return precision == Precision::kBf16 ? at::kBFloat16 : at::kHalf;
}

}  // namespace

AutocastScope::AutocastScope(torch::Device device, Precision precision)
    : AutocastScope(device.type(), precision != Precision::kFp32, dtype_of(device, precision)) {}

AutocastScope::AutocastScope(c10::DeviceType device, bool enabled, c10::ScalarType dtype)
    : type_(device),
      was_enabled_(at::autocast::is_autocast_enabled(type_)),
      was_dtype_(at::autocast::get_autocast_dtype(type_)) {
  at::autocast::set_autocast_enabled(type_, enabled);
  at::autocast::set_autocast_dtype(type_, dtype);
  at::autocast::increment_nesting();
}

at::ScalarType compute_type(const Tensor& x) {
  const auto device = x.device().type();
  return at::autocast::is_autocast_enabled(device) ? at::autocast::get_autocast_dtype(device) : x.scalar_type();
}

AutocastScope::~AutocastScope() {
  // The outermost scope drops the converted copies of the weights, because the next optimizer step makes them stale.
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(type_, was_enabled_);
  at::autocast::set_autocast_dtype(type_, was_dtype_);
}

}  // namespace acinus

// What functions with a backward pass of their own need.
#pragma once

#include <ATen/core/LegacyTypeDispatch.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include "core/torch.h"

namespace acinus::ops {

// Plain values that a function keeps for its backward pass, beside tensors.
template <class T>
struct Kept : torch::CustomClassHolder {
  explicit Kept(T content) : value(std::move(content)) {}
  T value;
};
template <class T>
void keep(torch::autograd::AutogradContext* context, T value) {
  context->saved_data["kept"] = c10::IValue::make_capsule(c10::make_intrusive<Kept<T>>(std::move(value)));
}
template <class T>
const T& kept(torch::autograd::AutogradContext* context) {
  return static_cast<Kept<T>&>(*context->saved_data["kept"].toCapsule()).value;
}

// Disables autograd recording and autocast in its scope.
class KernelsAlone {
  at::AutoDispatchBelowADInplaceOrView no_graph_;
  c10::impl::ExcludeDispatchKeyGuard no_casts_{c10::autocast_dispatch_keyset};
};

}  // namespace acinus::ops

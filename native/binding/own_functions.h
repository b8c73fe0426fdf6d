// Functions of a script in place of what training does by itself (contract `NativeOwnFunctions`).
#pragma once

#include "binding/asked.h"
#include "core/train/own.h"

namespace acinus::binding {

class OwnFunctions {
 public:
  // {loss, order, transform}: each a function or null.
  explicit OwnFunctions(const Napi::Object& functions);
  // As the thread of this work calls them.
  Own through(const JobContext& context) const;

 private:
  std::shared_ptr<AskedFunction> loss_, order_, transform_;
};

}  // namespace acinus::binding

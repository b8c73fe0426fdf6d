// The loss function of a script, as training calls it from its own thread (contract `NativeLossFunction`).
#pragma once

#include <memory>

#include "binding/environment.h"
#include "core/loss/own.h"

namespace acinus::binding {

class OwnLossFunction : public std::enable_shared_from_this<OwnLossFunction> {
 public:
  explicit OwnLossFunction(const Napi::Function& function) : function_(Napi::Persistent(function)) {}

  // For the thread of this work: has the event loop call the function and waits for its promise. ACINUS_LOSS when that is
  // rejected. ACINUS_ABORTED when the work is to stop first: then the event loop may be waiting for us, and a function that
  // never answers ends with the work.
  OwnLoss through(const JobContext& context);

 private:
  struct Pending;
  void ask(Napi::Env env, const OwnLossRequest& request, const std::shared_ptr<Pending>& pending) const;

  Napi::FunctionReference function_;
};

// None of null.
std::shared_ptr<OwnLossFunction> read_own_loss(const Napi::Value& function);

}  // namespace acinus::binding

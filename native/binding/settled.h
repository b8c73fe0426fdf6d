// A JavaScript function () => Promise<void> that long work may call from its own thread and wait for.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "binding/arguments.h"
#include "binding/environment.h"

namespace acinus::binding {

class Settled : public std::enable_shared_from_this<Settled> {
 public:
  explicit Settled(const Napi::Function& callback) : callback_(Napi::Persistent(callback)) {}

  // Whether the promise was resolved: false when it was rejected, or when the environment ends and the event loop with it.
  bool wait(JobContext& context) {
    {
      const std::lock_guard lock(mutex_);
      outcome_.reset();
    }
    context.emit([self = shared_from_this()](Napi::Env env) {
      const auto finish = [&](bool resolved) {
        return Napi::Function::New(env, [self, resolved](const Napi::CallbackInfo&) { self->finish(resolved); });
      };
      const auto promise = to_object(self->callback_.Call({}), "the result of settle");
      to_function(promise.Get("then"), "then").Call(promise, {finish(true), finish(false)});
    });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, context.ending, [this] { return outcome_.has_value(); });
    return outcome_.value_or(false);
  }

 private:
  void finish(bool resolved) {
    {
      const std::lock_guard lock(mutex_);
      outcome_ = resolved;
    }
    changed_.notify_all();
  }

  Napi::FunctionReference callback_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<bool> outcome_;
};

}  // namespace acinus::binding

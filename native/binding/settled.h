// A JavaScript function () => Promise<void> that long work may call from its own thread and wait for.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

#include "binding/environment.h"

namespace acinus::binding {

class Settled : public std::enable_shared_from_this<Settled> {
 public:
  explicit Settled(const Napi::Function& callback) : callback_(Napi::Persistent(callback)) {}

  // Returns when the promise is settled, either way, or when the work is to stop: then the event loop may be waiting for us.
  void wait(JobContext& context) {
    {
      const std::lock_guard lock(mutex_);
      done_ = false;
    }
    context.emit([self = shared_from_this()](Napi::Env env) {
      const auto finish = Napi::Function::New(env, [self](const Napi::CallbackInfo&) { self->finish(); });
      const auto promise = self->callback_.Call({}).As<Napi::Object>();
      promise.Get("then").As<Napi::Function>().Call(promise, {finish, finish});
    });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, context.stop, [this] { return done_; });
  }

 private:
  void finish() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    changed_.notify_all();
  }

  Napi::FunctionReference callback_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool done_ = false;
};

}  // namespace acinus::binding

// A JavaScript function (done, total) => void that long work may call from its own thread.
#pragma once

#include <functional>
#include <memory>

#include "binding/environment.h"

namespace acinus::binding {

class Progress : public std::enable_shared_from_this<Progress> {
 public:
  explicit Progress(const Napi::Function& callback) : callback_(Napi::Persistent(callback)) {}

  // Keeps the function alive through every call still on its way to the event loop.
  std::function<void(int64_t, int64_t)> on(JobContext& context) {
    return [self = shared_from_this(), &context](int64_t done, int64_t total) {
      context.emit([self, done, total](Napi::Env env) {
        self->callback_.Call(
            {Napi::Number::New(env, static_cast<double>(done)), Napi::Number::New(env, static_cast<double>(total))});
      });
    };
  }

 private:
  Napi::FunctionReference callback_;
};

}  // namespace acinus::binding

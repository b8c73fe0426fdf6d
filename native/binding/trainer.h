// class Trainer (NativeTrainer in lib/addon/contract.ts): the training loop for JavaScript.
#pragma once

#include <memory>

#include "binding/arguments.h"
#include "binding/environment.h"
#include "core/train/trainer.h"

namespace acinus::binding {

class TrainerObject : public Handle<TrainerObject> {
 public:
  static constexpr napi_type_tag kTag = {0x6163696e75735472, 0x61696e6572212121};
  static constexpr const char* kWanted = "a native trainer";

  static Napi::Function define(Napi::Env env);  // the class, to be exported as "Trainer"

  explicit TrainerObject(const Napi::CallbackInfo& info);

 private:
  class Turn;  // one piece of work at a time

  Napi::Value build(const Napi::CallbackInfo& info);
  Napi::Value fit(const Napi::CallbackInfo& info);
  Napi::Value step(const Napi::CallbackInfo& info);
  Napi::Value validate(const Napi::CallbackInfo& info);
  Napi::Value end_epoch(const Napi::CallbackInfo& info);
  Napi::Value checkpoint(const Napi::CallbackInfo& info);
  Napi::Value resume(const Napi::CallbackInfo& info);
  Napi::Value measure_statistics(const Napi::CallbackInfo& info);
  Napi::Value estimate_memory(const Napi::CallbackInfo& info);
  Napi::Value set_loss_weights(const Napi::CallbackInfo& info);
  Napi::Value loss_weights(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  std::shared_ptr<Turn> take_turn();

  struct State;
  std::shared_ptr<State> state_;
  std::shared_ptr<std::atomic<bool>> busy_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace acinus::binding

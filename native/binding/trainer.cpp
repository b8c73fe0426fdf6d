#include "binding/trainer.h"

#include "binding/segmenter.h"
#include "binding/settled.h"
#include "binding/train_options.h"
#include "core/error.h"

namespace acinus::binding {

// Held by a job from its start to its end.
class TrainerObject::Turn {
 public:
  Turn(std::shared_ptr<Trainer> trainer, std::shared_ptr<std::atomic<bool>> busy)
      : trainer_(std::move(trainer)), busy_(std::move(busy)) {
    if (busy_->exchange(true)) {
      throw Error("ACINUS_INVALID_ARGUMENT",
                  "The trainer is at work already; wait for its last call before making the next one.");
    }
  }
  void end() { busy_->store(false); }
  Trainer* operator->() const { return trainer_.get(); }

 private:
  std::shared_ptr<Trainer> trainer_;
  std::shared_ptr<std::atomic<bool>> busy_;
};

namespace {

// Runs `body` and ends the turn before the promise settles, whatever happens.
template <class Turn, class Body>
auto within(Turn& turn, Body&& body) -> decltype(body()) {
  struct End {
    Turn& turn;
    ~End() { turn.end(); }
  } end{turn};
  return body();
}

Napi::Value undefined(Napi::Env env, bool&) { return env.Undefined(); }

}  // namespace

Napi::Function TrainerObject::define(Napi::Env env) {
  return DefineClass(
      env, "Trainer",
      {InstanceMethod<&TrainerObject::fit>("fit"), InstanceMethod<&TrainerObject::step>("step"),
       InstanceMethod<&TrainerObject::validate>("validate"), InstanceMethod<&TrainerObject::checkpoint>("checkpoint"),
       InstanceMethod<&TrainerObject::resume>("resume"), InstanceMethod<&TrainerObject::estimate_memory>("estimateMemory"),
       InstanceMethod<&TrainerObject::close>("close")});
}

TrainerObject::TrainerObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<TrainerObject>(info) {
  guarded(info.Env(), [&] {
    trainer_ = std::make_shared<Trainer>(SegmenterObject::unwrap(info[0]), read_train_data(info[1].As<Napi::Object>()),
                                         read_train_options(info[2].As<Napi::Object>()));
  });
}

std::shared_ptr<TrainerObject::Turn> TrainerObject::take_turn() {
  if (!trainer_) throw Error("ACINUS_CLOSED", "This trainer was closed and cannot be used any more.");
  return std::make_shared<Turn>(trainer_, busy_);
}

Napi::Value TrainerObject::fit(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    auto listener = std::make_shared<Napi::FunctionReference>(Napi::Persistent(info[0].As<Napi::Function>()));
    auto settled = std::make_shared<Settled>(info[1].As<Napi::Function>());
    return Environment::of(env).start<FitResult>(
        env,
        [turn = take_turn(), listener, settled](JobContext& context) {
          const Report report = [&](const TrainEvent& event) {
            context.emit([listener, event](Napi::Env loop) { listener->Call({to_js(loop, event)}); });
          };
          return within(*turn, [&] { return (*turn)->fit(context.stop, report, [&] { return settled->wait(context); }); });
        },
        [](Napi::Env loop, FitResult& result) -> Napi::Value { return to_js(loop, result); });
  });
}

Napi::Value TrainerObject::step(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const int64_t epoch = info[1].As<Napi::Number>().Int64Value();
    return Environment::of(env).start<StepResult>(
        env,
        [turn = take_turn(), indices = integers(info[0]), epoch](JobContext&) {
          return within(*turn, [&] { return (*turn)->step(indices, epoch); });
        },
        [](Napi::Env loop, StepResult& result) -> Napi::Value { return to_js(loop, result); });
  });
}

Napi::Value TrainerObject::validate(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    return Environment::of(env).start<ValidationScores>(
        env,
        [turn = take_turn()](JobContext& context) { return within(*turn, [&] { return (*turn)->validate(context.stop); }); },
        [](Napi::Env loop, ValidationScores& scores) -> Napi::Value { return to_js(loop, scores); });
  });
}

Napi::Value TrainerObject::checkpoint(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    return Environment::of(env).start<bool>(
        env,
        [turn = take_turn(), path = info[0].As<Napi::String>().Utf8Value()](JobContext&) {
          within(*turn, [&] { (*turn)->checkpoint(path); });
          return true;
        },
        undefined);
  });
}

Napi::Value TrainerObject::resume(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    return Environment::of(env).start<Position>(
        env,
        [turn = take_turn(), path = info[0].As<Napi::String>().Utf8Value()](JobContext&) {
          return within(*turn, [&] { return (*turn)->resume(path); });
        },
        [](Napi::Env loop, Position& position) -> Napi::Value {
          Napi::Object out = Napi::Object::New(loop);
          out.Set("epoch", position.epoch);
          out.Set("batch", position.batch);
          out.Set("step", position.step);
          return out;
        });
  });
}

Napi::Value TrainerObject::estimate_memory(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const int64_t height = info[0].As<Napi::Number>().Int64Value();
    const int64_t width = info[1].As<Napi::Number>().Int64Value();
    return Environment::of(env).start<int64_t>(
        env,
        [turn = take_turn(), height, width](JobContext&) {
          return within(*turn, [&] { return (*turn)->estimate_memory(height, width); });
        },
        [](Napi::Env loop, int64_t& bytes) -> Napi::Value { return Napi::Number::New(loop, static_cast<double>(bytes)); });
  });
}

void TrainerObject::close(const Napi::CallbackInfo&) { trainer_.reset(); }

}  // namespace acinus::binding

#include "binding/trainer.h"

#include "binding/options.h"
#include "binding/own_functions.h"
#include "binding/segmenter.h"
#include "binding/settled.h"
#include "binding/train_options.h"
#include "core/error.h"

namespace acinus::binding {

// What was asked for, and the trainer once build() has made it. Touched on the event loop only.
struct TrainerObject::State {
  std::shared_ptr<Segmenter> segmenter;
  TrainData data;
  TrainOptions options;
  std::shared_ptr<Trainer> trainer;
  bool closed = false;
};

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
  void end() {
    trainer_->take({});
    busy_->store(false);
  }
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

Error closed_error() { return Error("ACINUS_CLOSED", "This trainer was closed and cannot be used any more."); }

// The same, with functions of the script's in place of what is built in.
template <class Turn, class Body>
auto within(Turn& turn, const OwnFunctions& own, const JobContext& context, Body&& body) -> decltype(body()) {
  turn->take(own.through(context));
  return within(turn, std::forward<Body>(body));
}

std::shared_ptr<OwnFunctions> read_own(const Napi::Value& functions) {
  return std::make_shared<OwnFunctions>(to_object(functions, "own"));
}

// What `fit` and `endEpoch` tell by.
Report reporting(const JobContext& context, const std::shared_ptr<Napi::FunctionReference>& listener) {
  return [&context, listener](const TrainEvent& event) {
    context.emit([listener, event](Napi::Env loop) { listener->Call({to_js(loop, event)}); });
  };
}

Napi::Value undefined(Napi::Env env, bool&) { return env.Undefined(); }

}  // namespace

Napi::Function TrainerObject::define(Napi::Env env) {
  return DefineClass(
      env, "Trainer",
      {InstanceMethod<&TrainerObject::build>("build"), InstanceMethod<&TrainerObject::fit>("fit"),
       InstanceMethod<&TrainerObject::step>("step"), InstanceMethod<&TrainerObject::validate>("validate"),
       InstanceMethod<&TrainerObject::checkpoint>("checkpoint"), InstanceMethod<&TrainerObject::resume>("resume"),
       InstanceMethod<&TrainerObject::end_epoch>("endEpoch"),
       InstanceMethod<&TrainerObject::measure_statistics>("measureStatistics"),
       InstanceMethod<&TrainerObject::estimate_memory>("estimateMemory"),
       InstanceMethod<&TrainerObject::set_loss_weights>("setLossWeights"),
       InstanceMethod<&TrainerObject::loss_weights>("lossWeights"), InstanceMethod<&TrainerObject::close>("close")});
}

TrainerObject::TrainerObject(const Napi::CallbackInfo& info) : Handle(info), state_(std::make_shared<State>()) {
  guarded(info.Env(), [&] {
    state_->segmenter = SegmenterObject::unwrap(info[0]);
    state_->data = read_train_data(to_object(info[1], "data"));
    state_->options = read_train_options(to_object(info[2], "options"));
  });
}

// The optimizer looks at the network's parameters, so it is made under the network's lock.
Napi::Value TrainerObject::build(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    if (state_->closed) throw closed_error();
    const auto work = [segmenter = state_->segmenter, data = state_->data, options = state_->options](JobContext&) {
      const std::lock_guard lock(segmenter->mutex());
      return std::make_shared<Trainer>(segmenter, data, options);
    };
    return Environment::of(env).start<std::shared_ptr<Trainer>>(
        env, work, [state = state_](Napi::Env loop, std::shared_ptr<Trainer>& built) -> Napi::Value {
          if (!state->closed) state->trainer = std::move(built);
          return loop.Undefined();
        });
  });
}

std::shared_ptr<TrainerObject::Turn> TrainerObject::take_turn() {
  if (state_->closed) throw closed_error();
  if (!state_->trainer) throw Error("ACINUS_CLOSED", "This trainer is not built yet: wait for build() first.");
  return std::make_shared<Turn>(state_->trainer, busy_);
}

Napi::Value TrainerObject::fit(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    auto listener = std::make_shared<Napi::FunctionReference>(Napi::Persistent(to_function(info[0], "onEvent")));
    auto settled = std::make_shared<Settled>(to_function(info[1], "settle"));
    return Environment::of(env).start<FitResult>(
        env,
        [turn = take_turn(), listener, settled, own = read_own(info[2])](JobContext& context) {
          return within(*turn, *own, context, [&] {
            return (*turn)->fit(context.stop, reporting(context, listener), [&] { return settled->wait(context); });
          });
        },
        [](Napi::Env loop, FitResult& result) -> Napi::Value { return to_js(loop, result); });
  });
}

Napi::Value TrainerObject::step(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const int64_t epoch = to_whole(info[1], "epoch", 0);
    return Environment::of(env).start<StepResult>(
        env,
        [turn = take_turn(), indices = integers(info[0], "indices"), epoch, own = read_own(info[2])](JobContext& context) {
          return within(*turn, *own, context, [&] { return (*turn)->step(indices, epoch); });
        },
        [](Napi::Env loop, StepResult& result) -> Napi::Value { return to_js(loop, result); });
  });
}

Napi::Value TrainerObject::validate(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    return Environment::of(env).start<ValidationScores>(
        env,
        [turn = take_turn(), own = read_own(info[0])](JobContext& context) {
          return within(*turn, *own, context, [&] { return (*turn)->validate(context.stop); });
        },
        [](Napi::Env loop, ValidationScores& scores) -> Napi::Value { return to_js(loop, scores); });
  });
}

// endEpoch(onEvent, settle, own)
Napi::Value TrainerObject::end_epoch(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    auto listener = std::make_shared<Napi::FunctionReference>(Napi::Persistent(to_function(info[0], "onEvent")));
    auto settled = std::make_shared<Settled>(to_function(info[1], "settle"));
    using Ended = std::optional<EpochEvent>;
    return Environment::of(env).start<Ended>(
        env,
        [turn = take_turn(), listener, settled, own = read_own(info[2])](JobContext& context) {
          return within(*turn, *own, context, [&] {
            return (*turn)->end_epoch(context.stop, reporting(context, listener), [&] { return settled->wait(context); });
          });
        },
        [](Napi::Env loop, Ended& ended) -> Napi::Value { return ended ? to_js(loop, TrainEvent(*ended)) : loop.Null(); });
  });
}

Napi::Value TrainerObject::measure_statistics(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    return Environment::of(env).start<bool>(
        env,
        [turn = take_turn(), own = read_own(info[0])](JobContext& context) {
          within(*turn, *own, context, [&] { (*turn)->measure_statistics(context.stop); });
          return true;
        },
        undefined);
  });
}

Napi::Value TrainerObject::checkpoint(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    return Environment::of(env).start<bool>(
        env,
        [turn = take_turn(), path = to_path(info[0], "path")](JobContext&) {
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
        [turn = take_turn(), path = to_path(info[0], "path")](JobContext&) {
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
    const int64_t height = to_whole(info[0], "height", 1);
    const int64_t width = to_whole(info[1], "width", 1);
    return Environment::of(env).start<int64_t>(
        env,
        [turn = take_turn(), height, width](JobContext&) {
          return within(*turn, [&] { return (*turn)->estimate_memory(height, width); });
        },
        [](Napi::Env loop, int64_t& bytes) -> Napi::Value { return Napi::Number::New(loop, static_cast<double>(bytes)); });
  });
}

// setLossWeights(weights)
Napi::Value TrainerObject::set_loss_weights(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto turn = take_turn();
    within(*turn, [&] { (*turn)->set_loss_weights(read_loss_weights(to_object(info[0], "weights"))); });
    return info.Env().Undefined();
  });
}

Napi::Value TrainerObject::loss_weights(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto turn = take_turn();
    return within(*turn, [&] {
      NamedValues out;
      const LossWeights& weights = (*turn)->loss_weights();
      for (size_t i = 0; i < weights.size(); ++i) out.emplace_back(loss_terms()[i].name, weights[i]);
      return terms_to_js(info.Env(), out);
    });
  });
}

void TrainerObject::close(const Napi::CallbackInfo&) {
  *state_ = {};
  state_->closed = true;
}

}  // namespace acinus::binding

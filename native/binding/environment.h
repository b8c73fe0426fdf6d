// Long work for one Node environment (main thread or worker): starts threads, posts to the event loop, and ends them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "binding/js.h"

namespace acinus::binding {

using OnEventLoop = std::function<void(Napi::Env)>;

// What long work gets: a stop flag, and a way to run
// something on the event loop (never blocks, keeps order).
struct JobContext {
  std::stop_token stop;
  std::stop_token ending;  // of the whole environment: the event loop runs no more, and may be waiting for the work
  std::function<void(OnEventLoop)> emit;
};

// One per environment. Its cleanup hook stops and joins every thread before Node tears the environment down: without that
// LibTorch crashes Node at exit. lib/addon/load.ts calls stop_all() from process.on('exit') as well, where hooks come too late.
class Environment {
 public:
  static Environment& of(Napi::Env env);
  static void install(Napi::Env env);  // once, when the addon is loaded

  // Starts `work` on a thread beside the event loop. Returns the JavaScript Job {done: Promise, stop(): void}; `convert` makes
  // the promise's value on the event loop. The process stays alive until the job has settled.
  template <class Result>
  Napi::Object start(Napi::Env env, std::function<Result(JobContext&)> work,
                     std::function<Napi::Value(Napi::Env, Result&)> convert);

  // The end: asks every thread to stop and joins it; from then on no work is started. Idempotent.
  void stop_all();

  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment();

 private:
  using Body = std::function<OnEventLoop(JobContext&)>;  // returns what settles the promise
  struct Work {
    std::stop_source stop;
    Body body;
    std::shared_ptr<Napi::Promise::Deferred> deferred;
  };
  struct Thread {
    std::thread thread;
    std::optional<Work> next;  // to be taken
    std::stop_source stop;     // of the work at hand
    std::condition_variable changed;
    enum { kBusy, kWaiting, kFinished } state = kBusy;
  };

  explicit Environment(Napi::Env env);
  Napi::Object launch(Napi::Env env, std::shared_ptr<Napi::Promise::Deferred> deferred, Body body, std::stop_source stop);
  void post(OnEventLoop callback);
  void drain(Napi::Env env);
  void reap();
  void serve(Thread& thread);
  void rest(Thread& thread);

  Napi::ThreadSafeFunction wake_;
  std::mutex mutex_;
  std::deque<OnEventLoop> queue_;
  std::list<std::shared_ptr<Thread>> threads_;
  std::stop_source ending_;
  int pending_ = 0;      // jobs whose promise is open; touched on the event loop only
  bool ended_ = false;   // after stop_all
  bool closed_ = false;  // after stop_all at the end: nothing is posted any more
};

template <class Result>
Napi::Object Environment::start(Napi::Env env, std::function<Result(JobContext&)> work,
                                std::function<Napi::Value(Napi::Env, Result&)> convert) {
  auto deferred = std::make_shared<Napi::Promise::Deferred>(Napi::Promise::Deferred::New(env));
  auto body = [deferred, work = std::move(work), convert = std::move(convert)](JobContext& context) -> OnEventLoop {
    auto result = std::make_shared<Result>(work(context));
    return [deferred, result, convert](Napi::Env loop) { deferred->Resolve(convert(loop, *result)); };
  };
  return launch(env, deferred, std::move(body), std::stop_source());
}

}  // namespace acinus::binding

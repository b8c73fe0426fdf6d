#include "binding/environment.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <utility>

#include "core/error.h"

namespace acinus::binding {

void Environment::install(Napi::Env env) {
  auto* self = new Environment(env);
  env.SetInstanceData<Environment>(self);
  // Registered after the thread-safe function, so it runs before that one is closed: threads may still post while they are
  // joined.
  napi_add_env_cleanup_hook(
      env,
      [](void* data) {
        auto* environment = static_cast<Environment*>(data);
        environment->stop_all();
        const std::lock_guard lock(environment->mutex_);
        environment->closed_ = true;
        environment->queue_.clear();
      },
      self);
}

Environment& Environment::of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

Environment::Environment(Napi::Env env) {
  const auto noop = Napi::Function::New(env, [](const Napi::CallbackInfo&) {});
  wake_ = Napi::ThreadSafeFunction::New(env, noop, "acinus", 0, 1);
  wake_.Unref(env);
}

Environment::~Environment() { stop_all(); }

Napi::Object Environment::launch(Napi::Env env, std::shared_ptr<Napi::Promise::Deferred> deferred, Body body,
                                 std::stop_source stop) {
  reap();
  {
    const std::lock_guard lock(mutex_);
    // An exit listener that comes after ours: nobody would join its thread.
    if (ended_) throw Error("ACINUS_ABORTED", "The process is ending; no work is started any more.");
    const auto waiting =
        std::find_if(threads_.begin(), threads_.end(), [](const auto& thread) { return thread->state == Thread::kWaiting; });
    const bool found = waiting != threads_.end();
    const auto thread = found ? *waiting : threads_.emplace_back(std::make_shared<Thread>());
    thread->next = Work{stop, std::move(body), deferred};
    thread->stop = stop;
    thread->state = Thread::kBusy;
    if (found) {
      thread->changed.notify_one();
    } else {
      thread->thread = std::thread([this, thread] { serve(*thread); });
    }
  }
  if (pending_++ == 0) wake_.Ref(env);

  Napi::Object job = Napi::Object::New(env);
  job.Set("done", deferred->Promise());
  job.Set("stop", Napi::Function::New(env, [stop](const Napi::CallbackInfo&) mutable { stop.request_stop(); }, "stop"));
  return job;
}

void Environment::serve(Thread& thread) {
  for (;;) {
    std::optional<Work> work;
    {
      std::unique_lock lock(mutex_);
      thread.changed.wait(lock, [&] { return thread.next || thread.state == Thread::kFinished || ended_; });
      if (!thread.next) return;
      work = std::exchange(thread.next, std::nullopt);
    }
    at::init_num_threads();  // of this thread: setThreads on the event loop reaches other threads only so
    // The body may hold references to JavaScript functions: its last owner is a callback on the event loop, never this thread.
    auto body = std::make_shared<Body>(std::move(work->body));
    OnEventLoop settle;
    try {
      JobContext context{work->stop.get_token(), ending_.get_token(),
                         [this](OnEventLoop callback) { post(std::move(callback)); }};
      settle = (*body)(context);
    } catch (...) {
      settle = [deferred = work->deferred, error = std::current_exception()](Napi::Env loop) {
        deferred->Reject(to_js_error(loop, error).Value());
      };
    }
    rest(thread);  // before whoever waits for the promise starts the next work
    post([this, body = std::move(body), settle = std::move(settle)](Napi::Env loop) mutable {
      body.reset();
      if (--pending_ == 0) wake_.Unref(loop);
      settle(loop);
    });
  }
}

// One thread waits for the next work: what LibTorch needs to share work among threads is made anew for each thread that does.
void Environment::rest(Thread& thread) {
  const std::lock_guard lock(mutex_);
  const bool another =
      std::any_of(threads_.begin(), threads_.end(), [](const auto& other) { return other->state == Thread::kWaiting; });
  thread.state = another ? Thread::kFinished : Thread::kWaiting;
}

void Environment::post(OnEventLoop callback) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  queue_.push_back(std::move(callback));
  wake_.NonBlockingCall([this](Napi::Env env, Napi::Function) { drain(env); });
}

void Environment::drain(Napi::Env env) {
  if (static_cast<napi_env>(env) == nullptr) return;  // the environment is being torn down
  std::deque<OnEventLoop> ready;
  {
    const std::lock_guard lock(mutex_);
    ready.swap(queue_);
  }
  while (!ready.empty()) {
    const Napi::HandleScope scope(env);
    const OnEventLoop callback = std::move(ready.front());
    ready.pop_front();
    try {
      callback(env);
    } catch (...) {
      // A listener threw: what is left keeps its order for the next turn, and the error goes its usual way (uncaughtException).
      {
        const std::lock_guard lock(mutex_);
        queue_.insert(queue_.begin(), std::make_move_iterator(ready.begin()), std::make_move_iterator(ready.end()));
      }
      wake_.NonBlockingCall([this](Napi::Env again, Napi::Function) { drain(again); });
      throw;
    }
  }
}

void Environment::reap() {
  std::list<std::shared_ptr<Thread>> finished;
  {
    const std::lock_guard lock(mutex_);
    for (auto it = threads_.begin(); it != threads_.end();) {
      auto next = std::next(it);
      if ((*it)->state == Thread::kFinished) finished.splice(finished.end(), threads_, it);
      it = next;
    }
  }
  for (auto& thread : finished) thread->thread.join();
}

void Environment::stop_all() {
  std::list<std::shared_ptr<Thread>> threads;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    threads.swap(threads_);
  }
  ending_.request_stop();
  for (auto& thread : threads) {
    thread->stop.request_stop();
    thread->changed.notify_one();
  }
  for (auto& thread : threads) {
    if (thread->thread.joinable()) thread->thread.join();
  }
}

}  // namespace acinus::binding

// A JavaScript function that answers by a promise, as work on its own thread calls it.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "binding/arguments.h"
#include "binding/environment.h"
#include "core/error.h"

namespace acinus::binding {

// Which code its failures have, and what the function is called in them.
struct AskedWords {
  const char* code;
  const char* what;
};

class AskedFunction : public std::enable_shared_from_this<AskedFunction> {
 public:
  AskedFunction(const Napi::Function& function, const AskedWords& words)
      : function_(Napi::Persistent(function)), words_(words) {}

  // For the thread of this work: has the event loop call the function with what `arguments` gives and waits for its promise, of
  // whose value `read` makes the answer; both run on the event loop. words.code when it is rejected. ACINUS_ABORTED when the
  // work is to stop first: then the event loop may be waiting for us, and a function that never answers ends with the work.
  template <class Answer, class Arguments, class Read>
  Answer ask(const JobContext& context, Arguments arguments, Read read) {
    auto pending = std::make_shared<Pending<Answer>>();
    context.emit([self = shared_from_this(), arguments, read, pending](Napi::Env env) {
      self->template call<Answer>(env, arguments, read, pending);
    });
    std::unique_lock lock(pending->mutex);
    if (!pending->changed.wait(lock, context.stop, [&] { return pending->done; })) {
      throw Error("ACINUS_ABORTED", std::string("The training was stopped while it waited for ") + words_.what + ".");
    }
    if (!pending->answer) throw Error(words_.code, pending->failure);
    return std::move(*pending->answer);
  }

 private:
  // One call; an answer that comes after its work has ended finds nobody who waits.
  template <class Answer>
  struct Pending {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::optional<Answer> answer;
    std::string failure;
    bool done = false;

    void settle(std::optional<Answer> with, std::string reason) {
      {
        const std::lock_guard lock(mutex);
        answer = std::move(with);
        failure = std::move(reason);
        done = true;
      }
      changed.notify_all();
    }
  };

  template <class Answer, class Arguments, class Read>
  void call(Napi::Env env, const Arguments& arguments, const Read& read,
            const std::shared_ptr<Pending<Answer>>& pending) const {
    const std::string what = words_.what;
    try {
      const auto finish = Napi::Function::New(env, [pending, read](const Napi::CallbackInfo& info) {
        try {
          pending->settle(read(info[0]), "");
        } catch (const std::exception& fault) {
          pending->settle(std::nullopt, fault.what());
        }
      });
      const auto fail = Napi::Function::New(
          env, [pending, what](const Napi::CallbackInfo&) { pending->settle(std::nullopt, what + " failed."); });
      const auto promise = to_object(function_.Call(arguments(env)), "what the function gives");
      to_function(promise.Get("then"), "then").Call(promise, {finish, fail});
    } catch (const Napi::Error&) {
      // No memory for the arrays, or a worker that is being terminated.
      pending->settle(std::nullopt, what + " could not be called.");
    }
  }

  Napi::FunctionReference function_;
  AskedWords words_;
};

}  // namespace acinus::binding

#include "binding/own_loss.h"

#include <condition_variable>
#include <mutex>

#include "binding/arguments.h"
#include "binding/tensors.h"
#include "core/error.h"

namespace acinus::binding {

// One call; an answer that comes after its work has ended finds nobody who waits.
struct OwnLossFunction::Pending {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::optional<OwnLossAnswer> answer;
  std::string failure;
  bool done = false;

  void settle(std::optional<OwnLossAnswer> with, std::string reason) {
    {
      const std::lock_guard lock(mutex);
      answer = std::move(with);
      failure = std::move(reason);
      done = true;
    }
    changed.notify_all();
  }
};

namespace {

OwnLossAnswer read_answer(const Napi::Value& given, const OwnLossRequest& request) {
  const Napi::Object answer = to_object(given, "the answer of the loss");
  OwnLossAnswer out;
  out.value = number(answer, "value");
  const Napi::Object terms = object(answer, "terms");
  for (const auto& name : texts(terms.GetPropertyNames(), "terms")) out.terms.emplace_back(name, number(terms, name.c_str()));
  if (request.training) out.gradient = read_floats(answer.Get("gradient"), request.logits.sizes().vec(), "gradient");
  return out;
}

}  // namespace

OwnLoss OwnLossFunction::through(const JobContext& context) {
  return [self = shared_from_this(), &context](const OwnLossRequest& request) {
    auto pending = std::make_shared<Pending>();
    context.emit([self, request, pending](Napi::Env env) { self->ask(env, request, pending); });
    std::unique_lock lock(pending->mutex);
    if (!pending->changed.wait(lock, context.stop, [&] { return pending->done; })) {
      throw Error("ACINUS_ABORTED", "The training was stopped while it waited for the loss function.");
    }
    if (!pending->answer) throw Error("ACINUS_LOSS", pending->failure);
    return std::move(*pending->answer);
  };
}

void OwnLossFunction::ask(Napi::Env env, const OwnLossRequest& request, const std::shared_ptr<Pending>& pending) const {
  try {
    const auto finish = Napi::Function::New(env, [pending, request](const Napi::CallbackInfo& info) {
      try {
        pending->settle(read_answer(info[0], request), "");
      } catch (const std::exception& fault) {
        pending->settle(std::nullopt, fault.what());
      }
    });
    const auto fail = Napi::Function::New(
        env, [pending](const Napi::CallbackInfo&) { pending->settle(std::nullopt, "The loss function failed."); });
    const at::IntArrayRef sizes = request.logits.sizes();
    const auto answer = function_.Call(
        {tensor_floats(env, request.logits), tensor_floats(env, request.target), number_list(env, sizes.data(), sizes.size()),
         Napi::Number::New(env, static_cast<double>(request.epoch)), Napi::Boolean::New(env, request.training)});
    const auto promise = to_object(answer, "what the loss gives");
    to_function(promise.Get("then"), "then").Call(promise, {finish, fail});
  } catch (const Napi::Error&) {
    // No memory for the arrays, or a worker that is being terminated.
    pending->settle(std::nullopt, "The loss function could not be called.");
  }
}

std::shared_ptr<OwnLossFunction> read_own_loss(const Napi::Value& function) {
  return function.IsNull() ? nullptr : std::make_shared<OwnLossFunction>(to_function(function, "loss"));
}

}  // namespace acinus::binding

// What a run says, as the plain objects of contract `TrainEvent`, `StepResult`, `ValidationScores` and `FitResult`.
#include "binding/options.h"
#include "binding/train_options.h"
#include "binding/words.h"

namespace acinus::binding {

namespace {

Napi::Value or_null(Napi::Env env, const std::optional<ValidationScores>& scores) {
  return scores ? Napi::Value(to_js(env, *scores)) : env.Null();
}

Napi::Object typed(Napi::Env env, const char* type) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("type", type);
  return out;
}

Napi::Object event_to_js(Napi::Env env, const StartEvent& event) {
  Napi::Object out = typed(env, "start");
  out.Set("epoch", event.epoch);
  out.Set("epochs", event.epochs);
  out.Set("stepsPerEpoch", event.steps_per_epoch);
  out.Set("totalSteps", event.total_steps);
  out.Set("images", event.images);
  out.Set("resumed", event.resumed);
  return out;
}

void set_step(Napi::Env env, Napi::Object& out, const StepResult& result) {
  out.Set("step", result.step);
  out.Set("epoch", result.epoch);
  out.Set("loss", result.loss);
  out.Set("terms", terms_to_js(env, result.terms));
  out.Set("gradientNorm", number_or_null(env, result.gradient_norm));
  out.Set("learningRate", result.learning_rate);
  out.Set("skipped", result.skipped != nullptr);
  if (result.loss_weights) out.Set("lossWeights", terms_to_js(env, *result.loss_weights));
}

Napi::Object event_to_js(Napi::Env env, const StepEvent& event) {
  Napi::Object out = typed(env, "step");
  out.Set("time", event.time);
  set_step(env, out, event.result);
  return out;
}

Napi::Object event_to_js(Napi::Env env, const EpochEvent& event) {
  Napi::Object out = typed(env, "epoch");
  out.Set("epoch", event.epoch);
  out.Set("loss", event.loss);
  out.Set("terms", terms_to_js(env, event.terms));
  out.Set("seconds", event.seconds);
  out.Set("learningRate", event.learning_rate);
  out.Set("skippedSteps", event.skipped_steps);
  out.Set("validation", or_null(env, event.validation));
  out.Set("ema", or_null(env, event.ema));
  out.Set("best", event.best);
  return out;
}

Napi::Object event_to_js(Napi::Env env, const OutlierEvent& event) {
  Napi::Object out = typed(env, "outlier");
  out.Set("epoch", event.epoch);
  out.Set("metric", word_of(event.metric, kMetrics));
  out.Set("value", event.value);
  out.Set("median", event.median);
  out.Set("limit", event.limit);
  out.Set("accepted", event.accepted);
  return out;
}

Napi::Object event_to_js(Napi::Env env, const SkippedStepEvent& event) {
  Napi::Object out = typed(env, "skippedStep");
  out.Set("epoch", event.epoch);
  out.Set("step", event.step);
  out.Set("reason", event.reason);
  out.Set("inARow", event.in_a_row);
  return out;
}

Napi::Object event_to_js(Napi::Env env, const RollbackEvent& event) {
  Napi::Object out = typed(env, "rollback");
  out.Set("epoch", event.epoch);
  out.Set("from", event.from);
  out.Set("to", event.to);
  return out;
}

Napi::Object event_to_js(Napi::Env env, const StatisticsEvent& event) {
  Napi::Object out = typed(env, "statistics");
  out.Set("epoch", event.epoch);
  out.Set("images", event.images);
  out.Set("batchLoss", event.batch_loss);
  out.Set("runningLoss", event.running_loss);
  return out;
}

Napi::Object event_to_js(Napi::Env env, const CheckpointEvent& event) {
  Napi::Object out = typed(env, "checkpoint");
  out.Set("epoch", event.epoch);
  out.Set("path", event.path);
  out.Set("kind", event.kind);
  return out;
}

Napi::Object best_to_js(Napi::Env env, const BestEpoch& best, const std::string& path) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("epoch", best.epoch);
  out.Set("average", best.average);
  out.Set("validation", or_null(env, best.scores));
  out.Set("checkpoint", path.empty() ? env.Null() : Napi::Value(Napi::String::New(env, path)));
  return out;
}

Napi::Object event_to_js(Napi::Env env, const EndEvent& event) {
  Napi::Object out = to_js(env, FitResult{event.reason, event.epoch, event.best, event.best_path, event.seconds});
  out.Set("type", "end");
  return out;
}

}  // namespace

Napi::Object to_js(Napi::Env env, const TrainEvent& event) {
  return std::visit([env](const auto& one) { return event_to_js(env, one); }, event);
}

Napi::Object to_js(Napi::Env env, const StepResult& result) {
  Napi::Object out = Napi::Object::New(env);
  set_step(env, out, result);
  return out;
}

Napi::Object to_js(Napi::Env env, const ValidationScores& scores) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("dicePerImage", scores.dice);
  out.Set("diceWithCells", scores.dice_with_cells);
  out.Set("diceMicro", scores.dice_micro);
  out.Set("iouMicro", scores.iou_micro);
  out.Set("precisionMicro", scores.precision_micro);
  out.Set("recallMicro", scores.recall_micro);
  out.Set("loss", scores.loss);
  return out;
}

Napi::Object to_js(Napi::Env env, const FitResult& result) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("reason", result.reason);
  out.Set("epoch", result.epoch);
  out.Set("best", result.best.epoch < 0 ? env.Null() : Napi::Value(best_to_js(env, result.best, result.best_path)));
  out.Set("seconds", result.seconds);
  return out;
}

}  // namespace acinus::binding

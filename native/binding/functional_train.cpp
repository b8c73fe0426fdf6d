// oneCycle, outlierTest and validationTrace of acinus/functional.
#include "binding/arguments.h"
#include "binding/functional.h"
#include "binding/train_options.h"

namespace acinus::binding {

namespace {

// oneCycle(step, totalSteps, options)
Napi::Value one_cycle_value(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const ScheduleValue value = one_cycle(to_whole(info[0], "step", 0), to_whole(info[1], "totalSteps", 1),
                                          read_schedule_options(to_object(info[2], "options")));
    Napi::Object out = Napi::Object::New(info.Env());
    out.Set("learningRate", value.learning_rate);
    out.Set("beta1", number_or_null(info.Env(), value.beta1));
    return out;
  });
}

// outlierTest(history, value, options)
Napi::Value outlier(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Object options = to_object(info[2], "options");
    const OutlierResult result =
        outlier_test(copy_array<double>(info[0], "history"), to_number(info[1], "value"), read_outlier_options(options),
                     boolean(options, "higherIsBetter") ? Better::kHigher : Better::kLower);
    Napi::Object out = Napi::Object::New(info.Env());
    out.Set("outlier", result.outlier);
    out.Set("median", result.median);
    out.Set("limit", result.limit);
    return out;
  });
}

// validationTrace(values, options): the verdict on each value of the metric, as a run would give it.
Napi::Value validation_trace(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto values = read_array<double>(info[0], "values");
    const ValidationOptions options = read_validation_options(to_object(info[1], "options"));
    ValidationTrack track(options, static_cast<int64_t>(values.size()));
    Napi::Array out = Napi::Array::New(env, values.size());
    for (uint32_t i = 0; i < values.size(); ++i) {
      std::array<double, ValidationScores::kCount> all;
      all.fill(values[i]);
      const Verdict verdict = track.judge(ValidationScores::from(all), i);
      Napi::Object one = Napi::Object::New(env);
      one.Set("outlier", verdict.test.outlier);
      one.Set("accepted", verdict.accepted);
      one.Set("best", verdict.best);
      one.Set("catastrophe", verdict.catastrophe);
      const auto average = track.ema();
      one.Set("ema", number_or_null(env, average ? std::optional(metric_value(*average, options.metric)) : std::nullopt));
      out.Set(i, one);
    }
    return out;
  });
}

}  // namespace

void add_train_functions(Napi::Env env, Napi::Object functional) {
  functional.Set("oneCycle", Napi::Function::New(env, one_cycle_value, "oneCycle"));
  functional.Set("outlierTest", Napi::Function::New(env, outlier, "outlierTest"));
  functional.Set("validationTrace", Napi::Function::New(env, validation_trace, "validationTrace"));
}

}  // namespace acinus::binding

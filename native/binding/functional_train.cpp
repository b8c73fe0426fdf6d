// oneCycle, outlierTest and validationTrace of acinus/functional.

#include "binding/functional.h"
#include "binding/train_options.h"

namespace acinus::binding {

namespace {

Napi::Value or_null(Napi::Env env, const std::optional<double>& value) {
  return value ? Napi::Number::New(env, *value).As<Napi::Value>() : env.Null();
}

// oneCycle(step, totalSteps, options)
Napi::Value one_cycle_value(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const ScheduleValue value = one_cycle(info[0].As<Napi::Number>().Int64Value(), info[1].As<Napi::Number>().Int64Value(),
                                          read_schedule_options(info[2].As<Napi::Object>()));
    Napi::Object out = Napi::Object::New(info.Env());
    out.Set("learningRate", value.learning_rate);
    out.Set("beta1", or_null(info.Env(), value.beta1));
    return out;
  });
}

// outlierTest(history, value, options)
Napi::Value outlier(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto history = info[0].As<Napi::Float64Array>();
    const OutlierResult result =
        outlier_test({history.Data(), history.Data() + history.ElementLength()}, info[1].As<Napi::Number>().DoubleValue(),
                     read_outlier_options(info[2].As<Napi::Object>()));
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
    const auto values = info[0].As<Napi::Float64Array>();
    ValidationTrack track(read_validation_options(info[1].As<Napi::Object>()));
    Napi::Array out = Napi::Array::New(env, values.ElementLength());
    for (uint32_t i = 0; i < values.ElementLength(); ++i) {
      std::array<double, ValidationScores::kCount> all;
      all.fill(values[i]);
      const Verdict verdict = track.judge(ValidationScores::from(all), i);
      Napi::Object one = Napi::Object::New(env);
      one.Set("outlier", verdict.test.outlier);
      one.Set("accepted", verdict.accepted);
      one.Set("best", verdict.best);
      one.Set("catastrophe", verdict.catastrophe);
      one.Set("ema", track.ema() ? Napi::Number::New(env, track.ema()->dice).As<Napi::Value>() : env.Null());
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

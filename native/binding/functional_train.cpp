// oneCycle, outlierTest and, for checks against PyTorch, traces of the optimizer and of validation, of acinus/functional.
#include <cstring>

#include "binding/functional.h"
#include "binding/train_options.h"
#include "core/io/run_checkpoint.h"
#include "core/train/frozen_encoder.h"

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

// Two parameters that halve the vector, the first of them in an encoder, and one that never gets a gradient, as smp's networks
// have.
struct Parameters : nn::Module {
  explicit Parameters(const Tensor& values) {
    const auto halves = values.chunk(2);
    first = register_module("encoder", std::make_shared<nn::Module>())->register_parameter("first", halves[0].clone());
    second = register_parameter("second", halves[1].clone());
    unused = register_parameter("unused", torch::ones({3}));
  }
  Tensor all() const { return torch::cat({first, second}); }
  Tensor first, second, unused;
};

// What stopping and resuming a run does.
void reopen(std::unique_ptr<Optimizer>& optimizer, std::unique_ptr<Optimizer> next) {
  StateDict state;
  for (const auto& [name, value] : stored_form(optimizer->state())) state.emplace_back(name, value.clone());
  next->restore(state);
  optimizer = std::move(next);
}

// optimizerTrace(initial, gradients, options): parameters [n], gradients [batches, n], each batch's loss being ⟨parameters,
// gradient⟩.
Napi::Value optimizer_trace(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    auto initial = info[0].As<Napi::Float32Array>();
    auto gradients = info[1].As<Napi::Float32Array>();
    const auto settings = info[2].As<Napi::Object>();
    OptimizerOptions options = read_optimizer_options(object(settings, "optimizer"));
    options.schedule = read_schedule_options(object(settings, "schedule"));
    options.accumulation = integer(settings, "accumulation");
    options.total_steps = integer(settings, "totalSteps");
    const int64_t steps_per_epoch = integer(settings, "stepsPerEpoch"), frozen_batches = integer(settings, "frozenBatches");

    const auto count = static_cast<int64_t>(initial.ElementLength());
    const auto batches = static_cast<int64_t>(gradients.ElementLength()) / count;
    Parameters parameters(torch::from_blob(initial.Data(), {count}));
    const auto make = [&] {
      return std::make_unique<Optimizer>(parameters, torch::kCPU, parse_precision(text(settings, "precision")), options);
    };
    auto optimizer = make();
    Napi::Array out = Napi::Array::New(env, batches);
    for (int64_t batch = 0; batch < batches; ++batch) {
      if (boolean(settings, "reopen")) reopen(optimizer, make());
      const Tensor gradient = torch::from_blob(gradients.Data() + batch * count, {count});
      const FrozenEncoder frozen(parameters, batch < frozen_batches);
      const OptimizerResult result = optimizer->accumulate(parameters.all().dot(gradient), (batch + 1) % steps_per_epoch == 0);
      const Tensor values = parameters.all().detach();
      Napi::Object one = Napi::Object::New(env);
      one.Set("parameters", float_array(env, values.const_data_ptr<float>(), count));
      one.Set("gradientNorm", or_null(env, result.gradient_norm));
      one.Set("learningRate", result.learning_rate);
      one.Set("skipped", result.skipped ? Napi::String::New(env, result.skipped).As<Napi::Value>() : env.Null());
      out.Set(static_cast<uint32_t>(batch), one);
    }
    return out;
  });
}

}  // namespace

void add_train_functions(Napi::Env env, Napi::Object functional) {
  functional.Set("oneCycle", Napi::Function::New(env, one_cycle_value, "oneCycle"));
  functional.Set("outlierTest", Napi::Function::New(env, outlier, "outlierTest"));
  functional.Set("validationTrace", Napi::Function::New(env, validation_trace, "validationTrace"));
  functional.Set("optimizerTrace", Napi::Function::New(env, optimizer_trace, "optimizerTrace"));
}

}  // namespace acinus::binding

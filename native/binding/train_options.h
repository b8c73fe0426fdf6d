// Reads the options of training (contract `NativeTrainOptions` and its parts) and makes JavaScript objects of what a run says.
#pragma once

#include "binding/arguments.h"
#include "core/train/trainer.h"

namespace acinus::binding {

ScheduleOptions read_schedule_options(const Napi::Object& options);
OptimizerOptions read_optimizer_options(const Napi::Object& options);  // without schedule, accumulation and total_steps
OutlierOptions read_outlier_options(const Napi::Object& options);
ValidationOptions read_validation_options(const Napi::Object& options);
TrainOptions read_train_options(const Napi::Object& options);
TrainData read_train_data(const Napi::Object& data);

Napi::Object to_js(Napi::Env env, const TrainEvent& event);
Napi::Object to_js(Napi::Env env, const StepResult& result);
Napi::Object to_js(Napi::Env env, const ValidationScores& scores);
Napi::Object to_js(Napi::Env env, const FitResult& result);

}  // namespace acinus::binding

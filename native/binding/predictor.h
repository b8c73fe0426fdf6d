// predict(segmenter, map, options, onProgress) → Job<Float64Array>: finds the cells of the map's image and gives their
// measures.
#pragma once

#include "binding/js.h"
#include "core/predict/strip_predictor.h"

namespace acinus::binding {

Napi::Value predict(const Napi::CallbackInfo& info);

PredictOptions predict_options(const Napi::Object& options);

}  // namespace acinus::binding

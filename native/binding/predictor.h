// predict(segmenter, rgb, height, width, options, onProgress) → Job<Float32Array>.
#pragma once

#include "binding/js.h"

namespace acinus::binding {

Napi::Value predict(const Napi::CallbackInfo& info);

}  // namespace acinus::binding

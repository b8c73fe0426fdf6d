// evaluate(segmenter, store, indices, options, onProgress) → Job<NativeEvaluation>.
#pragma once

#include "binding/js.h"

namespace acinus::binding {

Napi::Value evaluate(const Napi::CallbackInfo& info);

}  // namespace acinus::binding

// stochasticPasses(segmenter, rgb, height, width, options, onProgress) → Job: how sure a network with dropout is.
#pragma once

#include "binding/js.h"

namespace acinus::binding {

Napi::Value stochastic_passes(const Napi::CallbackInfo& info);

}  // namespace acinus::binding

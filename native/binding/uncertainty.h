// How sure a network with dropout is, as jobs: stochasticPasses(segmenter, rgb, height, width, options, onProgress) and
// lookAt(segmenter, store, index, options, onProgress), the same of a stored image without its maps.
#pragma once

#include "binding/js.h"

namespace acinus::binding {

Napi::Value stochastic_passes(const Napi::CallbackInfo& info);
Napi::Value look_at(const Napi::CallbackInfo& info);

}  // namespace acinus::binding

// The CPU kernels, for `acinus doctor`: which ones run here, and whether they are right.
#pragma once

#include "binding/js.h"

namespace acinus::binding {

void add_kernels(Napi::Env env, Napi::Object exports);

}  // namespace acinus::binding

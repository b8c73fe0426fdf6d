// Grey values of image files and of data sets (contract `NativeIntensity`).
#pragma once

#include "binding/js.h"

namespace acinus::binding {

void add_intensity_functions(Napi::Env env, Napi::Object exports);  // measureIntensity, measureStore, mapIntensity

}  // namespace acinus::binding

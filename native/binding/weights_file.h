// inspectWeights and convertWeights of lib/addon/contract.ts: files of weights without a network.
#pragma once

#include "binding/js.h"

namespace acinus::binding {

void add_weights_files(Napi::Env env, Napi::Object exports);

}  // namespace acinus::binding

// What the process runs on: threads, memory and GPUs (contract `setThreads`, `threads`, `memory`, `cudaDevices`).
#pragma once

#include "binding/js.h"

namespace acinus::binding {

void add_runtime(Napi::Env env, Napi::Object exports);

}  // namespace acinus::binding

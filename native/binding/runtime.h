// What the process runs on: threads, memory and GPUs (contract `setThreads`, `threads`, `memory`, `cudaDevices`).
#pragma once

#include "binding/js.h"

namespace acinus::binding {

Napi::Object memory_to_js(Napi::Env env);  // what memory() gives
void add_runtime(Napi::Env env, Napi::Object exports);

}  // namespace acinus::binding

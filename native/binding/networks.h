// What the registry of networks knows, and a network's plan, for JavaScript (NativeNetworks and NativePlan in
// lib/addon/contract/networks.ts).
#pragma once

#include "binding/js.h"

namespace acinus::binding {

void add_networks(Napi::Env env, Napi::Object exports);

}  // namespace acinus::binding

// Reads the option objects that several bindings share. Every key is there: lib/config fills in the defaults.
#pragma once

#include "binding/js.h"
#include "core/image/augment.h"
#include "core/image/gabor.h"
#include "core/loss/stabilized.h"

namespace acinus::binding {

EdgeOptions read_edge_options(const Napi::Object& options);
AugmentOptions read_augment_options(const Napi::Object& options);
StabilizedLossOptions read_stabilized_loss_options(const Napi::Object& options);

}  // namespace acinus::binding

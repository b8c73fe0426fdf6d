// What several bindings share: their option objects read (every key is there: lib/config fills in the defaults), the loss's
// terms.
#pragma once

#include "binding/js.h"
#include "core/image/augment.h"
#include "core/image/gabor.h"
#include "core/loss/stabilized.h"

namespace acinus::binding {

EdgeOptions read_edge_options(const Napi::Object& options);
AugmentOptions read_augment_options(const Napi::Object& options);
StabilizedLossOptions read_stabilized_loss_options(const Napi::Object& options);
Napi::Object loss_terms(Napi::Env env, const LossTerms& loss);  // {dice, bce, tversky, positiveWeight}

}  // namespace acinus::binding

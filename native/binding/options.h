// What several bindings share: their option objects read (every key is there: lib/config fills in the defaults), and named
// values made.
#pragma once

#include "binding/arguments.h"
#include "core/image/augment.h"
#include "core/image/gabor.h"
#include "core/loss/loss.h"
#include "core/predict/dense_crf.h"
#include "core/predict/separation.h"

namespace acinus::binding {

EdgeOptions read_edge_options(const Napi::Object& options);
AugmentOptions read_augment_options(const Napi::Object& options);
SeparationOptions read_separation_options(const Napi::Object& options);
std::optional<CrfOptions> read_crf_options(const Napi::Object& options);  // its `crf`: an object, or null
LossOptions read_loss_options(const Napi::Object& options);
LossWeights read_loss_weights(const Napi::Object& weights);  // a weight under the name of each term
Napi::Object terms_to_js(Napi::Env env, const NamedValues& terms);

}  // namespace acinus::binding

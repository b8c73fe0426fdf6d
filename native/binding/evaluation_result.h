// core/eval/scores.h as the JavaScript objects of contract.ts.
#pragma once

#include "binding/js.h"
#include "core/eval/scores.h"

namespace acinus::binding {

Napi::Object to_js(Napi::Env env, const ObjectScores& scores);

// NativeEvaluation; undefined values are NaN.
Napi::Object to_js(Napi::Env env, const Evaluation& evaluation);

}  // namespace acinus::binding

// What the addon exports; typed for TypeScript in lib/addon/contract.ts.
#include <torch/version.h>

#include "binding/cell_map.h"
#include "binding/environment.h"
#include "binding/evaluator.h"
#include "binding/functional.h"
#include "binding/intensity.h"
#include "binding/js.h"
#include "binding/kernels.h"
#include "binding/networks.h"
#include "binding/predictor.h"
#include "binding/probability_set.h"
#include "binding/runtime.h"
#include "binding/sample_store.h"
#include "binding/scorer.h"
#include "binding/segmenter.h"
#include "binding/strips.h"
#include "binding/trainer.h"
#include "binding/uncertainty.h"
#include "binding/weights_file.h"
#include "core/cpu/caching_allocator.h"

namespace acinus::binding {

namespace {

Napi::Value stop_all(const Napi::CallbackInfo& info) {
  Environment::of(info.Env()).stop_all();
  return info.Env().Undefined();
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  install_caching_allocator();
  Environment::install(env);
  exports.Set("libtorchVersion", TORCH_VERSION);
  SegmenterObject::install(env, exports);
  exports.Set("Trainer", TrainerObject::define(env));
  add_runtime(env, exports);
  add_kernels(env, exports);
  add_weights_files(env, exports);
  add_networks(env, exports);
  exports.Set("stopAll", Napi::Function::New(env, stop_all, "stopAll"));
  exports.Set("evaluate", Napi::Function::New(env, evaluate, "evaluate"));
  exports.Set("predict", Napi::Function::New(env, predict, "predict"));
  exports.Set("stochasticPasses", Napi::Function::New(env, stochastic_passes, "stochasticPasses"));
  exports.Set("lookAt", Napi::Function::New(env, look_at, "lookAt"));
  CellMapObject::install(env, exports);
  ProbabilitySetObject::install(env, exports);
  ScorerObject::install(env, exports);
  StripPredictorObject::install(env, exports);
  StripCellsObject::install(env, exports);
  add_intensity_functions(env, exports);
  SampleStoreObject::install(env, exports);
  exports.Set("functional", functional(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(acinus, initialise)

}  // namespace acinus::binding

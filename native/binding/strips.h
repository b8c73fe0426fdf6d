// The JavaScript classes StripPredictor and StripCells (contract/strips.ts): images and cells in strips.
#pragma once

#include <memory>

#include "binding/arguments.h"
#include "binding/segmenter.h"
#include "core/predict/strip_cells.h"
#include "core/predict/strip_predictor.h"

namespace acinus::binding {

// Each method starts a job; one job at a time works on an object.
class StripPredictorObject : public Handle<StripPredictorObject> {
 public:
  static constexpr napi_type_tag kTag = {0x6163696e75735374, 0x7269705072656469};
  static constexpr const char* kWanted = "a StripPredictor";

  static void install(Napi::Env env, Napi::Object exports);
  explicit StripPredictorObject(const Napi::CallbackInfo& info);

 private:
  struct State;

  Napi::Value next(const Napi::CallbackInfo& info);
  Napi::Value strips(const Napi::CallbackInfo& info);
  Napi::Value tiles(const Napi::CallbackInfo& info);
  Napi::Value skipped(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  std::shared_ptr<State> open() const;

  std::shared_ptr<State> state_;
};

class StripCellsObject : public Handle<StripCellsObject> {
 public:
  static constexpr napi_type_tag kTag = {0x6163696e75735374, 0x72697043656c6c73};
  static constexpr const char* kWanted = "a StripCells";

  static void install(Napi::Env env, Napi::Object exports);
  explicit StripCellsObject(const Napi::CallbackInfo& info);

 private:
  struct State;

  Napi::Value add(const Napi::CallbackInfo& info);
  Napi::Value grey(const Napi::CallbackInfo& info);
  Napi::Value finish(const Napi::CallbackInfo& info);
  Napi::Value labels(const Napi::CallbackInfo& info);
  Napi::Value mask(const Napi::CallbackInfo& info);
  Napi::Value outlines(const Napi::CallbackInfo& info);
  Napi::Value regions(const Napi::CallbackInfo& info);
  Napi::Value run_lengths(const Napi::CallbackInfo& info);
  Napi::Value look(const Napi::CallbackInfo& info);
  Napi::Value overlay(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  std::shared_ptr<State> open() const;

  std::shared_ptr<State> state_;
};

}  // namespace acinus::binding

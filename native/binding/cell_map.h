// The JavaScript class CellMap (contract `NativeCellMap`): the probabilities of an image, the cells found in them, and the
// image itself. They stay native: jobs read them without a copy on the event loop, and JavaScript gets views of the same
// memory.
#pragma once

#include <memory>

#include "binding/arguments.h"
#include "binding/pixels.h"
#include "core/image/cells.h"
#include "core/predict/separation.h"
#include "core/torch.h"

namespace acinus::binding {

struct CellMap {
  explicit CellMap(const ImageSize& size);
  void find(double threshold, const SeparationOptions& separation);
  // The cells of these probabilities, float32 [h, w], which may be of another size than the image.
  void find(const Tensor& found, double threshold, const SeparationOptions& separation);
  Tensor image() const;  // uint8 [3, H, W], dense; ACINUS_INVALID_ARGUMENT without one
  // A copy for a job, since JavaScript may change the labels meanwhile. ACINUS_INVALID_ARGUMENT where a label is none.
  std::unique_ptr<int32_t[]> labels_now() const;

  ImageSize size;
  // Not cleared: 10,000 × 10,000 px would take a tenth of a second.
  std::unique_ptr<float[]> probability;
  std::unique_ptr<uint8_t[]> mask;
  std::unique_ptr<int32_t[]> labels;
  std::unique_ptr<uint8_t[]> rgb;  // interleaved; none without an image
  std::vector<Cell> cells;
};

class CellMapObject : public Handle<CellMapObject> {
 public:
  static constexpr napi_type_tag kTag = {0x6163696e75734365, 0x6c6c4d6170303031};
  static constexpr const char* kWanted = "a map of cells";

  static void install(Napi::Env env, Napi::Object exports);
  explicit CellMapObject(const Napi::CallbackInfo& info);
  ~CellMapObject() override;
  static std::shared_ptr<CellMap> map_of(const Napi::Value& value);
  // Eight numbers a cell.
  static Napi::Value measures(Napi::Env env, const CellMap& map);

 private:
  Napi::Value write_probability(const Napi::CallbackInfo& info);
  Napi::Value write_rgb(const Napi::CallbackInfo& info);
  Napi::Value find(const Napi::CallbackInfo& info);
  Napi::Value probability(const Napi::CallbackInfo& info);
  Napi::Value mask(const Napi::CallbackInfo& info);
  Napi::Value labels(const Napi::CallbackInfo& info);
  Napi::Value outlines(const Napi::CallbackInfo& info);
  Napi::Value run_lengths(const Napi::CallbackInfo& info);
  Napi::Value grey(const Napi::CallbackInfo& info);
  Napi::Value regions(const Napi::CallbackInfo& info);
  Napi::Value overlay(const Napi::CallbackInfo& info);
  void count_memory(int64_t bytes);

  std::shared_ptr<CellMap> map_;
  int64_t bytes_ = 0;  // that the garbage collector was told of
};

}  // namespace acinus::binding

// What a probability map shows, as JavaScript takes it (contract `NativeCells`), and the functions on labelled cells.
#pragma once

#include "binding/environment.h"
#include "binding/output_array.h"
#include "binding/pixels.h"
#include "core/image/cells.h"

namespace acinus::binding {

// Made on the event loop; filled from a job's thread.
class CellsOutput {
 public:
  CellsOutput(Napi::Env env, const ImageSize& size);
  void find(const float* probability, double threshold);
  void set(Napi::Env env, Napi::Object& out) const;

 private:
  ImageSize size_;
  OutputArray<uint8_t> mask_;
  OutputArray<int32_t> labels_;
  std::vector<Cell> cells_;
};

void add_cell_functions(Napi::Env env, Napi::Object exports);  // findCells, outlines, runLengths, greyPixels

}  // namespace acinus::binding

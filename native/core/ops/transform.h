// What augmentation does to one sample: flips and turns, deformation, light.
#pragma once

#include "core/torch.h"

namespace acinus::ops {

// What happens to one sample, in this order. Every decision is drawn whatever the probabilities are, so that changing one
// probability leaves the other decisions alone.
struct AugmentDecisions {
  bool horizontal_flip = false;
  bool vertical_flip = false;
  int64_t quarter_turns = 0;  // counter-clockwise
  bool elastic = false;
  double contrast = 1.0;    // factor
  double brightness = 0.0;  // grey levels
};

struct Transformed {
  Tensor image;  // [3, H, W] in 0…255: float planes, or uint8 of interleaved memory, rounded, halves to even
  Tensor mask;   // uint8 [1, H, W] in {0, 1, kIgnored}

  template <class Visit>
  void visit_tensors(Visit visit) const {
    visit(image);
    visit(mask);
  }
};

// The quarter turns of a sample of this size: a quarter turn of a non-square sample is replaced by a half turn.
int64_t quarter_turns(const AugmentDecisions& decisions, int64_t height, int64_t width);

// pixels: uint8 or float [3, H, W] in 0…255 of any strides; mask: uint8 [1, H, W], kIgnored stays, any other that is not 0 is a
// cell; field: float [2, H, W], px, or undefined where nothing is deformed. Written to `out`, dense, of the same size.
void transform(const Tensor& pixels, const Tensor& mask, const AugmentDecisions& decisions, const Tensor& field,
               const Transformed& out);

// Step by step, in the type of out.image; for bytes in float32.
namespace plain {
void transform(const Tensor& pixels, const Tensor& mask, const AugmentDecisions& decisions, const Tensor& field,
               const Transformed& out);
}

}  // namespace acinus::ops

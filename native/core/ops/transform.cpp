#include "core/ops/transform.h"

#include "core/ignored.h"
#include "core/ops/warp.h"

namespace acinus::ops {

namespace {

Tensor flipped_and_turned(Tensor image, const AugmentDecisions& decisions) {
  if (decisions.horizontal_flip) image = image.flip(2);
  if (decisions.vertical_flip) image = image.flip(1);
  const int64_t turns = quarter_turns(decisions, image.size(1), image.size(2));
  return turns == 0 ? image : torch::rot90(image, turns, {1, 2});
}

// A byte a pixel: 0, 1, or kIgnored.
Tensor values_of(const Tensor& mask) { return mask.ne(0).to(at::kByte).masked_fill_(mask.eq(kIgnored), kIgnored); }

}  // namespace

int64_t quarter_turns(const AugmentDecisions& decisions, int64_t height, int64_t width) {
  return decisions.quarter_turns == 0 || height == width ? decisions.quarter_turns : 2;
}

void plain::transform(const Tensor& pixels, const Tensor& mask, const AugmentDecisions& decisions, const Tensor& field,
                      const Transformed& out) {
  const bool bytes = out.image.scalar_type() == at::kByte;
  const auto type = bytes ? at::kFloat : out.image.scalar_type();
  Tensor image = flipped_and_turned(pixels, decisions).to(type), cells = flipped_and_turned(values_of(mask), decisions);
  if (field.defined()) {
    image = ops::remap(image, field, Interpolation::kBilinear);
    cells = ops::remap(cells.to(type), field, Interpolation::kNearest);
  }
  if (decisions.contrast != 1.0 || decisions.brightness != 0.0) {
    image = (image * decisions.contrast).add_(decisions.brightness).clamp_(0, 255);
  }
  out.image.copy_(bytes ? image.round() : image);
  out.mask.copy_(cells);
}

}  // namespace acinus::ops

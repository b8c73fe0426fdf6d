#include "core/image/transform.h"

#include <utility>

#include "core/cpu/image_kernels.h"
#include "core/image/bands.h"
#include "core/image/elastic.h"

namespace acinus {

namespace {

bool bytes_on_cpu(const Tensor& x) { return x.is_cpu() && x.scalar_type() == at::kByte; }

int64_t quarter_turns(const AugmentDecisions& decisions, int64_t height, int64_t width) {
  return decisions.quarter_turns == 0 || height == width ? decisions.quarter_turns : 2;
}

// The bytes of [C, H, W], read in the order in which flips and turns put them.
cpu::ByteImage turned(const Tensor& bytes, const AugmentDecisions& decisions) {
  int64_t height = bytes.size(1), width = bytes.size(2);
  cpu::ByteImage out{bytes.const_data_ptr<uint8_t>(), bytes.stride(0), bytes.stride(1), bytes.stride(2)};
  const auto flip = [&](int64_t& stride, int64_t size) {
    out.first += (size - 1) * stride;
    stride = -stride;
  };
  if (decisions.horizontal_flip) flip(out.column, width);
  if (decisions.vertical_flip) flip(out.row, height);
  for (int64_t turn = quarter_turns(decisions, height, width); turn > 0; --turn) {
    flip(out.column, width);
    std::swap(out.row, out.column);
    std::swap(height, width);
  }
  return out;
}

Tensor flipped_and_turned(Tensor image, const AugmentDecisions& decisions) {
  if (decisions.horizontal_flip) image = image.flip(2);
  if (decisions.vertical_flip) image = image.flip(1);
  const int64_t turns = quarter_turns(decisions, image.size(1), image.size(2));
  return turns == 0 ? image : torch::rot90(image, turns, {1, 2});
}

}  // namespace

void transform(const Tensor& pixels, const Tensor& mask, const AugmentDecisions& decisions, const Tensor& field,
               const Transformed& out) {
  if (!cpu::kernels_enabled() || !bytes_on_cpu(pixels) || !bytes_on_cpu(mask)) {
    return plain::transform(pixels, mask, decisions, field, out);
  }
  const int64_t height = pixels.size(1), width = pixels.size(2), count = height * width;
  const Tensor packed = torch::empty({count + width + cpu::kMostLanes}, at::kInt);
  auto* words = reinterpret_cast<uint32_t*>(packed.data_ptr<int32_t>());
  std::fill(words + count, words + packed.numel(), 0);
  const auto image = turned(pixels, decisions), cells = turned(mask, decisions);
  const bool bytes = out.image.scalar_type() == at::kByte;
  const cpu::Lit lit{static_cast<float>(decisions.contrast),          static_cast<float>(decisions.brightness),
                     bytes ? nullptr : out.image.data_ptr<float>(),   count,
                     bytes ? out.image.data_ptr<uint8_t>() : nullptr, out.mask.data_ptr<uint8_t>()};
  for_bands(1, height, [&](int64_t, int64_t begin, int64_t end) {
    cpu::image_kernels().pack(image, cells, height, width, begin, end, words);
    if (!field.defined()) cpu::image_kernels().unpack(words, begin * width, end * width, lit);
  });
  if (!field.defined()) return;
  const Tensor moved = field.contiguous();
  const auto* x = moved.const_data_ptr<float>();
  for_bands(1, height, [&](int64_t, int64_t begin, int64_t end) {
    cpu::image_kernels().remap_packed(words, {x, x + count, height, width}, begin, end, lit);
  });
}

void plain::transform(const Tensor& pixels, const Tensor& mask, const AugmentDecisions& decisions, const Tensor& field,
                      const Transformed& out) {
  const bool bytes = out.image.scalar_type() == at::kByte;
  const auto type = bytes ? at::kFloat : out.image.scalar_type();
  Tensor image = flipped_and_turned(pixels, decisions).to(type), cells = flipped_and_turned(mask.ne(0), decisions);
  if (field.defined()) {
    image = acinus::remap(image, field, Interpolation::kBilinear);
    cells = acinus::remap(cells.to(type), field, Interpolation::kNearest);
  }
  if (decisions.contrast != 1.0 || decisions.brightness != 0.0) {
    image = (image * decisions.contrast).add_(decisions.brightness).clamp_(0, 255);
  }
  out.image.copy_(bytes ? image.round() : image);
  out.mask.copy_(cells);
}

}  // namespace acinus

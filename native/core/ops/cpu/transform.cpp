#include "core/ops/transform.h"

#include <utility>

#include "core/cpu/image_kernels.h"
#include "core/ops/cpu/bands.h"
#include "core/ops/cpu/implementations.h"

namespace acinus::ops::on_cpu {

namespace {

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

}  // namespace

void transform(const Tensor& pixels, const Tensor& mask, const AugmentDecisions& decisions, const Tensor& field,
               const Transformed& out) {
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

}  // namespace acinus::ops::on_cpu

#include "core/ops/gabor_response.h"

#include <algorithm>

#include "core/cpu/image_kernels.h"
#include "core/ops/border.h"
#include "core/ops/cpu/bands.h"
#include "core/ops/cpu/gabor_spectra.h"
#include "core/ops/cpu/implementations.h"

namespace acinus::ops::on_cpu {

namespace {

// [B, 1, H, W] → [B, H + 2r, gabor_stride]
Tensor padded_for_kernel(const Tensor& gray, int64_t radius) {
  const int64_t height = gray.size(2), width = gray.size(3), rows = height + 2 * radius;
  const int64_t stride = cpu::gabor_stride(width, static_cast<int>(radius));
  Tensor padded = at::empty({gray.size(0), rows, stride}, at::kFloat);
  const auto* from = gray.const_data_ptr<float>();
  auto* to = padded.data_ptr<float>();
  for_bands(gray.size(0), rows, [&](int64_t image, int64_t begin, int64_t end) {
    for (int64_t y = begin; y < end; ++y) {
      const float* source = from + (image * height + reflect_101(y - radius, height)) * width;
      float* row = to + (image * rows + y) * stride;
      for (int64_t x = 0; x < radius; ++x) row[x] = source[reflect_101(x - radius, width)];
      std::copy(source, source + width, row + radius);
      for (int64_t x = width; x < stride - radius; ++x) row[radius + x] = source[reflect_101(x, width)];
    }
  });
  return padded;
}

}  // namespace

Tensor strongest_response(const Tensor& gray, const GaborBank& of_kernels) {
  const int64_t height = gray.size(2), width = gray.size(3), images = gray.size(0);
  const GaborCut cut = gabor_cut(height, static_cast<int>(of_kernels.kernels.size(1) / 2));
  const auto spectra = gabor_spectra(of_kernels, cut.length);
  const cpu::GaborBank bank = spectra->view();
  const Tensor padded = padded_for_kernel(gray.contiguous(), bank.radius);
  const int64_t strips = (width + cpu::kGaborStrip - 1) / cpu::kGaborStrip, pairs = cut.bands / 2;
  const int threads = at::get_num_threads();
  const Tensor strongest = at::empty(gray.sizes(), at::kFloat),
               scratch = at::empty({threads, cpu::gabor_scratch(bank)}, at::kFloat);
  const auto* from = padded.const_data_ptr<float>();
  auto *to = strongest.data_ptr<float>(), *own = scratch.data_ptr<float>();
  cpu::parallel_parts(images * pairs * strips, threads, [&](int64_t part, int worker) {
    const int64_t strip = part % strips, pair = part / strips % pairs, image = part / strips / pairs;
    const auto upper = cpu::part_of(height, cut.bands, 2 * pair), lower = cpu::part_of(height, cut.bands, 2 * pair + 1);
    const auto columns = cpu::part_of(width, strips, strip);
    cpu::image_kernels().gabor(bank, {from + image * padded.stride(0), height, width, padded.stride(1)},
                               {upper.begin, lower.begin, lower.end}, columns.begin, columns.end, to + image * height * width,
                               own + worker * scratch.stride(0));
  });
  return strongest;
}

}  // namespace acinus::ops::on_cpu

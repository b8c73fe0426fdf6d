#include "core/image/gabor_response.h"

#include <algorithm>
#include <cmath>

#include "core/cpu/image_kernels.h"
#include "core/image/bands.h"
#include "core/image/border.h"
#include "core/image/gabor_spectra.h"

namespace acinus {

namespace {

// Responses of one chunk of the batch, in elements: 64 MB. A batch at once would hold 24 maps for each of its pixels.
constexpr int64_t kChunkElements = int64_t{1} << 24;

bool fast(const Tensor& gray, const EdgeOptions& options) {
  return cpu::kernels_enabled() && gray.is_cpu() && gray.scalar_type() == at::kFloat && options.psi == 0.0 &&
         options.kernel_size / 2 <= cpu::kMostGaborRadius;
}

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

Tensor strongest_response(const Tensor& gray, const Tensor& kernels, const EdgeOptions& options) {
  if (!fast(gray, options)) return plain::strongest_response(gray, kernels);
  const int64_t height = gray.size(2), width = gray.size(3), images = gray.size(0);
  const auto [length, bands] = gabor_cut(height, static_cast<int>(options.kernel_size / 2));
  const auto spectra = gabor_spectra(kernels, options, length);
  const cpu::GaborBank bank = spectra->view();
  const Tensor padded = padded_for_kernel(gray.contiguous(), bank.radius);
  const int64_t strips = (width + cpu::kGaborStrip - 1) / cpu::kGaborStrip, pairs = bands / 2;
  const int threads = at::get_num_threads();
  const Tensor strongest = at::empty(gray.sizes(), at::kFloat),
               scratch = at::empty({threads, cpu::gabor_scratch(bank)}, at::kFloat);
  const auto* from = padded.const_data_ptr<float>();
  auto *to = strongest.data_ptr<float>(), *own = scratch.data_ptr<float>();
  cpu::parallel_parts(images * pairs * strips, threads, [&](int64_t part, int worker) {
    const int64_t strip = part % strips, pair = part / strips % pairs, image = part / strips / pairs;
    const auto upper = cpu::part_of(height, bands, 2 * pair), lower = cpu::part_of(height, bands, 2 * pair + 1);
    const auto columns = cpu::part_of(width, strips, strip);
    cpu::image_kernels().gabor(bank, {from + image * padded.stride(0), height, width, padded.stride(1)},
                               {upper.begin, lower.begin, lower.end}, columns.begin, columns.end, to + image * height * width,
                               own + worker * scratch.stride(0));
  });
  return strongest;
}

namespace plain {

Tensor strongest_response(const Tensor& gray, const Tensor& kernels) {
  const Tensor weights = kernels.unsqueeze(1).to(gray.device(), gray.scalar_type());
  const int64_t batch = gray.size(0), pixels = gray.size(2) * gray.size(3);
  const int64_t chunk = std::max<int64_t>(1, kChunkElements / (weights.size(0) * pixels));
  std::vector<Tensor> strongest;
  for (int64_t first = 0; first < batch; first += chunk) {
    const Tensor part = gray.narrow(0, first, std::min(chunk, batch - first));
    // Not conv2d: the edge map is the same on every device, so no TensorFloat-32 on GPUs that have it.
    const Tensor responses =
        at::_convolution(pad_reflect_101(part, weights.size(2) / 2), weights, {}, {1, 1}, {0, 0}, {1, 1}, false, {0, 0}, 1,
                         /*benchmark=*/false, /*deterministic=*/true, /*cudnn_enabled=*/true, /*allow_tf32=*/false);
    strongest.push_back(responses.amax({1}, /*keepdim=*/true).clamp_min_(0));
  }
  return at::cat(strongest);
}

}  // namespace plain

}  // namespace acinus

#include "core/image/gabor_response.h"

#include <algorithm>
#include <cmath>

#include "core/cpu/image_kernels.h"
#include "core/image/bands.h"
#include "core/image/border.h"

namespace acinus {

namespace {

// Responses of one chunk of the batch, in elements: 64 MB. A batch at once would hold 24 maps for each of its pixels.
constexpr int64_t kChunkElements = int64_t{1} << 24;

bool fast(const Tensor& gray, const EdgeOptions& options) {
  return cpu::kernels_enabled() && gray.is_cpu() && gray.scalar_type() == at::kFloat && options.orientations == 8 &&
         options.psi == 0.0 && options.kernel_size / 2 <= cpu::kMostGaborRadius;
}

// The weights of cpu::GaborTaps for `count` wavelengths from `first` on.
class SymmetricTaps {
 public:
  SymmetricTaps(const Tensor& kernels, int64_t first, int64_t count, const EdgeOptions& options)
      : kernels_(kernels.const_data_ptr<double>()),
        radius_(kernels.size(1) / 2),
        all_(kernels.size(0) / 8),
        first_(first),
        count_(count) {
    for (int64_t y = 1; y < radius_; ++y) {
      for (int64_t x = y + 1; x <= radius_; ++x) {
        const auto quarter = [&](int mirrored, int exchanged) {
          return [=, this](int64_t kernel) {
            return (at(kernel, x, y) + mirrored * at(kernel, -x, y) + exchanged * at(kernel, y, x) +
                    mirrored * exchanged * at(kernel, -y, x)) /
                   4;
          };
        };
        add({1, 2}, quarter(1, 1));
        add({1}, quarter(1, -1));
        add({1, 2}, quarter(-1, 1));
        add({1}, quarter(-1, -1));
      }
    }
    for (int64_t d = 1; d <= radius_; ++d) {
      add({1, 2}, [&](int64_t kernel) { return (at(kernel, d, d) + at(kernel, -d, d)) / 2; });
      add({1, 2}, [&](int64_t kernel) { return (at(kernel, d, d) - at(kernel, -d, d)) / 2; });
    }
    for (int64_t d = 1; d <= radius_; ++d) {
      add({1, 2}, [&](int64_t kernel) { return (at(kernel, d, 0) + at(kernel, 0, d)) / 2; });
      add({1}, [&](int64_t kernel) { return (at(kernel, d, 0) - at(kernel, 0, d)) / 2; });
    }
    add({1, 2}, [&](int64_t kernel) { return at(kernel, 0, 0); });
    for (int64_t d = 0; d <= radius_; ++d) {
      const double across = options.gamma / options.sigma * static_cast<double>(d);
      factors_.push_back(static_cast<float>(std::exp(-0.5 * across * across)));
      for (int64_t w = 0; w < count_; ++w) factors_.push_back(static_cast<float>(at(first_ + w, d, 0)));
    }
  }

  cpu::GaborTaps view() const {
    return {static_cast<int>(radius_), static_cast<int>(count_), weights_.data(), factors_.data()};
  }

 private:
  double at(int64_t kernel, int64_t x, int64_t y) const {
    const int64_t size = 2 * radius_ + 1;
    return kernels_[(kernel * size + y + radius_) * size + x + radius_];
  }
  template <class Weight>
  void add(std::initializer_list<int64_t> orientations, Weight weight) {
    for (const int64_t orientation : orientations) {
      for (int64_t w = 0; w < count_; ++w) weights_.push_back(static_cast<float>(weight(orientation * all_ + first_ + w)));
    }
  }

  const double* kernels_;
  int64_t radius_, all_, first_, count_;
  std::vector<float> weights_, factors_;
};

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
  const int64_t height = gray.size(2), width = gray.size(3), radius = options.kernel_size / 2;
  const Tensor padded = padded_for_kernel(gray.contiguous(), radius);
  Tensor strongest = at::zeros_like(gray, at::MemoryFormat::Contiguous);
  const auto wavelengths = static_cast<int64_t>(options.wavelengths.size());
  for (int64_t first = 0; first < wavelengths; first += cpu::kMostGaborWavelengths) {
    const SymmetricTaps taps(kernels, first, std::min<int64_t>(cpu::kMostGaborWavelengths, wavelengths - first), options);
    for_bands(gray.size(0), height, [&](int64_t image, int64_t begin, int64_t end) {
      cpu::image_kernels().gabor(padded.const_data_ptr<float>() + image * padded.stride(0), width, taps.view(), begin, end,
                                 strongest.data_ptr<float>() + image * height * width);
    });
  }
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

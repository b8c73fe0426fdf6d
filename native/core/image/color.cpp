#include "core/image/color.h"

#include "core/image/bands.h"

namespace acinus {

namespace {

// In one pass over pixels that lie in rows: plane by plane, or with their colours side by side.
template <class T>
Tensor luma_of_rows(const Tensor& rgb) {
  const int64_t height = rgb.size(2), width = rgb.size(3), step = rgb.stride(3), plane = rgb.stride(1);
  Tensor out = torch::empty({rgb.size(0), 1, height, width}, torch::kFloat32);
  const T* from = rgb.const_data_ptr<T>();
  auto* to = out.data_ptr<float>();
  constexpr auto kRed = static_cast<float>(kLuma[0] / 255), kGreen = static_cast<float>(kLuma[1] / 255),
                 kBlue = static_cast<float>(kLuma[2] / 255);
  for_bands(rgb.size(0), height,
            [=, image_step = rgb.stride(0), row = rgb.stride(2)](int64_t image, int64_t begin, int64_t end) {
              for (int64_t y = begin; y < end; ++y) {
                const T* pixel = from + image * image_step + y * row;
                float* grey = to + (image * height + y) * width;
                for (int64_t x = 0; x < width; ++x, pixel += step) {
                  grey[x] = static_cast<float>(pixel[0]) * kRed + static_cast<float>(pixel[plane]) * kGreen +
                            static_cast<float>(pixel[2 * plane]) * kBlue;
                }
              }
            });
  return out;
}

}  // namespace

Tensor luma(const Tensor& rgb) {
  if (rgb.is_cpu() && rgb.scalar_type() == torch::kUInt8) return luma_of_rows<uint8_t>(rgb);
  if (rgb.is_cpu() && rgb.scalar_type() == torch::kFloat32) return luma_of_rows<float>(rgb);
  const Tensor pixels = rgb.scalar_type() == torch::kFloat64 ? rgb : rgb.to(torch::kFloat32);
  Tensor out = pixels.narrow(1, 0, 1) * (kLuma[0] / 255.0);
  for (int64_t c = 1; c < 3; ++c) out.add_(pixels.narrow(1, c, 1), kLuma[c] / 255.0);
  return out;
}

Tensor imagenet_normalized(const Tensor& rgb) {
  Tensor out = torch::empty(rgb.sizes(), rgb.options().dtype(torch::kFloat32));
  out.copy_(rgb);
  for (int64_t c = 0; c < 3; ++c) {
    const auto mean = static_cast<float>(kImagenetMean[c]), deviation = static_cast<float>(kImagenetDeviation[c]);
    out.select(1, c).mul_(1.0F / (255.0F * deviation)).sub_(mean / deviation);
  }
  return out;
}

}  // namespace acinus

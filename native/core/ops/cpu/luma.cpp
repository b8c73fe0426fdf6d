#include "core/ops/luma.h"

#include "core/ops/cpu/bands.h"
#include "core/ops/cpu/implementations.h"

namespace acinus::ops::on_cpu {

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
  return rgb.scalar_type() == torch::kUInt8 ? luma_of_rows<uint8_t>(rgb) : luma_of_rows<float>(rgb);
}

}  // namespace acinus::ops::on_cpu

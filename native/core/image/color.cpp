#include "core/image/color.h"

#include "core/image/bands.h"

namespace acinus {

namespace {

constexpr double kLuma[] = {0.299, 0.587, 0.114};
constexpr float kMean[] = {0.485F, 0.456F, 0.406F};
constexpr float kStd[] = {0.229F, 0.224F, 0.225F};

// In one pass over what lies in memory plane by plane.
template <class T>
Tensor luma_of_planes(const Tensor& rgb) {
  const Tensor planes = rgb.contiguous();
  const int64_t height = rgb.size(2), width = rgb.size(3), plane = height * width;
  Tensor out = torch::empty({rgb.size(0), 1, height, width}, torch::kFloat32);
  const T* from = planes.const_data_ptr<T>();
  auto* to = out.data_ptr<float>();
  constexpr auto kRed = static_cast<float>(kLuma[0] / 255), kGreen = static_cast<float>(kLuma[1] / 255),
                 kBlue = static_cast<float>(kLuma[2] / 255);
  for_bands(rgb.size(0), height, [=](int64_t image, int64_t begin, int64_t end) {
    const T *red = from + 3 * image * plane, *green = red + plane, *blue = green + plane;
    for (int64_t i = begin * width; i < end * width; ++i) {
      to[image * plane + i] =
          static_cast<float>(red[i]) * kRed + static_cast<float>(green[i]) * kGreen + static_cast<float>(blue[i]) * kBlue;
    }
  });
  return out;
}

}  // namespace

Tensor luma(const Tensor& rgb) {
  if (rgb.is_cpu() && rgb.scalar_type() == torch::kUInt8) return luma_of_planes<uint8_t>(rgb);
  if (rgb.is_cpu() && rgb.scalar_type() == torch::kFloat32) return luma_of_planes<float>(rgb);
  const Tensor pixels = rgb.scalar_type() == torch::kFloat64 ? rgb : rgb.to(torch::kFloat32);
  Tensor out = pixels.narrow(1, 0, 1) * (kLuma[0] / 255.0);
  for (int64_t c = 1; c < 3; ++c) out.add_(pixels.narrow(1, c, 1), kLuma[c] / 255.0);
  return out;
}

Tensor imagenet_normalized(const Tensor& rgb) {
  Tensor out = torch::empty(rgb.sizes(), rgb.options().dtype(torch::kFloat32));
  out.copy_(rgb);
  for (int64_t c = 0; c < 3; ++c) out.select(1, c).mul_(1.0F / (255.0F * kStd[c])).sub_(kMean[c] / kStd[c]);
  return out;
}

}  // namespace acinus

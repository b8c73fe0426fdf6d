#include "test/scenes.h"

#include <ATen/CPUGeneratorImpl.h>

namespace acinus::test {

Tensor ramp(int64_t height, int64_t width, int64_t number) {
  const Tensor place = at::arange(height * width * 3, at::kLong).view({height, width, 3});
  return (place * (2 * number + 7) + number).remainder(256).to(at::kByte);
}

Tensor disc(int64_t height, int64_t width) {
  const Tensor y = at::arange(height).unsqueeze(1) - height / 3, x = at::arange(width) - width / 2;
  return (y * y + x * x <= height * width / 20).to(at::kByte);
}

std::pair<Tensor, Tensor> cells(int64_t height, int64_t width, uint64_t seed) {
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  Tensor image = at::randint(30, 70, {height, width, 3}, generator, at::kByte);
  Tensor mask = at::zeros({height, width}, at::kByte);
  for (int cell = 0; cell < 5; ++cell) {
    const Tensor drawn = at::rand({3}, generator);
    const Tensor y = at::arange(height).unsqueeze(1) - drawn[0] * height, x = at::arange(width) - drawn[1] * width;
    const Tensor inside = (y * y + x * x).sqrt() <= 3 + 5 * drawn[2];
    image.masked_fill_(inside.unsqueeze(2), 180 + 10 * cell);
    mask.masked_fill_(inside, 1);
  }
  return {image, mask};
}

int64_t add_to(SampleStore& store, const Tensor& rgb, const Tensor& mask) {
  return store.add(rgb.const_data_ptr<uint8_t>(), mask.const_data_ptr<uint8_t>(), rgb.size(0), rgb.size(1));
}

}  // namespace acinus::test

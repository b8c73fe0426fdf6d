#include "core/ops/draws.h"

#include "core/cpu/image_kernels.h"
#include "core/cpu/parallel.h"
#include "core/ops/cpu/implementations.h"
#include "core/ops/cpu/nhwc.h"

namespace acinus::ops::on_cpu {

Tensor noise(const RandomStream& random, int64_t height, int64_t width, torch::Device) {
  Tensor out = floats({2, height, width});
  const int64_t pixels = height * width;
  auto *x = out.data_ptr<float>(), *y = x + pixels;
  const auto& key = random.key();
  constexpr int64_t kPart = 1 << 13;  // whole blocks of the stream, each of two pixels
  cpu::parallel_parts((pixels + kPart - 1) / kPart, threads(), [&](int64_t part) {
    const int64_t begin = part * kPart;
    const cpu::PhiloxStream stream{{key[0], key[1]}, static_cast<uint64_t>(begin / 2), static_cast<uint64_t>(random.index())};
    cpu::image_kernels().noise(stream, std::min(kPart, pixels - begin), x + begin, y + begin);
  });
  return out;
}

Tensor drop_connect_factors(const DropConnect& request, torch::Device) {
  Tensor out = floats({request.blocks, request.batch});
  auto* to = out.data_ptr<float>();
  for (int64_t block = request.first_block; block < request.first_block + request.blocks; ++block) {
    RandomStream random(request.seed, Purpose::kDropConnect, request.step, static_cast<uint64_t>(block));
    const double probability = request.probability(block);
    const auto skipped = static_cast<float>(probability), share = static_cast<float>(1 - probability);
    for (int64_t i = 0; i < request.batch; ++i) *to++ = std::floor(1.0F - skipped + random.uniform_float()) / share;
  }
  return out;
}

}  // namespace acinus::ops::on_cpu

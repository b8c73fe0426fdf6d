#include "core/ops/draws.h"

#include "core/cpu/philox.h"

namespace acinus::ops::plain {

namespace {

constexpr int64_t kLow = 0xFFFFFFFF;  // 32 bits, held by 64

struct Product {
  Tensor high, low;
};

// x · factor, both of 32 bits, without a number of more than 63.
Product product(const Tensor& x, int64_t factor) {
  const Tensor upper = x.bitwise_right_shift(16) * factor, lower = x.bitwise_and(0xFFFF) * factor;
  return {(upper + lower.bitwise_right_shift(16)).bitwise_right_shift(16),
          (upper.bitwise_and(0xFFFF).bitwise_left_shift(16) + lower).bitwise_and(kLow)};
}

// Philox 4x32-10 on tensors: the first `count` words of the streams first_index … first_index + streams − 1 of a key,
// int64 [streams, count].
Tensor words(const std::array<uint32_t, 2>& of_key, int64_t first_index, int64_t streams, int64_t count, torch::Device device) {
  const auto options = torch::TensorOptions(torch::kInt64).device(device);
  const int64_t blocks = (count + 3) / 4;
  const Tensor position = torch::arange(blocks, options).expand({streams, blocks});
  const Tensor index = torch::arange(first_index, first_index + streams, options).unsqueeze(1).expand({streams, blocks});
  std::array<Tensor, 4> counter{position.bitwise_and(kLow), position.bitwise_right_shift(32), index.bitwise_and(kLow),
                                index.bitwise_right_shift(32)};
  std::array<uint32_t, 2> key = of_key;
  for (int round = 0; round < cpu::kPhiloxRounds; ++round) {
    const Product first = product(counter[0], cpu::kPhiloxMultiplier0), second = product(counter[2], cpu::kPhiloxMultiplier1);
    counter = {second.high.bitwise_xor(counter[1]).bitwise_xor(int64_t{key[0]}), second.low,
               first.high.bitwise_xor(counter[3]).bitwise_xor(int64_t{key[1]}), first.low};
    key[0] += cpu::kPhiloxWeyl0;
    key[1] += cpu::kPhiloxWeyl1;
  }
  return torch::stack(at::TensorList(counter.data(), counter.size()), 2).flatten(1).narrow(1, 0, count);
}

// As RandomStream::uniform_float.
Tensor uniform_floats(const Tensor& words) { return words.bitwise_right_shift(8).to(torch::kFloat32) * 0x1p-24; }

}  // namespace

Tensor noise(const RandomStream& random, int64_t height, int64_t width, torch::Device device) {
  const Tensor drawn = uniform_floats(words(random.key(), random.index(), 1, 2 * height * width, device));
  return (2 * drawn - 1).view({height * width, 2}).t().reshape({2, height, width});
}

Tensor drop_connect_factors(const DropConnect& request, torch::Device device) {
  const auto& r = request;
  const RandomStream first(r.seed, Purpose::kDropConnect, r.step, static_cast<uint64_t>(r.first_block));
  const Tensor drawn = uniform_floats(words(first.key(), r.first_block, r.blocks, r.batch, device));
  const Tensor block =
      torch::arange(r.first_block, r.first_block + r.blocks, torch::TensorOptions(torch::kFloat64).device(device));
  const Tensor probability = (block * r.rate / static_cast<double>(r.depth) + r.base).unsqueeze(1);
  const Tensor kept = (1 - probability.to(torch::kFloat32) + drawn).floor_();
  return kept / (1 - probability).to(torch::kFloat32);
}

}  // namespace acinus::ops::plain

#include "core/data/batcher.h"

#include <algorithm>
#include <set>

#include "core/image/augment.h"
#include "test/catch.h"
#include "test/options.h"
#include "test/scenes.h"

namespace acinus::test {

namespace {

struct Filled {
  SampleStore store;
  std::vector<Tensor> images;  // [3, H, W]
  Tensor mask;                 // [1, H, W]
};

Filled filled(int64_t count, int64_t height, int64_t width) {
  Filled out;
  out.mask = disc(height, width).unsqueeze(0);
  for (int64_t i = 0; i < count; ++i) {
    const Tensor image = ramp(height, width, i);
    add_to(out.store, image, out.mask[0]);
    out.images.push_back(image.permute({2, 0, 1}));
  }
  return out;
}

AugmentKey key_of(uint64_t epoch) { return {9, epoch}; }

// As a step takes it: gathered, then augmented.
Augmented changed(const Filled& set, const std::vector<int64_t>& indices, int64_t crop_size, uint64_t epoch) {
  const Batch batch = gather(set.store, indices, {.size = crop_size}, key_of(epoch), torch::kCPU);
  return augment(batch.pixels, batch.masks, indices, key_of(epoch), augment_options());
}

// Pearson's χ² of equally likely values within 4 σ of its mean, and each count within 4 σ.
void require_equally_often(const std::vector<int64_t>& counts) {
  double draws = 0, chi_square = 0;
  for (const int64_t count : counts) draws += static_cast<double>(count);
  const double kinds = static_cast<double>(counts.size()), expected = draws / kinds;
  for (const int64_t count : counts) {
    const double off = static_cast<double>(count) - expected;
    REQUIRE(std::abs(off) <= 4 * std::sqrt(expected * (1 - 1 / kinds)));
    chi_square += off * off / expected;
  }
  REQUIRE(std::abs(chi_square - (kinds - 1)) <= 4 * std::sqrt(2 * (kinds - 1)));
}

}  // namespace

TEST_CASE("a batch holds the images as they are, planar, and their masks") {
  const Filled set = filled(3, 40, 56);
  const Batch batch = gather(set.store, {2, 0}, {}, key_of(0), torch::kCPU);
  REQUIRE(batch.pixels.equal(torch::stack({set.images[2], set.images[0]})));
  REQUIRE(batch.masks.equal(torch::stack({set.mask, set.mask})));
}

TEST_CASE("a batch gives a sample the same crop and augmentation whatever else is in it") {
  const Filled set = filled(6, 64, 64);
  const std::pair<std::vector<int64_t>, int64_t> others[] = {{{3, 1, 0}, 0}, {{5, 4, 2, 1, 0, 3}, 5}, {{0, 3}, 1}};
  for (const uint64_t epoch : {0, 1, 2}) {
    const Augmented alone = changed(set, {3}, 48, epoch);
    for (const auto& [indices, place] : others) {
      const Augmented together = changed(set, indices, 48, epoch);
      REQUIRE(together.image[place].equal(alone.image[0]));
      REQUIRE(together.mask[place].equal(alone.mask[0]));
    }
  }
}

TEST_CASE("a batch changes an image that is drawn twice in two ways") {
  const Filled set = filled(2, 64, 64);
  const Batch batch = gather(set.store, {1, 1}, {.size = 32}, key_of(0), torch::kCPU, {1, 3});
  const Augmented augmented = augment(batch.pixels, batch.masks, {1, 3}, key_of(0), augment_options());
  REQUIRE(!augmented.image[0].equal(augmented.image[1]));
}

TEST_CASE("random crops begin everywhere, equally often") {
  constexpr int64_t kHeight = 37, kWidth = 36, kSize = 32;  // 6 rows, 5 columns
  // An image that counts its own places.
  const Tensor y = at::arange(kHeight, at::kByte).unsqueeze(1).expand({kHeight, kWidth});
  const Tensor x = at::arange(kWidth, at::kByte).unsqueeze(0).expand({kHeight, kWidth});
  SampleStore store;
  add_to(store, torch::stack({y, x, torch::zeros_like(y)}, 2).contiguous(), torch::zeros({kHeight, kWidth}, at::kByte));
  std::vector<int64_t> counts(30);
  for (int64_t sample = 0; sample < 12'000; ++sample) {
    const Tensor crop = gather(store, {0}, {.size = kSize}, key_of(0), torch::kCPU, {sample}).pixels;
    const uint8_t* first = crop.const_data_ptr<uint8_t>();
    ++counts.at(static_cast<size_t>(5 * first[0] + first[kSize * kSize]));
  }
  require_equally_often(counts);
}

TEST_CASE("a random crop is the image itself where it has its size") {
  const Filled set = filled(1, 32, 32);
  for (int64_t sample = 0; sample < 20; ++sample)
    REQUIRE(gather(set.store, {0}, {.size = 32}, key_of(0), torch::kCPU, {sample}).pixels[0].equal(set.images[0]));
}

TEST_CASE("random crops of a smaller image show the whole of it, mirrored at its borders, wherever it lies") {
  constexpr int64_t kHeight = 29, kWidth = 30, kSize = 32;
  const Filled set = filled(1, kHeight, kWidth);
  // numpy.pad(mode="reflect") without its own code: the image between its mirrored neighbours.
  const Tensor rows = torch::cat(
      {set.images[0].flip(1).narrow(1, 0, kHeight - 1), set.images[0], set.images[0].flip(1).narrow(1, 1, kHeight - 1)}, 1);
  const Tensor mirrored = torch::cat({rows.flip(2).narrow(2, 0, kWidth - 1), rows, rows.flip(2).narrow(2, 1, kWidth - 1)}, 2);
  std::set<std::pair<int64_t, int64_t>> seen;
  for (int64_t sample = 0; sample < 200; ++sample) {
    const Tensor crop = gather(set.store, {0}, {.size = kSize}, key_of(0), torch::kCPU, {sample}).pixels[0];
    bool known = false;
    for (int64_t top = 0; top <= kSize - kHeight; ++top) {
      for (int64_t left = 0; left <= kSize - kWidth; ++left) {
        if (!crop.equal(mirrored.narrow(1, kHeight - 1 - top, kSize).narrow(2, kWidth - 1 - left, kSize))) continue;
        seen.emplace(top, left);
        known = true;
      }
    }
    REQUIRE(known);
  }
  REQUIRE(seen.size() == static_cast<size_t>((kSize - kHeight + 1) * (kSize - kWidth + 1)));
}

TEST_CASE("crops on cells are centred on each cell of the mask equally often, as far as the rim allows it") {
  constexpr int64_t kSide = 96, kSize = 32;
  // A large cell in the middle, a pixel near a corner, and two pixels that touch by their corners alone.
  Tensor mask = torch::zeros({kSide, kSide}, at::kByte);
  mask.slice(0, 40, 60).slice(1, 30, 50).fill_(1);  // around (49, 39)
  mask[3][90] = 1;
  mask[70][70] = mask[71][71] = 1;
  // An image that counts its own places.
  const Tensor y = at::arange(kSide, at::kByte).unsqueeze(1).expand({kSide, kSide});
  const Tensor x = at::arange(kSide, at::kByte).unsqueeze(0).expand({kSide, kSide});
  SampleStore store;
  add_to(store, torch::stack({y, x, torch::zeros_like(y)}, 2).contiguous(), mask);
  add_to(store, torch::stack({y, x, torch::zeros_like(y)}, 2).contiguous(), torch::zeros_like(mask));
  const auto begins = [&](int64_t image, int64_t sample, double share) {
    const Batch batch = gather(store, {image}, {.size = kSize, .on_cells = share}, key_of(0), torch::kCPU, {sample});
    const uint8_t* first = batch.pixels.const_data_ptr<uint8_t>();
    CHECK(batch.masks[0][0].equal(image == 1 ? torch::zeros({kSize, kSize}, at::kByte)
                                             : mask.narrow(0, first[0], kSize).narrow(1, first[kSize * kSize], kSize)));
    return std::pair<int64_t, int64_t>(first[0], first[kSize * kSize]);
  };
  const std::vector<std::pair<int64_t, int64_t>> places{{49 - 16, 39 - 16}, {0, kSide - kSize}, {70 - 16, 70 - 16}};
  std::vector<int64_t> counts(3), mixed(2);
  std::set<std::pair<int64_t, int64_t>> without;
  for (int64_t sample = 0; sample < 3000; ++sample) {
    const auto place = std::find(places.begin(), places.end(), begins(0, sample, 1));
    REQUIRE(place != places.end());
    ++counts.at(static_cast<size_t>(place - places.begin()));
    ++mixed.at(std::find(places.begin(), places.end(), begins(0, sample, 0.5)) == places.end() ? 1 : 0);
    without.insert(begins(1, sample, 1));
  }
  require_equally_often(counts);
  require_equally_often(mixed);  // one place of 4225 is a cell's by chance
  CHECK(without.size() > 1000);
}

}  // namespace acinus::test

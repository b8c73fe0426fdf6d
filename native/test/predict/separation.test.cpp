#include <ATen/Parallel.h>

#include <cmath>
#include <numeric>
#include <random>

#include "core/image/depth.h"
#include "core/ops/distance.h"
#include "test/predict/separation_reference.h"

namespace acinus::test {

namespace {

std::vector<int32_t> fast(const Scene& scene, double threshold, const SeparationOptions& options) {
  std::vector<uint8_t> mask(scene.probability.size());
  std::vector<int32_t> labels(mask.size());
  const int32_t count =
      separate(scene.probability.data(), scene.height, scene.width, threshold, options, mask.data(), labels.data());
  CHECK(count == *std::max_element(labels.begin(), labels.end()));
  for (size_t i = 0; i < mask.size(); ++i) REQUIRE(mask[i] == (labels[i] != 0 ? 1 : 0));
  return labels;
}

// Soft discs that touch, some of equal probability throughout, or noise.
Scene scene(std::mt19937& random, int kind) {
  const auto below = [&](int64_t least, int64_t most) { return std::uniform_int_distribution<int64_t>(least, most)(random); };
  Scene out{below(1, 45), below(1, 45), {}};
  out.probability.assign(static_cast<size_t>(out.height * out.width), 0.1F);
  std::uniform_real_distribution<float> noise(0, 1);
  if (kind == 0) {
    for (float& p : out.probability) p = noise(random);
    return out;
  }
  for (int64_t disc = 0; disc < 12; ++disc) {
    const auto cx = static_cast<double>(below(0, out.width)), cy = static_cast<double>(below(0, out.height));
    const auto radius = static_cast<double>(below(1, 9));
    for (int64_t y = 0; y < out.height; ++y) {
      for (int64_t x = 0; x < out.width; ++x) {
        const double d = std::hypot(static_cast<double>(x) - cx, static_cast<double>(y) - cy);
        float& p = out.probability[static_cast<size_t>(y * out.width + x)];
        if (d <= radius) p = kind == 1 ? 0.9F : std::max(p, static_cast<float>(1 - 0.5 * d / radius) - 0.1F * noise(random));
        if (kind == 2 && d < radius / 4) p = 0.2F;
      }
    }
  }
  return out;
}

}  // namespace

TEST_CASE("cells are told apart as the plain definition does it, on random scenes and with any number of threads",
          "[predict]") {
  std::random_device entropy;
  const auto seed = entropy();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const int threads = at::get_num_threads();
  int64_t cells = 0;
  for (int round = 0; round < 60; ++round) {
    const Scene one = scene(random, round % 3);
    const SeparationOptions options{.watershed = round % 5 != 4,
                                    .h = std::vector{0.0, 0.3, 0.75, 1.0, 2.0, 5.0}[static_cast<size_t>(round) % 6],
                                    .probability_weight = std::vector{0.0, 4.0, 10.0, 0.5}[static_cast<size_t>(round) % 4],
                                    .minimum_size = round % 4 == 0 ? 6 : 0,
                                    .fill_holes = round % 2 == 0 ? 12 : 0};
    const std::vector<int32_t> expected = separated(one, 0.5, options);
    cells += *std::max_element(expected.begin(), expected.end());
    for (const int count : {1, 3}) {
      at::set_num_threads(count);
      const std::vector<int32_t> found = fast(one, 0.5, options);
      INFO("round " << round << ", " << one.height << " × " << one.width << ", " << count << " threads");
      CHECK(found == expected);
    }
  }
  at::set_num_threads(threads);
  CHECK(cells > 300);
}

TEST_CASE("the depth inside of a mask is the distance transform, and 0 where nothing lies outside", "[image]") {
  std::mt19937 random(std::random_device{}());
  for (int round = 0; round < 40; ++round) {
    const auto height = static_cast<int64_t>(1 + random() % 70), width = static_cast<int64_t>(1 + random() % 210);
    std::vector<uint8_t> mask(static_cast<size_t>(height * width));
    for (uint8_t& one : mask) one = random() % 100 < (round % 4 == 0 ? 100U : 97U) ? 1 : 0;
    std::vector<float> depth(mask.size(), -1);
    depth_inside(mask.data(), height, width, depth.data());
    const std::vector<float> expected = distance_transform(mask.data(), height, width);
    for (size_t i = 0; i < mask.size(); ++i) REQUIRE(depth[i] == (std::isinf(expected[i]) ? 0 : expected[i]));
  }
}

TEST_CASE("two touching discs are two cells, a dumbbell's bar is divided in its middle", "[predict]") {
  Scene bar{9, 31, std::vector<float>(9 * 31, 0)};
  for (int64_t y = 0; y < 9; ++y) {
    for (int64_t x = 0; x < 31; ++x) {
      const bool disc = std::hypot(y - 4.0, x - 4.0) <= 4 || std::hypot(y - 4.0, x - 26.0) <= 4;
      bar.probability[static_cast<size_t>(y * 31 + x)] = disc || (y > 2 && y < 6 && x > 4 && x < 26) ? 1 : 0;
    }
  }
  const std::vector<int32_t> labels =
      fast(bar, 0.5, {.watershed = true, .h = 1, .probability_weight = 0, .minimum_size = 0, .fill_holes = 0});
  CHECK(*std::max_element(labels.begin(), labels.end()) == 2);
  const auto row = labels.begin() + 4 * 31;
  CHECK(std::abs(std::count(row, row + 31, 1) - std::count(row, row + 31, 2)) <= 1);
}

}  // namespace acinus::test

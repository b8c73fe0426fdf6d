#include "core/predict/separation.h"

#include <memory>
#include <vector>

#include "core/image/components.h"
#include "core/image/depth.h"
#include "core/image/fill_holes.h"
#include "core/image/watershed.h"
#include "core/ops/parts.h"

namespace acinus {

namespace {

// body(pixel) on several threads
template <class Body>
void each_pixel(int64_t pixels, Body&& body) {
  ops::Parts(pixels, 1 << 16).each([&](int64_t, ops::Range range) {
    for (int64_t i = range.begin; i < range.end; ++i) body(i);
  });
}

int32_t without_small(int64_t pixels, int32_t count, int64_t minimum_size, uint8_t* mask, int32_t* labels) {
  std::vector<int64_t> areas(static_cast<size_t>(count) + 1, 0);
  for (int64_t i = 0; i < pixels; ++i) ++areas[static_cast<size_t>(labels[i])];
  std::vector<int32_t> numbers(areas.size(), 0);
  int32_t kept = 0;
  for (size_t label = 1; label < areas.size(); ++label) {
    if (areas[label] >= minimum_size) numbers[label] = ++kept;
  }
  if (kept == count) return count;
  for (int64_t i = 0; i < pixels; ++i) {
    labels[i] = numbers[static_cast<size_t>(labels[i])];
    mask[i] = labels[i] != 0 ? 1 : 0;
  }
  return kept;
}

}  // namespace

int32_t separate(const float* probability, int64_t height, int64_t width, double threshold, const SeparationOptions& options,
                 uint8_t* mask, int32_t* labels) {
  const int64_t pixels = height * width;
  each_pixel(pixels, [&](int64_t i) { mask[i] = static_cast<double>(probability[i]) >= threshold ? 1 : 0; });
  if (options.fill_holes > 0) fill_holes(mask, height, width, options.fill_holes);
  int32_t count = 0;
  if (options.watershed) {
    const auto landscape = std::make_unique_for_overwrite<float[]>(static_cast<size_t>(pixels));
    depth_inside(mask, height, width, landscape.get());
    const auto weight = static_cast<float>(options.probability_weight);
    if (weight != 0) each_pixel(pixels, [&](int64_t i) { landscape[i] += weight * probability[i]; });
    count = watershed(mask, landscape.get(), height, width, options.h, labels);
  } else {
    count = label_components(mask, height, width, labels);
  }
  return options.minimum_size > 1 ? without_small(pixels, count, options.minimum_size, mask, labels) : count;
}

}  // namespace acinus

#include "core/eval/boundary.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/eval/counted.h"
#include "core/eval/statistics.h"
#include "core/ops/distance.h"

namespace acinus {

namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr int64_t kSquaredTolerance = static_cast<int64_t>(kBoundaryTolerance * kBoundaryTolerance);
constexpr int64_t kSquaredReach = static_cast<int64_t>(kShiftReach * kShiftReach);

std::vector<double> distances_at(const std::vector<uint8_t>& points, const std::vector<int64_t>& squared) {
  std::vector<double> out;
  for (size_t i = 0; i < points.size(); ++i) {
    if (points[i] != 0) out.push_back(std::sqrt(static_cast<double>(squared[i])));
  }
  return out;
}

double share_within(const std::vector<double>& distances) {
  const auto near = std::count_if(distances.begin(), distances.end(), [](double d) { return d <= kBoundaryTolerance; });
  return static_cast<double>(near) / static_cast<double>(distances.size());
}

double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

bool any(const std::vector<uint8_t>& points) {
  return std::any_of(points.begin(), points.end(), [](uint8_t p) { return p != 0; });
}

double error_share(const uint8_t* prediction, const uint8_t* truth, const std::vector<int64_t>& to_truth) {
  int64_t errors = 0, near = 0;
  for (size_t i = 0; i < to_truth.size(); ++i) {
    if ((prediction[i] != 0) == (truth[i] != 0)) continue;
    ++errors;
    near += to_truth[i] >= 0 && to_truth[i] <= kSquaredTolerance;
  }
  return errors == 0 ? kUndefined : static_cast<double>(near) / static_cast<double>(errors);
}

double outline_shift(const std::vector<uint8_t>& outline, const uint8_t* truth, const std::vector<int64_t>& to_truth) {
  double total = 0;
  int64_t count = 0;
  for (size_t i = 0; i < outline.size(); ++i) {
    if (outline[i] == 0 || to_truth[i] > kSquaredReach) continue;
    ++count;
    total += std::sqrt(static_cast<double>(to_truth[i])) * (truth[i] != 0 ? -1 : 1);
  }
  return count == 0 ? kUndefined : total / static_cast<double>(count);
}

}  // namespace

std::vector<uint8_t> boundary_pixels(const uint8_t* mask, int64_t height, int64_t width) {
  std::vector<uint8_t> out(static_cast<size_t>(height * width), 0);
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      const int64_t i = y * width + x;
      if (mask[i] == 0) continue;
      const bool inside = y > 0 && y + 1 < height && x > 0 && x + 1 < width && mask[i - width] != 0 && mask[i + width] != 0 &&
                          mask[i - 1] != 0 && mask[i + 1] != 0;
      out[i] = inside ? 0 : 1;
    }
  }
  return out;
}

std::vector<int64_t> squared_distance_to(const std::vector<uint8_t>& points, int64_t height, int64_t width) {
  std::vector<uint8_t> inverse(points.size());
  std::transform(points.begin(), points.end(), inverse.begin(), [](uint8_t p) { return p == 0 ? 1 : 0; });
  return squared_distance_transform(inverse.data(), height, width);
}

BoundaryScores boundary_scores(const uint8_t* prediction, const uint8_t* truth, int64_t height, int64_t width) {
  const int64_t pixels = height * width;
  const bool ignoring = ignored_pixels(truth, pixels) > 0;
  const std::vector<uint8_t> whole = ignoring ? completed(truth, prediction, pixels) : std::vector<uint8_t>();
  const uint8_t* const cells = ignoring ? whole.data() : truth;
  std::vector<uint8_t> predicted = boundary_pixels(prediction, height, width), real = boundary_pixels(cells, height, width);
  const std::vector<int64_t> to_truth = squared_distance_to(real, height, width);

  BoundaryScores out{.f1 = 0,
                     .mean_distance = kUndefined,
                     .hd95 = kUndefined,
                     .error_share = error_share(prediction, cells, to_truth),
                     .shift = kUndefined};
  const std::vector<uint8_t> all_predicted = predicted;
  if (ignoring) {
    predicted = cleared(predicted.data(), truth, pixels);
    real = cleared(real.data(), truth, pixels);
  }
  const bool has_prediction = any(predicted), has_truth = any(real);
  if (!has_prediction && !has_truth) out.f1 = kUndefined;
  if (!has_prediction || !has_truth) return out;

  const std::vector<double> forward = distances_at(predicted, to_truth);
  const std::vector<double> backward = distances_at(real, squared_distance_to(all_predicted, height, width));
  const double precision = share_within(forward), recall = share_within(backward);
  out.f1 = precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
  out.mean_distance = (sum(forward) + sum(backward)) / static_cast<double>(forward.size() + backward.size());
  out.hd95 = std::max(percentile(forward, 0.95), percentile(backward, 0.95));
  out.shift = outline_shift(predicted, truth, to_truth);
  return out;
}

}  // namespace acinus

#include "core/eval/objects.h"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace acinus {

namespace {

constexpr int64_t kNearCentres = 4;  // px between the centres of the nearest pixels of cells that are 3 px apart

double ratio(double numerator, int64_t denominator) {
  return denominator == 0 ? std::numeric_limits<double>::quiet_NaN() : numerator / static_cast<double>(denominator);
}

using Pair = std::pair<int32_t, int32_t>;

struct Overlap {
  int32_t truth, predicted;
  int64_t shared;  // px
};

// Every true and predicted component that share pixels, in order.
std::vector<Overlap> overlaps(const Components& truth, const Components& predicted) {
  std::unordered_map<uint64_t, int64_t> shared;
  uint64_t last = 0;
  int64_t run = 0;  // along a row the pair mostly stays the same
  for (size_t i = 0; i < truth.labels.size(); ++i) {
    if (truth.labels[i] == 0 || predicted.labels[i] == 0) continue;
    const uint64_t key = (static_cast<uint64_t>(truth.labels[i]) << 32) | static_cast<uint32_t>(predicted.labels[i]);
    if (key != last) {
      if (run > 0) shared[last] += run;
      last = key;
      run = 0;
    }
    ++run;
  }
  if (run > 0) shared[last] += run;
  std::vector<Overlap> out;
  out.reserve(shared.size());
  for (const auto& [key, pixels] : shared) {
    out.push_back({static_cast<int32_t>(key >> 32), static_cast<int32_t>(key & 0xffffffffU), pixels});
  }
  std::sort(out.begin(), out.end(), [](const Overlap& a, const Overlap& b) {
    return std::pair(a.truth, a.predicted) < std::pair(b.truth, b.predicted);
  });
  return out;
}

void keep_distinct(std::vector<Pair>& pairs) {
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
}

// Pairs of labels whose nearest pixel centres are less than kNearCentres apart.
std::vector<Pair> near_pairs(const std::vector<int32_t>& labels, int64_t height, int64_t width) {
  std::vector<Pair> out;
  size_t limit = 4096;
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      const int32_t here = labels[y * width + x];
      if (here == 0) continue;
      for (int64_t dy = 0; dy < kNearCentres && y + dy < height; ++dy) {
        for (int64_t dx = -kNearCentres + 1; dx < kNearCentres; ++dx) {
          if (x + dx < 0 || x + dx >= width || dy * dy + dx * dx >= kNearCentres * kNearCentres) continue;
          const int32_t there = labels[(y + dy) * width + x + dx];
          if (there != 0 && there != here) out.emplace_back(std::min(here, there), std::max(here, there));
        }
      }
    }
    // A pair repeats for every pixel along its gap.
    if (out.size() > limit) {
      keep_distinct(out);
      limit = std::max(limit, 2 * out.size());
    }
  }
  keep_distinct(out);
  return out;
}

}  // namespace

ObjectCounts& ObjectCounts::operator+=(const ObjectCounts& other) {
  truth += other.truth;
  predicted += other.predicted;
  matched += other.matched;
  matched_iou += other.matched_iou;
  merged += other.merged;
  split += other.split;
  small_truth += other.small_truth;
  small_matched += other.small_matched;
  lesions += other.lesions;
  lesions_matched += other.lesions_matched;
  near_pairs += other.near_pairs;
  near_merged += other.near_merged;
  for (size_t limit = 0; limit < kPrecisionLimits; ++limit) matched_at[limit] += other.matched_at[limit];
  joint_shared += other.joint_shared;
  joint_united += other.joint_united;
  return *this;
}

namespace {

// The sums of the aggregated Jaccard index.
void count_joint(const std::vector<Overlap>& pairs, const Components& predicted, const Components& truth, ObjectCounts& out) {
  std::vector<bool> in_pair(static_cast<size_t>(predicted.count) + 1);
  std::vector<bool> found(static_cast<size_t>(truth.count) + 1);
  const auto united = [&](const Overlap& pair) {
    return truth.areas[pair.truth - 1] + predicted.areas[pair.predicted - 1] - pair.shared;
  };
  for (auto first = pairs.begin(); first != pairs.end();) {
    auto best = first;
    auto last = first;
    for (; last != pairs.end() && last->truth == first->truth; ++last) {
      if (last->shared * united(*best) > best->shared * united(*last)) best = last;
    }
    out.joint_shared += best->shared;
    out.joint_united += united(*best);
    found[best->truth] = in_pair[best->predicted] = true;
    first = last;
  }
  for (int32_t t = 1; t <= truth.count; ++t) out.joint_united += found[t] ? 0 : truth.areas[t - 1];
  for (int32_t p = 1; p <= predicted.count; ++p) out.joint_united += in_pair[p] ? 0 : predicted.areas[p - 1];
}

struct Matching {
  ObjectCounts counts;
  CellFates fates;
  std::vector<std::vector<int32_t>> coverers;  // of each true label: the predictions that it lies in
};

Matching match(const Components& predicted, const Components& truth) {
  Matching out;
  ObjectCounts& counts = out.counts;
  counts.truth = truth.count;
  counts.predicted = predicted.count;
  const auto pixels = static_cast<int64_t>(truth.labels.size());
  const auto is_lesion = [pixels](int64_t area) { return area * kLesionShare < pixels; };
  counts.small_truth = std::count_if(truth.areas.begin(), truth.areas.end(), [](int64_t area) { return area < kSmallObject; });
  counts.lesions = std::count_if(truth.areas.begin(), truth.areas.end(), is_lesion);

  out.coverers.assign(static_cast<size_t>(truth.count) + 1, {});
  out.fates.truth.resize(static_cast<size_t>(truth.count));
  out.fates.predicted.resize(static_cast<size_t>(predicted.count));
  const std::vector<Overlap> pairs = overlaps(truth, predicted);
  for (const auto& [t, p, shared] : pairs) {
    const int64_t true_area = truth.areas[t - 1], predicted_area = predicted.areas[p - 1];
    const int64_t united = true_area + predicted_area - shared;
    const double iou = static_cast<double>(shared) / static_cast<double>(united);
    CellFate &real = out.fates.truth[t - 1], &found = out.fates.predicted[p - 1];
    real.iou = std::max(real.iou, iou);
    found.iou = std::max(found.iou, iou);
    if (2 * shared >= united && real.partner == 0 && found.partner == 0) {
      real.partner = p;
      found.partner = t;
      ++counts.matched;
      counts.matched_iou += iou;
      counts.small_matched += true_area < kSmallObject;
      counts.lesions_matched += is_lesion(true_area);
      for (size_t limit = 0; limit < kPrecisionLimits; ++limit) {
        counts.matched_at[limit] += 20 * shared >= static_cast<int64_t>(10 + limit) * united;
      }
    }
    if (2 * shared >= true_area) {
      out.coverers[t].push_back(p);
      ++found.holds;
    }
    if (2 * shared >= predicted_area) ++real.holds;
  }
  for (const auto& [t, p, shared] : pairs) {
    CellFate &real = out.fates.truth[t - 1], &found = out.fates.predicted[p - 1];
    if (2 * shared >= truth.areas[t - 1]) real.beside = std::max(real.beside, found.holds);
    if (2 * shared >= predicted.areas[p - 1]) found.beside = std::max(found.beside, real.holds);
  }
  const auto several = [](const CellFate& fate) { return fate.holds >= 2; };
  counts.merged = std::count_if(out.fates.predicted.begin(), out.fates.predicted.end(), several);
  counts.split = std::count_if(out.fates.truth.begin(), out.fates.truth.end(), several);
  count_joint(pairs, predicted, truth, counts);
  return out;
}

}  // namespace

ObjectCounts match_objects(const Components& predicted, const Components& truth) { return match(predicted, truth).counts; }

CellFates judge_cells(const Components& predicted, const Components& truth) { return match(predicted, truth).fates; }

ObjectCounts count_objects(const Components& predicted, const Components& truth, int64_t height, int64_t width) {
  Matching matching = match(predicted, truth);
  ObjectCounts& out = matching.counts;
  const auto& coverers = matching.coverers;
  const std::vector<Pair> near = near_pairs(truth.labels, height, width);
  out.near_pairs = static_cast<int64_t>(near.size());
  out.near_merged = std::count_if(near.begin(), near.end(), [&coverers](const Pair& pair) {
    const auto &first = coverers[pair.first], &second = coverers[pair.second];
    return std::find_first_of(first.begin(), first.end(), second.begin(), second.end()) != first.end();
  });
  return out;
}

ObjectScores object_scores(const ObjectCounts& c, double empty_score) {
  ObjectScores out{.truth = c.truth, .predicted = c.predicted, .matched = c.matched};
  out.missed = c.truth - c.matched;
  out.phantom = c.predicted - c.matched;
  out.merged = c.merged;
  out.split = c.split;
  if (c.truth + c.predicted == 0) {
    out.precision = out.recall = out.f1 = out.panoptic_quality = empty_score;
    out.average_precision = out.aggregated_jaccard = empty_score;
  } else {
    const auto matched = static_cast<double>(c.matched);
    out.precision = ratio(matched, c.predicted);
    out.recall = ratio(matched, c.truth);
    out.f1 = ratio(2 * matched, c.truth + c.predicted);
    out.panoptic_quality = ratio(2 * c.matched_iou, c.truth + c.predicted);  // = Σ IoU / (matched + missed/2 + phantom/2)
    for (const int64_t at : c.matched_at) {
      out.average_precision +=
          ratio(static_cast<double>(at), c.truth + c.predicted - at) / static_cast<double>(kPrecisionLimits);
    }
    out.aggregated_jaccard = ratio(static_cast<double>(c.joint_shared), c.joint_united);
  }
  out.small_recall = ratio(static_cast<double>(c.small_matched), c.small_truth);
  out.large_recall = ratio(static_cast<double>(c.matched - c.small_matched), c.truth - c.small_truth);
  out.merge_rate = ratio(static_cast<double>(c.near_merged), c.near_pairs);
  out.small = c.small_truth;
  out.small_matched = c.small_matched;
  out.lesions = c.lesions;
  out.lesions_matched = c.lesions_matched;
  out.lesion_recall = ratio(static_cast<double>(c.lesions_matched), c.lesions);
  return out;
}

}  // namespace acinus

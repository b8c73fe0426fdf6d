#include "core/eval/summary.h"

#include <cmath>
#include <limits>

#include "core/eval/bootstrap.h"
#include "core/eval/boundary.h"
#include "core/eval/confusion.h"
#include "core/eval/counted.h"
#include "core/eval/statistics.h"

namespace acinus {

namespace {

Confusion confusion_of(const ImageScores& s) { return {.tp = s.tp, .fp = s.fp, .fn = s.fn, .tn = s.tn}; }

struct PixelMeans {
  DefinedMean dice, iou, precision, recall, specificity;

  void add(const PixelScores& s) {
    dice.add(s.dice);
    iou.add(s.iou);
    precision.add(s.precision);
    recall.add(s.recall);
    specificity.add(s.specificity);
  }
  PixelScores value() const { return {dice.value(), iou.value(), precision.value(), recall.value(), specificity.value()}; }
  int64_t undefined() const {
    return dice.undefined() + iou.undefined() + precision.undefined() + recall.undefined() + specificity.undefined();
  }
};

struct BoundaryMeans {
  DefinedMean f1, mean_distance, hd95, error_share, shift;

  void add(const BoundaryScores& s) {
    f1.add(s.f1);
    mean_distance.add(s.mean_distance);
    hd95.add(s.hd95);
    error_share.add(s.error_share);
    shift.add(s.shift);
  }
  BoundaryScores value() const { return {f1.value(), mean_distance.value(), hd95.value(), error_share.value(), shift.value()}; }
  int64_t undefined() const {
    return f1.undefined() + mean_distance.undefined() + hd95.undefined() + error_share.undefined() + shift.undefined();
  }
};

void mark_outliers(std::vector<ImageScores>& images) {
  for (const bool with_cells : {false, true}) {
    std::vector<ImageScores*> group;
    std::vector<double> dice;
    for (ImageScores& image : images) {
      if (image.has_cells != with_cells || std::isnan(image.pixel.dice)) continue;
      group.push_back(&image);
      dice.push_back(image.pixel.dice);
    }
    const std::vector<bool> outliers = robust_outliers(dice);
    for (size_t i = 0; i < group.size(); ++i) group[i]->outlier = outliers[i];
  }
}

void add_intervals(Evaluation& out, const SummaryOptions& options) {
  const std::vector<ImageScores>& images = out.per_image_scores;
  std::vector<double> with_cells;
  for (const ImageScores& image : images) {
    if (image.has_cells) with_cells.push_back(image.pixel.dice);
  }
  const BootstrapOptions bootstrap_options{.rounds = options.measure.pixel_only ? 0 : options.bootstrap_rounds,
                                           .seed = options.seed};
  const auto interval = [&](size_t count, const auto& statistic) {
    return bootstrap(static_cast<int64_t>(count), bootstrap_options, statistic);
  };
  const auto mean = [](const std::vector<int64_t>& indices, const auto& value) {
    DefinedMean out;
    for (const int64_t i : indices) out.add(value(i));
    return out.value();
  };
  const auto micro = [&](const std::vector<int64_t>& indices) {
    Confusion sum;
    for (const int64_t i : indices) sum += confusion_of(images[i]);
    return pixel_scores(sum, options.measure.empty_score);
  };
  using Indices = std::vector<int64_t>;
  out.dice_per_image = interval(
      images.size(), [&](const Indices& drawn) { return mean(drawn, [&](int64_t i) { return images[i].pixel.dice; }); });
  out.dice_with_cells =
      interval(with_cells.size(), [&](const Indices& drawn) { return mean(drawn, [&](int64_t i) { return with_cells[i]; }); });
  out.dice_micro = interval(images.size(), [&](const Indices& drawn) { return micro(drawn).dice; });
  out.iou_micro = interval(images.size(), [&](const Indices& drawn) { return micro(drawn).iou; });
}

}  // namespace

Measurement measure(const uint8_t* prediction, const uint8_t* truth, const uint8_t* channels, int64_t height, int64_t width,
                    const MeasureOptions& options, const int32_t* instances, const int32_t* cells) {
  Measurement out;
  const int64_t pixels = height * width, ignored = ignored_pixels(truth, pixels);
  std::vector<uint8_t> counted_prediction, counted_truth;
  if (ignored > 0) {
    counted_prediction = cleared(prediction, truth, pixels);
    counted_truth = cleared(truth, truth, pixels);
  }
  const uint8_t* const true_cells = ignored > 0 ? counted_truth.data() : truth;
  Confusion counts = confusion(ignored > 0 ? counted_prediction.data() : prediction, true_cells, pixels);
  counts.tn -= ignored;
  // An image of which nothing counts has no score.
  const double empty_score = ignored == pixels ? std::numeric_limits<double>::quiet_NaN() : options.empty_score;
  out.scores.has_cells = counts.tp + counts.fn > 0;
  out.scores.tp = counts.tp;
  out.scores.fp = counts.fp;
  out.scores.fn = counts.fn;
  out.scores.tn = counts.tn;
  out.scores.pixel = pixel_scores(counts, empty_score);
  if (options.pixel_only) return out;
  out.scores.boundary = boundary_scores(prediction, truth, height, width);
  const auto components = [&](const int32_t* labels, const uint8_t* mask) {
    return labels != nullptr ? components_of(labels, pixels) : connected_components(mask, height, width);
  };
  Components predicted = components(cells, prediction);
  const Components real = components(instances, true_cells);
  if (ignored > 0) {
    out.objects = count_objects(counted_part(predicted, truth, /*drop_mostly=*/true), real, height, width);
    predicted = counted_part(predicted, truth, /*drop_mostly=*/false);
  } else {
    out.objects = count_objects(predicted, real, height, width);
  }
  out.scores.objects = object_scores(out.objects, empty_score);
  out.causes = count_causes(predicted, real, channels, height, width);
  return out;
}

Evaluation summarize(const std::vector<Measurement>& images, const SummaryOptions& options) {
  Evaluation out;
  out.threshold = options.threshold;
  Confusion sum;
  PixelMeans all, with_cells;
  BoundaryMeans boundary;
  ObjectCounts objects;
  CauseCounts causes;
  for (const Measurement& image : images) {
    ++out.images;
    sum += confusion_of(image.scores);
    all.add(image.scores.pixel);
    if (image.scores.has_cells) {
      ++out.images_with_cells;
      with_cells.add(image.scores.pixel);
    }
    boundary.add(image.scores.boundary);
    objects += image.objects;
    causes += image.causes;
    out.certainty += image.certainty;
    out.per_image_scores.push_back(image.scores);
  }
  out.micro = pixel_scores(sum, options.measure.empty_score);
  out.per_image = all.value();
  out.per_image_with_cells = with_cells.value();
  out.undefined = all.undefined();
  mark_outliers(out.per_image_scores);
  add_intervals(out, options);
  if (options.measure.pixel_only) return out;
  out.boundary = boundary.value();
  out.undefined += boundary.undefined();
  out.objects = object_scores(objects, options.measure.empty_score);
  out.causes = error_causes(causes);
  return out;
}

}  // namespace acinus

#include "core/eval/scorer.h"

#include "core/error.h"
#include "core/eval/counted.h"

namespace acinus {

namespace {

// ACINUS_MISSING_MASK, ACINUS_SIZE_MISMATCH
const Sample& sample_of_size(const SampleStore& store, int64_t index, int64_t height, int64_t width) {
  const Sample& sample = store.at(index);
  if (!sample.mask.defined()) {
    throw Error("ACINUS_MISSING_MASK", "Image " + std::to_string(index) + " has no mask to compare with.",
                {.value = static_cast<double>(index)});
  }
  const int64_t rows = sample.image.size(1), columns = sample.image.size(2);
  if (rows == height && columns == width) return sample;
  throw Error("ACINUS_SIZE_MISMATCH", "The prediction has " + std::to_string(height) + "×" + std::to_string(width) +
                                          " pixels and its image " + std::to_string(rows) + "×" + std::to_string(columns) +
                                          ".");
}

const int32_t* instances_of(const Sample& sample) {
  return sample.instances.defined() ? sample.instances.const_data_ptr<int32_t>() : nullptr;
}

Measurement measure_sample(const Sample& sample, const uint8_t* mask, const int32_t* cells, double empty_score) {
  return measure(mask, sample.mask.const_data_ptr<uint8_t>(), sample.image.const_data_ptr<uint8_t>(), sample.image.size(1),
                 sample.image.size(2), {.pixel_only = false, .empty_score = empty_score}, instances_of(sample), cells);
}

// judge_cells as count_objects scores them: predicted cells without their pixels that do not count, and those of which more
// than half does not count not at all. truth_mask: bytes in {0, 1, kIgnored}.
CellFates judge_counted(const Components& predicted, const Components& truth, const uint8_t* truth_mask) {
  const Components counted = counted_part(predicted, truth_mask, /*drop_mostly=*/true);
  std::vector<int32_t> number(predicted.areas.size()), former(counted.areas.size());  // counted label of a label, and back
  for (size_t i = 0; i < counted.labels.size(); ++i) {
    if (counted.labels[i] == 0) continue;
    number[static_cast<size_t>(predicted.labels[i] - 1)] = counted.labels[i];
    former[static_cast<size_t>(counted.labels[i] - 1)] = predicted.labels[i];
  }
  CellFates out = judge_cells(counted, truth);
  const std::vector<CellFate> judged = std::move(out.predicted);
  out.predicted.clear();
  for (const int32_t label : number) {
    out.predicted.push_back(label == 0 ? CellFate{.partner = CellFate::kUncounted} : judged[static_cast<size_t>(label - 1)]);
  }
  for (CellFate& fate : out.truth) {
    if (fate.partner > 0) fate.partner = former[static_cast<size_t>(fate.partner - 1)];
  }
  return out;
}

}  // namespace

void Scorer::add(const SampleStore& store, int64_t index, const std::vector<int32_t>& labels, int64_t height, int64_t width,
                 bool told_apart, double empty_score) {
  const Sample& sample = sample_of_size(store, index, height, width);
  if (static_cast<int64_t>(labels.size()) != height * width) {
    throw Error("ACINUS_SIZE_MISMATCH", "The prediction has " + std::to_string(labels.size()) + " labels for " +
                                            std::to_string(height * width) + " pixels.");
  }
  std::vector<uint8_t> mask(labels.size());
  for (size_t i = 0; i < mask.size(); ++i) mask[i] = labels[i] != 0 ? 1 : 0;
  keep(measure_sample(sample, mask.data(), told_apart ? labels.data() : nullptr, empty_score), index);
}

ScoredCells Scorer::add_found(const SampleStore& store, int64_t index, const FoundCells& found, double empty_score) {
  const auto& [probability, mask, labels, height, width] = found;
  const Sample& sample = sample_of_size(store, index, height, width);
  const auto* truth_mask = sample.mask.const_data_ptr<uint8_t>();
  Measurement measured = measure_sample(sample, mask, labels, empty_score);
  measured.certainty = count_certainty(probability, truth_mask, height * width);
  const int64_t pixels = height * width;
  const int32_t* instances = instances_of(sample);
  const Components truth = instances != nullptr
                               ? components_of(instances, pixels)
                               : connected_components(cleared(truth_mask, truth_mask, pixels).data(), height, width);
  const Components predicted = components_of(labels, pixels);
  ScoredCells out{.truth = measure_cells(truth.labels.data(), probability, height, width, truth.count),
                  .fates = ignored_pixels(truth_mask, pixels) == 0 ? judge_cells(predicted, truth)
                                                                   : judge_counted(predicted, truth, truth_mask)};
  keep(std::move(measured), index);
  return out;
}

void Scorer::keep(Measurement measured, int64_t index) {
  measured.scores.index = index;
  const std::lock_guard lock(mutex_);
  measurements_.push_back(std::move(measured));
}

Evaluation Scorer::summary(const SummaryOptions& options) const {
  const std::lock_guard lock(mutex_);
  if (measurements_.empty()) throw Error("ACINUS_EMPTY_SET", "There are no images to evaluate.");
  return summarize(measurements_, options);
}

}  // namespace acinus

#include "core/eval/scorer.h"

#include "core/error.h"

namespace acinus {

void Scorer::add(const SampleStore& store, int64_t index, const std::vector<int32_t>& labels, int64_t height, int64_t width,
                 bool told_apart, double empty_score) {
  const Sample& sample = store.at(index);
  if (!sample.mask.defined()) {
    throw Error("ACINUS_MISSING_MASK", "Image " + std::to_string(index) + " has no mask to compare with.",
                {.value = static_cast<double>(index)});
  }
  const int64_t rows = sample.image.size(1), columns = sample.image.size(2);
  if (rows != height || columns != width || static_cast<int64_t>(labels.size()) != height * width) {
    throw Error("ACINUS_SIZE_MISMATCH", "The prediction has " + std::to_string(height) + "×" + std::to_string(width) +
                                            " pixels and its image " + std::to_string(rows) + "×" + std::to_string(columns) +
                                            ".");
  }
  std::vector<uint8_t> mask(labels.size());
  for (size_t i = 0; i < mask.size(); ++i) mask[i] = labels[i] != 0 ? 1 : 0;
  Measurement measured = measure(mask.data(), sample.mask.const_data_ptr<uint8_t>(), sample.image.const_data_ptr<uint8_t>(),
                                 height, width, {.pixel_only = false, .empty_score = empty_score},
                                 sample.instances.defined() ? sample.instances.const_data_ptr<int32_t>() : nullptr,
                                 told_apart ? labels.data() : nullptr);
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

#include "core/eval/candidates.h"

#include <exception>
#include <limits>

#include "core/error.h"
#include "core/eval/batches.h"
#include "core/eval/counted.h"
#include "core/eval/objects.h"
#include "core/ops/parts.h"
#include "core/predict/predictor.h"

namespace acinus {

namespace {

ObjectCounts counts_by(const CellRule& rule, const Tensor& probability, const Components& truth, const Tensor& counted) {
  const int64_t height = probability.size(0), width = probability.size(1);
  std::vector<uint8_t> mask(static_cast<size_t>(height * width));
  std::vector<int32_t> labels(mask.size());
  separate(probability.const_data_ptr<float>(), height, width, rule.threshold, rule.separation, mask.data(), labels.data());
  const Components predicted = components_of(labels.data(), height * width);
  if (!counted.defined()) return match_objects(predicted, truth);
  return match_objects(counted_part(predicted, counted.const_data_ptr<uint8_t>(), /*drop_mostly=*/true), truth);
}

Components true_cells(const Sample& sample) {
  const int64_t height = sample.image.size(1), width = sample.image.size(2);
  if (sample.instances.defined()) return components_of(sample.instances.const_data_ptr<int32_t>(), height * width);
  const auto* truth = sample.mask.const_data_ptr<uint8_t>();
  if (!sample.ignoring) return connected_components(truth, height, width);
  return connected_components(cleared(truth, truth, height * width).data(), height, width);
}

}  // namespace

void ProbabilitySet::add(const Members& members, const SampleStore& store, const std::vector<int64_t>& indices,
                         const EvaluateOptions& options, std::stop_token stop,
                         const std::function<void(int64_t, int64_t)>& progress) {
  const auto batches = equal_size_batches(store, indices, options.batch_size);
  const InferenceScopes scopes(members, options.precision);
  int64_t done = 0;
  for (const auto& positions : batches) {
    if (stop.stop_requested()) throw Error("ACINUS_ABORTED", "The evaluation was stopped.");
    const StackedSamples batch = stack_samples(store, indices, positions);
    const Tensor found = mean_probabilities(members, batch.pixels, tiling_of(options), stop).contiguous();
    for (size_t i = 0; i < positions.size(); ++i) {
      const Sample& sample = store.at(indices[positions[i]]);
      add(found[i][0], true_cells(sample), sample.ignoring ? sample.mask : Tensor());
    }
    done += static_cast<int64_t>(positions.size());
    progress(done, static_cast<int64_t>(indices.size()));
  }
}

void ProbabilitySet::add(const Tensor& probability, Components truth, Tensor mask) {
  const std::lock_guard lock(mutex_);
  images_.push_back({probability, std::move(truth), std::move(mask)});
}

std::vector<ObjectScores> ProbabilitySet::score(const std::vector<CellRule>& rules, std::stop_token stop) const {
  const std::lock_guard lock(mutex_);
  const size_t images = images_.size();
  std::vector<ObjectCounts> counts(images * rules.size());
  const ops::Parts parts(static_cast<int64_t>(counts.size()));
  std::vector<std::exception_ptr> failures(static_cast<size_t>(parts.size()));
  parts.each([&](int64_t part, ops::Range range) {
    try {
      for (int64_t i = range.begin; i < range.end && !stop.stop_requested(); ++i) {
        const Image& image = images_[static_cast<size_t>(i) % images];
        counts[static_cast<size_t>(i)] =
            counts_by(rules[static_cast<size_t>(i) / images], image.probability, image.truth, image.mask);
      }
    } catch (...) {
      failures[static_cast<size_t>(part)] = std::current_exception();
    }
  });
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  if (stop.stop_requested()) throw Error("ACINUS_ABORTED", "The comparison was stopped.");
  std::vector<ObjectScores> out;
  for (size_t rule = 0; rule < rules.size(); ++rule) {
    ObjectCounts sum;
    for (size_t image = 0; image < images; ++image) sum += counts[rule * images + image];
    out.push_back(object_scores(sum, std::numeric_limits<double>::quiet_NaN()));
  }
  return out;
}

}  // namespace acinus

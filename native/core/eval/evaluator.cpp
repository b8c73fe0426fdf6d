#include "core/eval/evaluator.h"

#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "core/eval/batches.h"
#include "core/eval/summary.h"
#include "core/predict/rescaled.h"

namespace acinus {

namespace {

// The logits of images that may be larger than a tile, on the network's device. Tiles are blended by their probabilities.
Tensor image_logits(Segmenter& segmenter, const Tensor& rgb, const EvaluateOptions& options, std::stop_token stop) {
  if (options.tile == 0 || std::max(rgb.size(2), rgb.size(3)) <= options.tile) return batch_logits(segmenter, rgb);
  PredictOptions plain = tiling_of(options);
  plain.tta.clear();
  return tiled_probabilities(segmenter, rgb, plain, stop).logit(1e-7).to(segmenter.device());
}

// Added up on the host, in their order; 0 of none.
double sum_of(const std::vector<Tensor>& scalars) {
  if (scalars.empty()) return 0;
  const Tensor values = at::stack(scalars).to(at::kCPU);
  return std::accumulate(values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel(), 0.0);
}

// [H, W] on the CPU → one image's scores: of probabilities (float32), which may be of another scale, or with pixel_only of a
// mask (uint8).
Measurement measured(const Tensor& found, const Sample& sample, const EvaluateOptions& options) {
  const int64_t height = sample.image.size(1), width = sample.image.size(2);
  Tensor mask = found, cells, probability = found;
  if (!options.pixel_only) {
    mask = at::empty({height, width}, at::kByte), cells = at::empty({height, width}, at::kInt);
    auto* in_cell = mask.mutable_data_ptr<uint8_t>();
    auto* labels = cells.mutable_data_ptr<int32_t>();
    if (found.size(0) == height && found.size(1) == width) {
      separate(found.const_data_ptr<float>(), height, width, options.threshold, options.separation, in_cell, labels);
    } else {
      probability = at::empty({height, width}, at::kFloat);
      separate_rescaled(found, height, width, options.threshold, options.separation, probability.mutable_data_ptr<float>(),
                        in_cell, labels);
    }
  }
  const auto* truth = sample.mask.const_data_ptr<uint8_t>();
  Measurement out = measure(mask.const_data_ptr<uint8_t>(), truth, sample.image.const_data_ptr<uint8_t>(), height, width,
                            {options.pixel_only, options.empty_score},
                            sample.instances.defined() ? sample.instances.const_data_ptr<int32_t>() : nullptr,
                            options.pixel_only ? nullptr : cells.const_data_ptr<int32_t>());
  if (!options.pixel_only) out.certainty = count_certainty(probability.const_data_ptr<float>(), truth, height * width);
  return out;
}

}  // namespace

PredictOptions tiling_of(const EvaluateOptions& options) {
  return {.tta = options.tta,
          .tile = options.tile,
          .overlap = options.overlap,
          .precision = options.precision,
          .batch_size = options.batch_size,
          .crf = options.crf};
}

Evaluation evaluate(const Members& members, const SampleStore& store, const std::vector<int64_t>& indices,
                    const EvaluateOptions& options, std::stop_token stop,
                    const std::function<void(int64_t, int64_t)>& progress) {
  const auto batches = equal_size_batches(store, indices, options.batch_size, options.scales);
  const InferenceScopes scopes(members, options.precision);
  Segmenter& segmenter = *members.front();
  std::vector<Measurement> measurements(indices.size());
  std::vector<Tensor> losses;  // of each image; read at the end
  int64_t done = 0;
  for (const auto& positions : batches) {
    if (stop.stop_requested()) throw Error("ACINUS_ABORTED", "The evaluation was stopped.");
    StackedSamples batch = stack_samples(store, indices, positions);
    if (!options.scales.empty()) {
      batch.pixels = rescaled_image(batch.pixels, options.scales[static_cast<size_t>(positions.front())]);
    }
    Tensor probabilities;
    if (options.loss) {
      const Tensor logits = image_logits(segmenter, batch.pixels, options, stop);
      const Tensor target = batch.masks.to(segmenter.device()).to(at::kFloat);
      for (int64_t i = 0; i < target.size(0); ++i) {
        losses.push_back(options.loss(logits.narrow(0, i, 1), target.narrow(0, i, 1), batch.ignoring).to(at::kDouble));
      }
      if (options.tta.empty()) probabilities = logits.sigmoid();
    }
    if (!probabilities.defined()) {
      probabilities = members.size() == 1 && !options.crf
                          ? tiled_probabilities(segmenter, batch.pixels, tiling_of(options), stop)
                          : mean_probabilities(members, batch.pixels, tiling_of(options), stop);
    }
    if (options.pixel_only) probabilities = probabilities.ge(options.threshold).to(at::kByte);  // a quarter to transfer
    const Tensor found = probabilities.to(at::kCPU).contiguous();

    for (size_t i = 0; i < positions.size(); ++i) {
      Measurement& measurement = measurements[positions[i]];
      measurement = measured(found[i][0], store.at(indices[positions[i]]), options);
      measurement.scores.index = indices[positions[i]];
    }
    done += static_cast<int64_t>(positions.size());
    progress(done, static_cast<int64_t>(indices.size()));
  }
  Evaluation out = summarize(measurements, {.threshold = options.threshold,
                                            .measure = {options.pixel_only, options.empty_score},
                                            .bootstrap_rounds = options.bootstrap_rounds,
                                            .seed = options.seed});
  out.loss = sum_of(losses) / static_cast<double>(indices.size());
  return out;
}

}  // namespace acinus

#include "test/device/subjects.h"

#include <algorithm>
#include <limits>

#include "core/io/state_dict.h"
#include "core/loss/loss.h"
#include "core/model/registry.h"
#include "test/options.h"
#include "test/scenes.h"

namespace acinus::test {

std::shared_ptr<Segmenter> segmenter_on(torch::Device device, const std::string& architecture, const std::string& encoder) {
  const auto entry = std::find_if(architectures().begin(), architectures().end(),
                                  [&](const ArchitectureEntry& one) { return one.name == architecture; });
  const SegmenterConfig config{.model = {.architecture = architecture,
                                         .encoder = encoder,
                                         .input_mode = InputMode::kProjection,
                                         .decoder_channels = {32, 32, 16, 16, 16},
                                         .decoder_attention = DecoderAttention::kScse,
                                         .drop_connect_rate = 0.2,
                                         .projection_width = 16,
                                         .projection_init = ProjectionInit::kIdentity,
                                         .norm_momentum = NormMomentum::kAdaptive,
                                         .seed = 3,
                                         .width = 4,
                                         .dropout = 0.2,
                                         .atrous_rates = entry->own ? entry->own->atrous_rates : std::vector<int64_t>()},
                               .edges = edge_options()};
  auto out = std::make_shared<Segmenter>(config);
  out->to(device);
  return out;
}

std::shared_ptr<const SampleStore> cell_store(int64_t images, uint64_t seed) {
  auto out = std::make_shared<SampleStore>();
  for (int64_t i = 0; i < images; ++i) {
    const auto [image, mask] = cells(64, 64, seed + static_cast<uint64_t>(i));
    add_to(*out, image, mask);
  }
  return out;
}

TrainData train_data() {
  return {.train = cell_store(6, 1),
          .validation = cell_store(3, 100),
          .train_indices = {0, 1, 2, 3, 4, 5},
          .validation_indices = {0, 1, 2},
          .weights = {},
          .sampler_seed = 5};
}

TrainOptions train_options() {
  TrainOptions out{};
  out.epochs = 2;
  out.batch_size = 2;
  out.seed = 11;
  out.augment = augment_options();
  out.augment.elastic = out.augment.brightness_contrast = 0.7;
  out.loss.weights = paper_weights();
  out.optimizer = optimizer_options();
  out.validation = validation_options();
  out.validation.weight_ema = 0.9;
  out.restore_best = true;
  return out;
}

StateDict entries_of(nn::Module& network) {
  StateDict out;
  for (const auto& [name, value] : state_dict(network)) out.emplace_back(name, value.detach().cpu().clone());
  return out;
}

double difference(const Tensor& a, const Tensor& b) {
  if (a.sizes() != b.sizes()) return std::numeric_limits<double>::infinity();
  const double found = (a.detach().cpu().to(at::kDouble) - b.detach().cpu().to(at::kDouble)).abs().max().item<double>();
  return std::isfinite(found) ? found : std::numeric_limits<double>::infinity();
}

double difference(const StateDict& a, const StateDict& b) {
  if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double scale = std::max(1.0, a[i].second.to(at::kDouble).abs().max().item<double>());
    largest = std::max(largest, difference(a[i].second, b[i].second) / scale);
  }
  return largest;
}

}  // namespace acinus::test

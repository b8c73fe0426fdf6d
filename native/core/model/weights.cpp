#include "core/model/weights.h"

#include <algorithm>

#include "core/error.h"
#include "core/model/counted_norm.h"
#include "core/model/wrappers.h"

namespace acinus {

namespace {

bool any_starts_with(const StateDict& state, const std::string& prefix) {
  return std::any_of(state.begin(), state.end(), [&](const auto& item) { return item.first.starts_with(prefix); });
}

void remove_wrappers(StateDict& state, const StateDict& own, const WeightsOptions& options, std::vector<std::string>& adapted) {
  std::set<std::string> removed, names;
  for (auto& item : state) {
    const std::string before = item.first;
    item.first = without_wrappers(before, [&](const std::string& prefix) { return any_starts_with(own, prefix); }, removed);
    if (!names.insert(item.first).second) {
      throw Error("ACINUS_WEIGHTS_MISMATCH",
                  options.source + " hold several networks: " + before + " and another entry both mean " + item.first +
                      ". Save the one to be used by itself.",
                  {.file = options.file});
    }
  }
  for (const auto& prefix : removed) adapted.push_back("removed the prefix \"" + prefix + "\"");
}

void prefix_bare_encoder(StateDict& state, const EntryNames& names, std::vector<std::string>& adapted) {
  const std::string bare_stem = names.stem.substr(names.encoder.size());
  if (any_starts_with(state, names.encoder) || !any_starts_with(state, bare_stem)) return;
  for (auto& item : state) item.first = names.encoder + item.first;
  adapted.push_back("added the prefix \"" + names.encoder + "\"");
}

void drop_classifier(StateDict& state, const EntryNames& names, std::vector<std::string>& adapted) {
  const auto dropped = std::erase_if(state, [&](const auto& item) { return item.first.starts_with(names.classifier); });
  if (dropped > 0) adapted.push_back("left out the classifier " + names.classifier.substr(0, names.classifier.size() - 1));
}

void adapt_stem(StateDict& state, const StateDict& own, const EntryNames& names, std::vector<std::string>& adapted) {
  const auto is_stem = [&](const auto& item) { return item.first == names.stem; };
  const auto given = std::find_if(state.begin(), state.end(), is_stem);
  const auto wanted = std::find_if(own.begin(), own.end(), is_stem);
  if (given == state.end() || wanted == own.end() || given->second.dim() != 4) return;
  Tensor& weight = given->second;
  const int64_t from = weight.size(1), to = wanted->second.size(1);
  if (from == 3 && to == 4) {
    weight = weight.to(at::kFloat).index_select(1, at::tensor({0, 1, 2, 0}, at::kLong)).mul(3.0 / 4.0);
    adapted.emplace_back("spread the stem's 3 channels over 4: cycled, × 3/4");
  } else if (from == 4 && to == 3) {
    weight = weight.to(at::kFloat).narrow(1, 0, 3).mul(4.0 / 3.0);
    adapted.emplace_back("took the first 3 of the stem's 4 channels, × 4/3");
  }
}

void keep_encoder(StateDict& state, const EntryNames& names, const WeightsOptions& options) {
  std::erase_if(state, [&](const auto& item) { return !item.first.starts_with(names.encoder); });
  if (state.empty()) throw Error("ACINUS_WEIGHTS_MISMATCH", options.source + " hold no encoder.", {.file = options.file});
}

// Statistics that were given move on with smp's momentum, not as a cumulative average that begins anew.
void keep_momentum(const SegmentationModel& network, const StateDict& state) {
  const std::unordered_map<std::string, Tensor> given(state.begin(), state.end());
  for (const auto& [path, norm] : counted_norms(network)) {
    const auto mean = given.find(path + ".running_mean"), variance = given.find(path + ".running_var");
    if (mean == given.end() || variance == given.end()) continue;
    if (mean->second.sizes() == norm->running_mean.sizes() && variance->second.sizes() == norm->running_var.sizes()) {
      norm->steps.reset();
    }
  }
}

bool encoder_alone(const StateDict& state, const EntryNames& names) {
  return std::none_of(names.decoder.begin(), names.decoder.end(),
                      [&](const std::string& prefix) { return any_starts_with(state, prefix); });
}

}  // namespace

LoadReport load_weights(SegmentationModel& network, StateDict state, const WeightsOptions& options) {
  const StateDict own = state_dict(network);
  const EntryNames& names = network.names();
  std::vector<std::string> adapted;
  remove_wrappers(state, own, options, adapted);
  prefix_bare_encoder(state, names, adapted);
  drop_classifier(state, names, adapted);
  if (options.part == LoadPart::kEncoder) keep_encoder(state, names, options);
  adapt_stem(state, own, names, adapted);
  LoadOptions load{options.strict, {names.projection}, options.source, options.file};
  if (encoder_alone(state, names))
    load.optional_parts.insert(load.optional_parts.end(), names.decoder.begin(), names.decoder.end());
  LoadReport report = load_state_dict(network, state, load);
  report.adapted = std::move(adapted);
  keep_momentum(network, state);
  return report;
}

StateDict part_of(SegmentationModel& network, SavePart part) {
  StateDict state = state_dict(network);
  if (part == SavePart::kAll) return state;
  std::erase_if(state, [&](const auto& item) {
    return item.first.starts_with(network.names().projection) != (part == SavePart::kProjection);
  });
  return state;
}

}  // namespace acinus

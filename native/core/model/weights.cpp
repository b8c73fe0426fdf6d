#include "core/model/weights.h"

#include <algorithm>

#include "core/error.h"

namespace acinus {

namespace {

constexpr char kEncoder[] = "encoder.";
constexpr char kProjection[] = "projection.";
constexpr char kStem[] = "encoder._conv_stem.weight";

bool any_starts_with(const StateDict& state, const std::string& prefix) {
  return std::any_of(state.begin(), state.end(), [&](const auto& item) { return item.first.starts_with(prefix); });
}

void prefix_bare_encoder(StateDict& state) {
  if (any_starts_with(state, kEncoder) || !any_starts_with(state, "_conv_stem.")) return;
  for (auto& item : state) item.first = kEncoder + item.first;
}

void drop_classifier(StateDict& state) {
  std::erase_if(state, [](const auto& item) { return item.first.starts_with("encoder._fc."); });
}

void inflate_stem(StateDict& state, const StateDict& own) {
  const auto is_stem = [](const auto& item) { return item.first == kStem; };
  const auto given = std::find_if(state.begin(), state.end(), is_stem);
  const auto wanted = std::find_if(own.begin(), own.end(), is_stem);
  if (given == state.end() || wanted == own.end()) return;
  Tensor& weight = given->second;
  const int64_t channels = wanted->second.size(1);
  if (weight.dim() != 4 || weight.size(1) != 3 || channels <= 3) return;
  const Tensor cycled = at::arange(channels, at::kLong).remainder(3);
  weight = weight.to(at::kFloat).index_select(1, cycled).mul(3.0 / static_cast<double>(channels));
}

bool encoder_alone(const StateDict& state) {
  return !any_starts_with(state, "decoder.") && !any_starts_with(state, "segmentation_head.");
}

}  // namespace

LoadReport load_weights(SegmentationModel& network, StateDict state, bool strict) {
  prefix_bare_encoder(state);
  drop_classifier(state);
  inflate_stem(state, state_dict(network));
  std::vector<std::string> optional_parts{kProjection};
  if (encoder_alone(state)) optional_parts.insert(optional_parts.end(), {"decoder.", "segmentation_head."});
  return load_state_dict(network, state, strict, optional_parts);
}

StateDict part_of(const StateDict& state, const std::string& part) {
  if (part == "all") return state;
  if (part != "network" && part != "projection")
    throw Error("ACINUS_INVALID_ARGUMENT", "'" + part + "' is no part of a network; use all, network or projection.");
  StateDict out;
  for (const auto& item : state) {
    if (item.first.starts_with(kProjection) == (part == "projection")) out.push_back(item);
  }
  return out;
}

}  // namespace acinus

#include "core/model/weights.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "core/error.h"

namespace acinus {

namespace {

constexpr char kEncoder[] = "encoder.";
constexpr char kProjection[] = "projection.";
constexpr char kStem[] = "encoder._conv_stem.weight";

bool any_starts_with(const StateDict& state, const std::string& prefix) {
  return std::any_of(state.begin(), state.end(), [&](const auto& item) { return item.first.starts_with(prefix); });
}

// What data parallelism, compilation and training frameworks put in front of a network's own names.
constexpr const char* kWrapperPrefixes[] = {"module.", "model.", "_orig_mod.", "net.", "network."};
constexpr std::string_view kCompiledPart = "._orig_mod.";

std::string without_wrappers(std::string name, const StateDict& own, std::set<std::string>& removed) {
  const auto is_wrapped_in = [&](const char* prefix) { return name.starts_with(prefix) && !any_starts_with(own, prefix); };
  for (bool found = true; found;) {
    found = false;
    for (const char* prefix : kWrapperPrefixes) {
      if (!is_wrapped_in(prefix)) continue;
      name.erase(0, std::strlen(prefix));
      removed.insert(prefix);
      found = true;
    }
  }
  for (size_t at = name.find(kCompiledPart); at != std::string::npos; at = name.find(kCompiledPart)) {
    name.erase(at, kCompiledPart.size() - 1);
    removed.insert("_orig_mod.");
  }
  return name;
}

void remove_wrappers(StateDict& state, const StateDict& own, const WeightsOptions& options, std::vector<std::string>& adapted) {
  std::set<std::string> removed, names;
  for (auto& item : state) {
    const std::string before = item.first;
    item.first = without_wrappers(before, own, removed);
    if (!names.insert(item.first).second) {
      throw Error("ACINUS_WEIGHTS_MISMATCH",
                  options.source + " hold several networks: " + before + " and another entry both mean " + item.first +
                      ". Save the one to be used by itself.",
                  {.file = options.file});
    }
  }
  for (const auto& prefix : removed) adapted.push_back("removed the prefix \"" + prefix + "\"");
}

void prefix_bare_encoder(StateDict& state, std::vector<std::string>& adapted) {
  if (any_starts_with(state, kEncoder) || !any_starts_with(state, "_conv_stem.")) return;
  for (auto& item : state) item.first = kEncoder + item.first;
  adapted.emplace_back("added the prefix \"encoder.\"");
}

void drop_classifier(StateDict& state, std::vector<std::string>& adapted) {
  const auto dropped = std::erase_if(state, [](const auto& item) { return item.first.starts_with("encoder._fc."); });
  if (dropped > 0) adapted.emplace_back("left out the classifier encoder._fc");
}

void adapt_stem(StateDict& state, const StateDict& own, std::vector<std::string>& adapted) {
  const auto is_stem = [](const auto& item) { return item.first == kStem; };
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

void keep_encoder(StateDict& state, const WeightsOptions& options) {
  std::erase_if(state, [](const auto& item) { return !item.first.starts_with(kEncoder); });
  if (state.empty()) throw Error("ACINUS_WEIGHTS_MISMATCH", options.source + " hold no encoder.", {.file = options.file});
}

bool encoder_alone(const StateDict& state) {
  return !any_starts_with(state, "decoder.") && !any_starts_with(state, "segmentation_head.");
}

}  // namespace

LoadReport load_weights(SegmentationModel& network, StateDict state, const WeightsOptions& options) {
  const StateDict own = state_dict(network);
  std::vector<std::string> adapted;
  remove_wrappers(state, own, options, adapted);
  prefix_bare_encoder(state, adapted);
  drop_classifier(state, adapted);
  if (options.part == "encoder") keep_encoder(state, options);
  adapt_stem(state, own, adapted);
  LoadOptions load{options.strict, {kProjection}, options.source, options.file};
  if (encoder_alone(state)) load.optional_parts.insert(load.optional_parts.end(), {"decoder.", "segmentation_head."});
  LoadReport report = load_state_dict(network, state, load);
  report.adapted = std::move(adapted);
  return report;
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

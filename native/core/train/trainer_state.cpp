// The trainer's construction, its checkpoints and its way back from a catastrophe; the loop itself is in trainer.cpp.
#include <cmath>

#include "core/error.h"
#include "core/io/state_dict.h"
#include "core/model/counted_norm.h"
#include "core/train/memory_estimate.h"
#include "core/train/trainer.h"

namespace acinus {

namespace {

// In a checkpoint's state.
const std::string kTermTotal = "term.";
const std::string kNormSteps = "norm_steps", kGoodNormSteps = "good.norm_steps";
const std::string kGoodWeight = "good.weight.", kGoodMoment = "good.moment.", kGoodAverage = "good.average.";

int64_t steps_per_epoch(const TrainData& data, const TrainOptions& options) {
  if (data.train_indices.empty()) throw Error("ACINUS_EMPTY_SET", "The train set holds no images; give it at least one.");
  if (data.validation_indices.empty())
    throw Error("ACINUS_EMPTY_SET", "The validation set holds no images; give it at least one.");
  if (!data.weights.empty() && data.weights.size() != data.train_indices.size()) {
    throw Error("ACINUS_INVALID_ARGUMENT", std::to_string(data.weights.size()) + " sampling weights were given for " +
                                               std::to_string(data.train_indices.size()) + " images; give one for each.");
  }
  for (const auto& [value, name] : {std::pair{options.epochs, "epochs"},
                                    {options.batch_size, "batchSize"},
                                    {options.optimizer.accumulation, "accumulation"},
                                    {options.validation.every, "validation.every"}}) {
    if (value < 1)
      throw Error("ACINUS_CONFIG", std::string(name) + " is " + std::to_string(value) + "; it must be at least 1.",
                  {.value = static_cast<double>(value)});
  }
  const auto images = data.draws > 0 ? data.draws : static_cast<int64_t>(data.train_indices.size());
  return (images + options.batch_size - 1) / options.batch_size;
}

OptimizerOptions scheduled(OptimizerOptions options, int64_t epochs, int64_t steps_per_epoch) {
  options.total_steps = epochs * ((steps_per_epoch + options.accumulation - 1) / options.accumulation);
  return options;
}

int64_t validations(const TrainOptions& options) {
  return (options.epochs + options.validation.every - 1) / options.validation.every;
}

StateDict copied(const StateDict& state) {
  StateDict out;
  for (const auto& [name, value] : state) out.emplace_back(name, value.detach().clone());
  return out;
}

std::vector<double> numbers(const RunState& state, const std::string& name, size_t count) {
  const auto found = state.scalars.find(name);
  if (found != state.scalars.end()) {
    auto values = from_text(found->second);
    if (count == 0 || values.size() == count) return values;
  }
  throw Error("ACINUS_CHECKPOINT",
              "The checkpoint's state lacks '" + name + "'; it was written by another version or is damaged.");
}

// Counts and positions: whole numbers from 0.
int64_t count_of(double value, const char* name) {
  constexpr double kMost = 9007199254740992.0;  // 2^53
  if (value >= 0 && value <= kMost && value == std::floor(value)) return static_cast<int64_t>(value);
  throw Error("ACINUS_CHECKPOINT",
              "The checkpoint's state holds " + to_text({value}) + " in '" + name + "', which is no count; it is damaged.");
}

std::vector<double> flattened(const std::vector<ValidationScores>& scores) {
  std::vector<double> out;
  for (const auto& score : scores) {
    const auto values = score.values();
    out.insert(out.end(), values.begin(), values.end());
  }
  return out;
}

std::vector<ValidationScores> unflattened(const std::vector<double>& numbers) {
  std::vector<ValidationScores> out;
  std::array<double, ValidationScores::kCount> values{};
  for (size_t i = 0; i + values.size() <= numbers.size(); i += values.size()) {
    std::copy_n(numbers.begin() + static_cast<int64_t>(i), values.size(), values.begin());
    out.push_back(ValidationScores::from(values));
  }
  return out;
}

std::vector<double> flattened(const BestEpoch& best) {
  std::vector<double> out{static_cast<double>(best.epoch), best.average};
  if (!best.scores) return out;
  const auto scores = best.scores->values();
  out.insert(out.end(), scores.begin(), scores.end());
  return out;
}

BestEpoch best_of(const std::vector<double>& numbers) {
  if (numbers.size() < 2) throw Error("ACINUS_CHECKPOINT", "The checkpoint's state of the best epoch is damaged.");
  BestEpoch best{std::llround(numbers[0]), numbers[1], {}};
  const auto scores = unflattened({numbers.begin() + 2, numbers.end()});
  if (!scores.empty()) best.scores = scores.front();
  return best;
}

// Runs that began before the bias correction kept the average alone: its weight is that of all values.
MetricEma::State averages_of(const std::vector<ValidationScores>& kept) {
  MetricEma::State state;
  if (kept.empty()) return state;
  state.sums = kept.front().values();
  if (kept.size() > 1) {
    state.weights = kept[1].values();
    return state;
  }
  for (size_t i = 0; i < state.sums.size(); ++i) {
    state.weights[i] = std::isnan(state.sums[i]) ? 0.0 : 1.0;
    if (std::isnan(state.sums[i])) state.sums[i] = 0.0;
  }
  return state;
}

}  // namespace

Trainer::Trainer(std::shared_ptr<Segmenter> segmenter, TrainData data, TrainOptions options)
    : segmenter_(std::move(segmenter)),
      data_(std::move(data)),
      options_(std::move(options)),
      steps_per_epoch_(steps_per_epoch(data_, options_)),
      optimizer_(segmenter_->network(), segmenter_->network().names().encoder, segmenter_->device(), options_.precision,
                 scheduled(options_.optimizer, options_.epochs, steps_per_epoch_)),
      track_(options_.validation, validations(options_)),
      loss_weights_(options_.loss.weights, options_.loss_weights) {}

void Trainer::checkpoint(const std::filesystem::path& path) {
  const std::lock_guard lock(segmenter_->mutex());
  write_run_checkpoint(path, state_dict(segmenter_->network()), options_.metadata, run_state());
}

Position Trainer::resume(const std::filesystem::path& path) {
  const std::lock_guard lock(segmenter_->mutex());
  const RunCheckpoint stored = read_run_checkpoint(path);
  load_state_dict(segmenter_->network(), stored.weights, LoadOptions{.file = path.string()});
  try {
    restore(stored.state);
  } catch (const std::exception& fault) {  // a tensor that is missing, or of another shape
    const auto* known = dynamic_cast<const Error*>(&fault);
    throw Error("ACINUS_CHECKPOINT",
                "The state beside " + path.string() + " does not fit this run" +
                    (known != nullptr ? std::string(": ") + known->what() : std::string(". Start a new run from its weights.")),
                {.file = path.string()});
  }
  return position_;
}

int64_t Trainer::estimate_memory(int64_t height, int64_t width) {
  const std::lock_guard lock(segmenter_->mutex());
  const BatchShape shape{options_.batch_size, height, width};
  // On the CPU, where bytes are counted by ourselves.
  const auto measured = segmenter_->device().is_cpu() ? segmenter_ : std::make_shared<Segmenter>(segmenter_->config());
  measured->network().set_recompute(options_.recompute);
  return estimate_step_memory(*measured, options_.precision, options_.loss, shape);
}

FitResult Trainer::end(const char* reason, const Report& report, const Settle& settle) {
  const bool early = position_.epoch < options_.epochs;
  if (early && options_.checkpoints) write_last(report, settle);
  if (options_.restore_best && reason != std::string("stopped")) restore_best();
  const auto file = best_file();
  const FitResult result{reason, position_.epoch, track_.best(), file ? file->string() : "", since(start_)};
  report(EndEvent{result.reason, result.epoch, result.best, result.best_path, result.seconds});
  return result;
}

void Trainer::write_best(const Report& report) {
  const auto& path = options_.checkpoints->best;
  {
    Segmenter& best = judged();
    const std::lock_guard lock(best.mutex());
    write_safetensors(path, stored_form(state_dict(best.network())), options_.metadata);
  }
  report(CheckpointEvent{track_.best().epoch, path.string(), "best"});
}

std::optional<std::filesystem::path> Trainer::best_file() const {
  if (!options_.checkpoints || track_.best().epoch < 0 || !std::filesystem::exists(options_.checkpoints->best))
    return std::nullopt;
  return options_.checkpoints->best;
}

void Trainer::keep_best() {
  if (!options_.restore_best || options_.checkpoints) return;
  Segmenter& best = judged();
  const std::lock_guard lock(best.mutex());
  best_weights_ = copied(state_dict(best.network()));
}

// From the run folder where there is one: the best epoch may lie before a resume.
void Trainer::restore_best() {
  const std::lock_guard lock(segmenter_->mutex());
  if (const auto file = best_file()) {
    load_state_dict(segmenter_->network(), read_safetensors(*file).tensors, LoadOptions{.file = file->string()});
  } else if (!best_weights_.empty()) {
    load_state_dict(segmenter_->network(), best_weights_, LoadOptions{});
  }
}

void Trainer::write_last(const Report& report, const Settle& settle) {
  const auto& path = options_.checkpoints->last;
  if (!settle()) return;  // a checkpoint ahead of the log would leave a hole in it
  checkpoint(path);
  report(CheckpointEvent{position_.epoch, path.string(), "last"});
}

void Trainer::keep_good_state() {
  good_ = {position_.epoch,
           copied(state_dict(segmenter_->network())),
           copied(optimizer_.moments()),
           {},
           norm_steps(segmenter_->network()),
           0};
  if (!average_) return;
  good_.average = copied(average_->state());
  good_.average_updates = average_->updates();
}

void Trainer::roll_back() {
  const std::lock_guard lock(segmenter_->mutex());
  load_state_dict(segmenter_->network(), good_.weights, LoadOptions{});
  set_norm_steps(segmenter_->network(), good_.norm_steps);
  optimizer_.restore_moments(good_.moments);
  if (average_) average_->restore(good_.average, good_.average_updates);
  track_.forget_waiting();
}

Segmenter& Trainer::judged() {
  const double decay = options_.validation.weight_ema;
  if (decay > 0 && !average_) average_ = std::make_unique<WeightEma>(*segmenter_, decay);
  return average_ ? average_->segmenter() : *segmenter_;
}

RunState Trainer::run_state() const {
  const auto& track = track_.state();
  const auto number = [](int64_t value) { return static_cast<double>(value); };
  RunState state{optimizer_.state(), {}};
  state.scalars = {
      {"position", to_text({number(position_.epoch), number(position_.batch), number(position_.step)})},
      {"totals",
       to_text({totals_.loss, number(totals_.batches), number(totals_.skipped), totals_.learning_rate, totals_.seconds})},
      {"history", to_text(track.history)},
      {"waiting", to_text(flattened(track.waiting))},
      {"ema",
       to_text(flattened({ValidationScores::from(track.ema.state().sums), ValidationScores::from(track.ema.state().weights)}))},
      {"best", to_text(flattened(track.best))},
  };
  for (const auto& [name, total] : totals_.terms) {
    state.scalars[kTermTotal + name] = to_text({total.sum, number(total.batches)});
  }
  state.scalars.merge(loss_weights_.state());
  state.tensors.emplace_back(kNormSteps, norm_steps(segmenter_->network()));
  if (average_) {
    for (auto& item : average_->state()) state.tensors.push_back(std::move(item));
    state.scalars["average_updates"] = to_text({number(average_->updates())});
  }
  if (good_.epoch >= 0) {
    state.scalars["good"] = to_text({number(good_.epoch), number(good_.average_updates)});
    state.tensors.emplace_back(kGoodNormSteps, good_.norm_steps);
    for (const auto& [name, value] : good_.weights) state.tensors.emplace_back(kGoodWeight + name, value);
    for (const auto& [name, value] : good_.moments) state.tensors.emplace_back(kGoodMoment + name, value);
    for (const auto& [name, value] : good_.average) state.tensors.emplace_back(kGoodAverage + name, value);
  }
  std::vector<int64_t> draws;
  for (const auto& [index, times] : draws_) {
    if (times > 0) draws.insert(draws.end(), {index, times});
  }
  state.tensors.emplace_back("draws", torch::tensor(draws, torch::kInt64));
  return state;
}

void Trainer::restore(const RunState& state) {
  const auto position = numbers(state, "position", 3);
  const auto totals = numbers(state, "totals", 5);
  ValidationTrack::State track = track_.state();
  track.history = numbers(state, "history", 0);
  track.waiting = unflattened(numbers(state, "waiting", 0));
  track.best = best_of(numbers(state, "best", 0));
  track.ema.restore(averages_of(unflattened(numbers(state, "ema", 0))));

  // Runs of earlier versions counted nothing: their statistics move on as they did.
  begin_counting(segmenter_->network(), NormMomentum::kFixed);
  for (const auto& [name, value] : state.tensors) {
    if (name == kNormSteps) set_norm_steps(segmenter_->network(), value);
  }
  judged();
  if (average_) average_->restore(state.tensors, count_of(numbers(state, "average_updates", 1)[0], "average_updates"));
  optimizer_.restore(state.tensors);
  track_.restore(std::move(track));
  position_ = {count_of(position[0], "position"), count_of(position[1], "position"), count_of(position[2], "position")};
  totals_ = {totals[0], count_of(totals[1], "totals"), {}, count_of(totals[2], "totals"), totals[3], totals[4]};
  for (const auto& [key, text] : state.scalars) {
    if (!key.starts_with(kTermTotal)) continue;
    const auto term = numbers(state, key, 2);
    totals_.terms[key.substr(kTermTotal.size())] = {term[0], count_of(term[1], "totals")};
  }
  loss_weights_.restore(state.scalars);
  draws_.clear();
  for (const auto& [name, value] : state.tensors) {
    if (name != "draws") continue;
    if (value.scalar_type() != torch::kInt64 || value.numel() % 2 != 0)
      throw Error("ACINUS_CHECKPOINT", "The checkpoint's state holds no pairs of whole numbers in 'draws'; it is damaged.");
    const auto* pairs = value.const_data_ptr<int64_t>();
    for (int64_t i = 0; i + 1 < value.numel(); i += 2) draws_[pairs[i]] = pairs[i + 1];
  }
  good_ = {};
  if (!state.scalars.contains("good")) return;
  const auto good = numbers(state, "good", 2);
  good_.epoch = count_of(good[0], "good");
  good_.average_updates = count_of(good[1], "good");
  good_.norm_steps = norm_steps(segmenter_->network());
  for (const auto& [name, value] : state.tensors) {
    if (name == kGoodNormSteps) good_.norm_steps = value;
    if (name.starts_with(kGoodWeight)) good_.weights.emplace_back(name.substr(kGoodWeight.size()), value);
    if (name.starts_with(kGoodMoment)) good_.moments.emplace_back(name.substr(kGoodMoment.size()), value);
    if (name.starts_with(kGoodAverage)) good_.average.emplace_back(name.substr(kGoodAverage.size()), value);
  }
}

}  // namespace acinus

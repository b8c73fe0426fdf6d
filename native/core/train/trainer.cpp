#include "core/train/trainer.h"

#include <c10/core/DeviceGuard.h>

#include <algorithm>

#include "core/data/weighted_sampler.h"
#include "core/error.h"
#include "core/eval/evaluator.h"
#include "core/ignored.h"
#include "core/image/network_input.h"
#include "core/model/encoder.h"
#include "core/ops/autocast.h"
#include "core/train/frozen_encoder.h"

namespace acinus {

namespace {

// Undefined unless the network has an edge channel that is computed before augmentation.
Tensor early_edges(Segmenter& segmenter, const Batch& batch, const std::vector<int64_t>& draws, const AugmentKey& key,
                   const AugmentOptions& augmentation) {
  const EdgeOptions& options = segmenter.config().edges;
  if (!options.before_augmentation || segmenter.network().input_channels() == 3) return {};
  return augmented_edges(batch.pixels, batch.masks, draws, key, augmentation, options);
}

// The result of `body`; none when it was stopped in the middle.
template <class Body>
auto unless_stopped(Body&& body) -> std::optional<decltype(body())> {
  try {
    return body();
  } catch (const Error& error) {
    if (error.code() != "ACINUS_ABORTED") throw;
    return std::nullopt;
  }
}

}  // namespace

FitResult Trainer::fit(std::stop_token stop, const Report& report, const Settle& settle) {
  start_ = std::chrono::steady_clock::now();
  report(StartEvent{position_.epoch, options_.epochs, steps_per_epoch_, options_.epochs * steps_per_epoch_,
                    static_cast<int64_t>(data_.train_indices.size()), position_.step > 0});
  while (position_.epoch < options_.epochs) {
    if (const char* reason = over()) return end(reason, report, settle);
    const auto order = unless_stopped([&] { return batches(position_.epoch); });
    if (!order) return end("stopped", report, settle);
    while (position_.batch < steps_per_epoch_) {
      if (stop.stop_requested()) return end("stopped", report, settle);
      if (const char* reason = over()) return end(reason, report, settle);
      const auto done = unless_stopped([&] { return step((*order)[position_.batch], position_.epoch); });
      if (!done) return end("stopped", report, settle);
      const StepResult& result = *done;
      report(StepEvent{since(start_), result});
      if (result.skipped) report(SkippedStepEvent{result.epoch, result.step, result.skipped, result.skipped_in_a_row});
    }
    if (!end_epoch(stop, report, settle)) return end("stopped", report, settle);
  }
  return end("finished", report, settle);
}

const char* Trainer::over() const {
  if (options_.seconds > 0 && since(start_) >= options_.seconds) return "minutes";
  if (!options_.stop_file.empty() && std::filesystem::exists(options_.stop_file)) return "stopFile";
  const int64_t best = track_.best().epoch;
  if (options_.patience > 0 && best >= 0 && position_.epoch - 1 - best >= options_.patience) return "patience";
  return nullptr;
}

StepResult Trainer::step(const std::vector<int64_t>& indices, int64_t epoch) {
  const std::lock_guard lock(segmenter_->mutex());
  const c10::DeviceGuard on_device(segmenter_->device());
  const auto begin = std::chrono::steady_clock::now();
  enter(epoch);
  judged();  // an average begins at the weights before the first step
  segmenter_->network().train();
  const FrozenEncoder frozen(segmenter_->network().encoder(), epoch < options_.frozen_encoder_epochs);
  segmenter_->network().set_step_seed({options_.seed, static_cast<uint64_t>(position_.step)});
  segmenter_->network().set_recompute(options_.recompute);

  const auto statistics = own_.loss ? std::make_unique<RunningStatistics>(segmenter_->network()) : nullptr;

  const LookUp images = look_up(indices);
  const Drawn drawn = draw(*segmenter_, images, epoch);
  const Tensor logits = forward(*segmenter_, drawn.images.image, drawn.edges);
  LossValue value;
  try {
    value = loss_of(logits, drawn.images.mask, drawn.ignoring, /*training=*/true, {}, drawn.weights);
  } catch (...) {  // of one's own: then the step has not happened
    if (statistics) statistics->restore();
    for (const int64_t index : indices) --draws_[index];
    throw;
  }
  const bool last_of_epoch = (position_.batch + 1) % steps_per_epoch_ == 0;
  const OptimizerResult update = optimizer_.accumulate(value.total, last_of_epoch, value.values);
  if (average_ && update.gradient_norm && update.skipped == nullptr) average_->update();
  return record(value, update, begin);
}

ValidationScores Trainer::validate(std::stop_token stop) {
  const EvaluateOptions options{.threshold = 0.5,
                                .separation = {},
                                .tta = {},
                                .batch_size = options_.validation.batch_size,
                                .precision = options_.precision,
                                .pixel_only = true,
                                .bootstrap_rounds = 0,
                                .empty_score = 1,
                                .seed = 0,
                                .loss = [this](const Tensor& logits, const Tensor& target, bool ignoring) {
                                  return loss_of(logits, target, ignoring, /*training=*/false, validation_share()).total;
                                }};
  Segmenter& network = judged();
  if (average_) measure_statistics_of(network, stop);
  const Evaluation e =
      evaluate({&network}, *data_.validation, data_.validation_indices, options, stop, [](int64_t, int64_t) {});
  return {e.per_image.dice, e.per_image_with_cells.dice, e.micro.dice, e.micro.iou, e.micro.precision, e.micro.recall, e.loss};
}

// So that the cross-entropy weighs cells as over the whole set, whatever a batch of a validation holds.
double Trainer::validation_share() {
  if (validation_share_) return *validation_share_;
  int64_t cells = 0, counted = 0;
  for (const int64_t index : data_.validation_indices) {
    const Tensor& mask = data_.validation->at(index).mask;
    if (!mask.defined()) continue;
    const auto* values = mask.const_data_ptr<uint8_t>();
    cells += std::count(values, values + mask.numel(), uint8_t{1});
    counted += mask.numel() - std::count(values, values + mask.numel(), kIgnored);
  }
  validation_share_ = static_cast<double>(cells) / static_cast<double>(std::max<int64_t>(counted, 1));
  return *validation_share_;
}

std::optional<EpochEvent> Trainer::end_epoch(std::stop_token stop, const Report& report, const Settle& settle) {
  const bool due = (position_.epoch + 1) % options_.validation.every == 0 || position_.epoch + 1 == options_.epochs;
  EpochEvent event{position_.epoch,
                   totals_.loss / static_cast<double>(totals_.batches),
                   totals_.mean_terms(),
                   totals_.seconds,
                   totals_.learning_rate,
                   totals_.skipped,
                   {},
                   {},
                   false};
  if (due) {
    const auto begin = std::chrono::steady_clock::now();
    event.validation = unless_stopped([&] { return validate(stop); });
    if (!event.validation) return std::nullopt;
    event.seconds += since(begin);
    tell_lag(event.loss, event.validation->loss, report);
    event.best = judge(*event.validation, report);
  }
  event.ema = track_.ema();
  enter(position_.epoch + 1);
  report(event);
  if (event.best) keep_best();
  if (!options_.checkpoints) return event;
  if (event.best) write_best(report);
  write_last(report, settle);
  return event;
}

bool Trainer::judge(const ValidationScores& scores, const Report& report) {
  const Metric metric = options_.validation.metric;
  const Verdict verdict = track_.judge(scores, position_.epoch);
  if (verdict.test.outlier) {
    report(OutlierEvent{position_.epoch, metric, metric_value(scores, metric), verdict.test.median, verdict.test.limit,
                        verdict.accepted});
  }
  if (!options_.validation.rollback) return verdict.best;
  if (verdict.accepted) {
    const std::lock_guard lock(segmenter_->mutex());
    keep_good_state();
  } else if (verdict.catastrophe && good_.epoch >= 0) {
    roll_back();
    report(RollbackEvent{position_.epoch, position_.epoch, good_.epoch});
  }
  return verdict.best;
}

Trainer::Drawn Trainer::draw(Segmenter& segmenter, const LookUp& images, int64_t epoch) const {
  const auto& [stored, draws] = images;
  const AugmentKey key{options_.seed, static_cast<uint64_t>(epoch)};
  const Batch batch = own_.transform ? transformed(stored, draws, key, segmenter.device())
                                     : gather(*data_.train, stored, options_.crops, key, segmenter.device(), draws);
  return {augment(batch.pixels, batch.masks, draws, key, options_.augment),
          early_edges(segmenter, batch, draws, key, options_.augment), batch.ignoring, batch.weights};
}

Batch Trainer::transformed(const std::vector<int64_t>& stored, const std::vector<int64_t>& draws, const AugmentKey& key,
                           torch::Device device) const {
  const Batch batch = gather(*data_.train, stored, options_.crops, key, torch::kCPU, draws);
  const OwnPixelsRequest request{batch.pixels.permute({0, 2, 3, 1}).contiguous(), batch.masks.squeeze(1).contiguous(), draws,
                                 static_cast<int64_t>(key.epoch)};
  const auto [pixels, masks] = own_.transform(request);
  if (pixels.sizes() != request.pixels.sizes() || masks.sizes() != request.masks.sizes()) {
    throw Error("ACINUS_TRANSFORM", "The function that transforms pixels changed their number.");
  }
  const auto* values = masks.const_data_ptr<uint8_t>();
  const bool ignoring = std::find(values, values + masks.numel(), kIgnored) != values + masks.numel();
  return {pixels.permute({0, 3, 1, 2}).contiguous().to(device), masks.unsqueeze(1).to(device), ignoring, batch.weights};
}

Tensor Trainer::forward(Segmenter& segmenter, const Tensor& image, const Tensor& edges) const {
  const AutocastScope autocast(segmenter.device(), options_.precision);
  return edges.defined() ? segmenter.forward(network_input(image, edges)) : segmenter.logits(image);
}

LossValue Trainer::loss_of(const Tensor& logits, const Tensor& target, bool ignoring, bool training,
                           std::optional<double> share_of_cells, std::vector<double> image_weights) const {
  if (own_.loss) return own_loss(logits, target, own_.loss, position_.epoch, training, ignoring);
  LossOptions options = options_.loss;
  options.weights = loss_weights();
  options.ignoring = ignoring;
  options.share_of_cells = share_of_cells;
  options.image_weights = std::move(image_weights);
  return loss(logits, target, options);
}

// One line of accounting per batch; moves the position on.
StepResult Trainer::record(const LossValue& loss, const OptimizerResult& update, Clock::time_point begin) {
  StepResult result;
  result.step = position_.step++;
  result.epoch = position_.epoch;
  result.loss = update.values.const_data_ptr<double>()[0];
  result.terms = named_terms(loss, update.values);
  result.gradient_norm = update.gradient_norm;
  result.learning_rate = update.learning_rate;
  result.skipped = update.skipped;
  result.skipped_in_a_row = update.skipped_in_a_row;
  if (!own_.loss) result.loss_weights = loss_weights_.tell(position_.epoch);

  ++position_.batch;
  if (std::isfinite(result.loss)) {
    totals_.add(result);
  }
  totals_.skipped += result.skipped != nullptr;
  totals_.learning_rate = result.learning_rate;
  totals_.seconds += since(begin);
  return result;
}

void Trainer::EpochTotals::add(const StepResult& result) {
  loss += result.loss;
  ++batches;
  for (const auto& [name, value] : result.terms) {
    terms[name].sum += value;
    ++terms[name].batches;
  }
}

NamedValues Trainer::EpochTotals::mean_terms() const {
  NamedValues out;
  for (const auto& [name, total] : terms) out.emplace_back(name, total.sum / static_cast<double>(total.batches));
  return out;
}

void Trainer::enter(int64_t epoch) {
  if (epoch == position_.epoch) return;
  position_.epoch = epoch;
  position_.batch = 0;
  totals_ = {};
  draws_.clear();
}

std::vector<std::vector<int64_t>> Trainer::batches(int64_t epoch) const {
  const auto order = order_of(epoch);
  const auto count = static_cast<int64_t>(order.size());
  std::vector<std::vector<int64_t>> out;
  for (int64_t begin = 0; begin < count; begin += options_.batch_size) {
    out.emplace_back(order.begin() + begin, order.begin() + std::min(begin + options_.batch_size, count));
  }
  return out;
}

std::vector<int64_t> Trainer::order_of(int64_t epoch) const {
  const auto count = static_cast<int64_t>(data_.train_indices.size());
  const int64_t wanted = data_.draws > 0 ? data_.draws : count;
  if (!own_.order) {
    const auto drawn = data_.weights.empty()
                           ? uniform_draw(count, data_.sampler_seed, static_cast<uint64_t>(epoch))
                           : weighted_draw(data_.weights, count, data_.sampler_seed, static_cast<uint64_t>(epoch));
    return {drawn.begin(), drawn.end()};
  }
  std::vector<int64_t> order = own_.order(epoch);
  if (static_cast<int64_t>(order.size()) == wanted) return order;
  throw Error("ACINUS_SAMPLER",
              "The sampler drew " + std::to_string(order.size()) + " images for epoch " + std::to_string(epoch) + ", and " +
                  std::to_string(wanted) + " for the first; every epoch has as many steps.",
              {.value = static_cast<double>(order.size())});
}

// Where each image lies in the store, and what its random changes are drawn from: its index, plus the size of the set for every
// time that it was drawn before in this epoch, so that sampling with replacement does not repeat an augmentation.
Trainer::LookUp Trainer::look_up(const std::vector<int64_t>& indices) {
  const auto count = static_cast<int64_t>(data_.train_indices.size());
  LookUp out;
  for (const int64_t index : indices) {
    if (index < 0 || index >= count) {
      throw Error("ACINUS_INVALID_ARGUMENT",
                  "The train set has no image " + std::to_string(index) + "; it holds " + std::to_string(count) + ".",
                  {.value = static_cast<double>(index)});
    }
    out.stored.push_back(data_.train_indices[index]);
    out.draws.push_back(index + count * draws_[index]++);
  }
  return out;
}

double Trainer::since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

}  // namespace acinus

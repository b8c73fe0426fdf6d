// The optimizer step of training beside PyTorch's AdamW with OneCycle (test/fixtures/make/train.py).
#include "core/train/optimizer.h"

#include "core/error.h"
#include "core/io/run_checkpoint.h"
#include "core/train/frozen_encoder.h"
#include "test/catch.h"
#include "test/fixture.h"
#include "test/within.h"

namespace acinus::test {

namespace {

struct Entry {
  std::vector<float> parameters;  // after the batch
  std::optional<double> gradient_norm;
  double learning_rate;
  std::string skipped;  // empty: not

  bool operator==(const Entry&) const = default;
};

struct Run {
  Precision precision;
  OptimizerOptions options;
  int64_t steps_per_epoch, frozen_batches;
  Tensor initial;    // float [n]
  Tensor gradients;  // float [batches, n]; a batch's loss is the dot product of parameters and gradient
  std::vector<Entry> expected;
};

// Two parameters that halve the vector, the first of them in an encoder, and one that never gets a gradient, as smp's networks
// have.
struct Parameters : nn::Module {
  explicit Parameters(const Tensor& values) {
    const auto halves = values.chunk(2);
    encoder = register_module("encoder", std::make_shared<nn::Module>());
    first = encoder->register_parameter("first", halves[0].clone());
    second = register_parameter("second", halves[1].clone());
    unused = register_parameter("unused", torch::ones({3}));
  }
  Tensor all() const { return torch::cat({first, second}); }
  std::shared_ptr<nn::Module> encoder;
  Tensor first, second, unused;
};

// JSON has no words for them.
double number_or_special(const Json& value) {
  if (!value.is_text()) return value.number("a number");
  return value.text("a word") == "nan" ? std::nan("") : std::numeric_limits<double>::infinity();
}

std::vector<float> floats_of(const Json& list) {
  std::vector<float> out;
  for (const Json& value : list.array("a list")) out.push_back(static_cast<float>(number_or_special(value)));
  return out;
}

std::vector<float> floats_of(const Tensor& tensor) {
  const Tensor dense = tensor.detach().contiguous();
  return {dense.const_data_ptr<float>(), dense.const_data_ptr<float>() + dense.numel()};
}

Run read_run(const Json& json) {
  const Json& given = field(json, "options");
  const auto number = [&](const char* name) { return static_cast<int64_t>(field(given, name).integer(name)); };
  Run run;
  run.precision = field(given, "precision").text("precision") == "fp16" ? Precision::kFp16 : Precision::kFp32;
  run.options = {.adamw = {.weight_decay = 1e-2,
                           .beta1 = 0.9,
                           .beta2 = 0.999,
                           .eps = 1e-8,
                           .encoder_learning_rate_factor = field(given, "factor").number("factor")},
                 .gradient_clip = 0.5,
                 .max_skipped_steps = 20,
                 .accumulation = number("accumulation"),
                 .schedule = {.max_learning_rate = 1e-2,
                              .pct_start = 0.1,
                              .div_factor = 25,
                              .final_div_factor = 40,
                              .cycle_momentum = true,
                              .base_momentum = 0.85,
                              .max_momentum = 0.95},
                 .total_steps = number("totalSteps")};
  run.steps_per_epoch = number("stepsPerEpoch");
  run.frozen_batches = number("frozenBatches");
  run.initial = torch::tensor(floats_of(field(json, "initial")));
  std::vector<Tensor> gradients;
  for (const Json& row : field(json, "gradients").array("gradients")) gradients.push_back(torch::tensor(floats_of(row)));
  run.gradients = torch::stack(gradients);
  for (const Json& entry : field(json, "trace").array("trace")) {
    const Json &norm = field(entry, "gradientNorm"), &skipped = field(entry, "skipped");
    run.expected.push_back(
        {floats_of(field(entry, "parameters")), norm.is_null() ? std::nullopt : std::optional(number_or_special(norm)),
         field(entry, "learningRate").number("learningRate"), skipped.is_null() ? "" : skipped.text("skipped")});
  }
  return run;
}

constexpr const char* kNames[] = {"50 clipped steps of two batches", "an epoch's last, incomplete accumulation",
                                  "losses and gradients that are not finite",
                                  "fp16 with a gradient that overflows its loss scale",
                                  "an encoder that is frozen first and then learns at a tenth of the rate"};
enum { kNotFinite = 2, kOverflow = 3, kFrozen = 4 };

std::vector<Run> runs() {
  std::vector<Run> out;
  const Json fixture = read_fixture("train/optimizer.json");
  for (const Json& run : fixture.array("the fixture")) out.push_back(read_run(run));
  REQUIRE(out.size() == std::size(kNames));
  return out;
}

// What stopping and resuming a run does.
void reopen(std::unique_ptr<Optimizer>& optimizer, std::unique_ptr<Optimizer> next) {
  StateDict state;
  for (const auto& [name, value] : stored_form(optimizer->state())) state.emplace_back(name, value.clone());
  next->restore(state);
  optimizer = std::move(next);
}

std::vector<Entry> trace(const Run& run, bool reopened = false) {
  Parameters parameters(run.initial);
  const auto make = [&] {
    return std::make_unique<Optimizer>(parameters, "encoder.", torch::kCPU, run.precision, run.options);
  };
  auto optimizer = make();
  std::vector<Entry> out;
  for (int64_t batch = 0; batch < run.gradients.size(0); ++batch) {
    if (reopened) reopen(optimizer, make());
    const FrozenEncoder frozen(*parameters.encoder, batch < run.frozen_batches);
    const Tensor loss = parameters.all().dot(run.gradients[batch]);
    const OptimizerResult result = optimizer->accumulate(loss, (batch + 1) % run.steps_per_epoch == 0, loss.detach().view({1}));
    out.push_back({floats_of(parameters.all()), result.gradient_norm, result.learning_rate,
                   result.skipped != nullptr ? result.skipped : ""});
  }
  return out;
}

void require_close(const Entry& ours, const Entry& expected) {
  REQUIRE(ours.skipped == expected.skipped);
  REQUIRE(std::abs(ours.learning_rate - expected.learning_rate) <= 1e-6 * expected.learning_rate);
  if (expected.gradient_norm) REQUIRE(std::abs(*ours.gradient_norm / *expected.gradient_norm - 1) < 1e-6);
  REQUIRE(ours.parameters.size() == expected.parameters.size());
  double difference = 0;
  for (size_t i = 0; i < ours.parameters.size(); ++i) {
    difference = std::max(difference, std::abs(static_cast<double>(ours.parameters[i]) - expected.parameters[i]));
  }
  // A few float32 roundings of values near 1.
  within("AdamW with clipping, accumulation, skipped steps: parameters against PyTorch", difference, 2e-6);
}

}  // namespace

TEST_CASE("the optimizer step is PyTorch's AdamW with OneCycle") {
  const auto all = runs();
  for (size_t which = 0; which < all.size(); ++which) {
    const auto ours = trace(all[which]);
    REQUIRE(ours.size() == all[which].expected.size());
    for (size_t batch = 0; batch < ours.size(); ++batch) {
      INFO(kNames[which] << ", batch " << batch);
      require_close(ours[batch], all[which].expected[batch]);
    }
  }
}

TEST_CASE("the optimizer goes on exactly after a stop at any batch") {
  const auto all = runs();
  for (size_t which = 0; which < all.size(); ++which) {
    INFO(kNames[which]);
    const bool same = trace(all[which], /*reopened=*/true) == trace(all[which]);
    REQUIRE(same);
  }
}

TEST_CASE("the optimizer leaves a frozen encoder as it is, and then moves it") {
  const Run run = runs()[kFrozen];
  const auto entries = trace(run);
  const auto encoder = [](const std::vector<float>& parameters) {
    return std::vector(parameters.begin(), parameters.begin() + 3);
  };
  const auto initial = encoder(floats_of(run.initial));
  REQUIRE(encoder(entries[static_cast<size_t>(run.frozen_batches - 1)].parameters) == initial);
  REQUIRE(encoder(entries[static_cast<size_t>(run.frozen_batches + 1)].parameters) != initial);
}

TEST_CASE("the optimizer's fixtures skip what they should, so that the comparison says something") {
  const auto all = runs();
  std::vector<std::string> skipped;
  for (size_t batch = 0; batch < all[kNotFinite].expected.size(); ++batch) {
    const std::string& reason = all[kNotFinite].expected[batch].skipped;
    if (!reason.empty()) skipped.push_back(std::to_string(batch) + " " + reason);
  }
  REQUIRE(skipped == std::vector<std::string>{"5 loss", "13 gradient", "17 loss"});
  const auto& overflowing = all[kOverflow].expected;
  REQUIRE(std::count_if(overflowing.begin(), overflowing.end(), [](const Entry& one) { return !one.skipped.empty(); }) == 1);
}

TEST_CASE("the optimizer ends the run after more skipped steps in a row than allowed, and counts only those in a row") {
  const auto with = [](Run run, int64_t bad_batches, int64_t allowed) {
    run.options.max_skipped_steps = allowed;
    run.gradients.narrow(0, 0, bad_batches).select(1, 0).fill_(std::nan(""));
    return run;
  };
  const Run run = runs()[kNotFinite];
  const auto copy = [&] {
    Run out = run;
    out.gradients = run.gradients.clone();
    return out;
  };
  try {
    trace(with(copy(), 6, 2));
    FAIL("the run went on");
  } catch (const Error& error) {
    REQUIRE(error.code() == "ACINUS_NOT_FINITE");
  }
  REQUIRE(trace(with(copy(), 6, 3)).size() == 24);
  REQUIRE(trace(with(copy(), 0, 1)).size() == 24);
}

}  // namespace acinus::test

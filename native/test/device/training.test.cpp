// Training on a device that is not the CPU: through the plain definitions of the operations, with the CPU's results.
#include <unistd.h>

#include "core/io/state_dict.h"
#include "test/catch.h"
#include "test/device/stand_in.h"
#include "test/device/subjects.h"

namespace acinus::test {

namespace {

// Both sides round float32 in their own order, and a batch's normalisation in a small network magnifies that.
constexpr double kRounding = 1e-4;

// The first batches of a run, in the order of its own sampler.
std::vector<StepResult> first_steps(Trainer& trainer, int64_t count) {
  std::vector<StepResult> out;
  for (int64_t i = 0; i < count; ++i) {
    out.push_back(trainer.step({2 * i % 6, (2 * i + 1) % 6}, 0));
  }
  return out;
}

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "acinus-test-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("a run on another device gives the CPU's losses, norms and weights", "[device]") {
  const auto run = [](torch::Device device) {
    const auto segmenter = segmenter_on(device);
    Trainer trainer(segmenter, train_data(), train_options());
    auto steps = first_steps(trainer, 4);
    return std::pair(std::move(steps), entries_of(segmenter->network()));
  };
  const auto [here, weights_here] = run(torch::kCPU);
  const auto [there, weights_there] = run(kStandIn);
  for (size_t i = 0; i < here.size(); ++i) {
    CAPTURE(i);
    CHECK_THAT(there[i].loss, Catch::Matchers::WithinRel(here[i].loss, kRounding));
    REQUIRE(there[i].terms.size() == here[i].terms.size());
    for (size_t k = 0; k < here[i].terms.size(); ++k) {
      CAPTURE(here[i].terms[k].first);
      CHECK_THAT(there[i].terms[k].second, Catch::Matchers::WithinRel(here[i].terms[k].second, kRounding));
    }
    REQUIRE(there[i].gradient_norm.has_value() == here[i].gradient_norm.has_value());
    if (here[i].gradient_norm) CHECK_THAT(*there[i].gradient_norm, Catch::Matchers::WithinRel(*here[i].gradient_norm, 1e-3));
  }
  const auto part = [](const StateDict& state, bool statistics) {
    StateDict out;
    for (const auto& item : state) {
      if ((item.first.find("running_") != std::string::npos) == statistics) out.push_back(item);
    }
    return out;
  };
  // A first step of AdamW moves a weight by its learning rate, up or down by the sign of its gradient, which rounding may turn
  // where it is nearly zero.
  double moved = 0;
  for (const auto& step : here) moved += step.gradient_norm ? step.learning_rate : 0;
  CHECK(moved > 0);
  CHECK(difference(part(weights_here, false), part(weights_there, false)) < 2 * moved);
  // Statistics of four batches, of which the last two went through weights that differ by so much.
  CHECK(difference(part(weights_here, true), part(weights_there, true)) < 1e-3);
}

TEST_CASE("a training step brings the batch's bytes to the device and asks it for values once", "[device]") {
  Trainer trainer(segmenter_on(kStandIn), train_data(), train_options());
  first_steps(trainer, 2);       // what is brought once and kept: kernels of the edge channel
  for (int i = 0; i < 2; ++i) {  // the epoch's last batch, which closes a step of the optimizer, and one that does not
    take_traffic();
    const bool closes = trainer.step({0, 1}, 0).gradient_norm.has_value();
    const DeviceTraffic traffic = take_traffic();
    CHECK(closes == (i == 0));
    CHECK(traffic.operators > 1000);
    CHECK(traffic.uploads == std::vector<std::string>{"Byte [2, 3, 64, 64]", "Byte [2, 1, 64, 64]"});
    // The loss and its three terms, and with a step of the optimizer the norm of the gradients.
    CHECK(traffic.reads == std::vector<std::string>{closes ? "Float [5]" : "Float [4]"});
  }
}

TEST_CASE("a loss that is not finite is skipped on another device too, without a trace and with one read", "[device]") {
  const auto segmenter = segmenter_on(kStandIn);
  TrainOptions options = train_options();
  options.optimizer.accumulation = 1;
  Trainer trainer(segmenter, train_data(), options);
  first_steps(trainer, 1);
  Tensor bias = segmenter->network().named_parameters().back().value().detach();
  const Tensor kept = bias.clone();
  const StateDict before = entries_of(segmenter->network());
  bias.fill_(std::nan(""));
  take_traffic();
  const StepResult skipped = trainer.step({2, 3}, 0);
  CHECK(take_traffic().reads.size() == 1);
  CHECK(skipped.skipped == std::string("loss"));
  CHECK(!skipped.gradient_norm);
  bias.copy_(kept);
  CHECK(difference(before, entries_of(segmenter->network())) == 0);
  CHECK(trainer.step({4, 5}, 0).skipped == nullptr);
}

TEST_CASE("a run on another device is saved, and goes on exactly where it stood", "[device]") {
  const Folder folder;
  const auto path = folder.path() / "checkpoint.safetensors";
  const auto steps_of = [](Trainer& trainer) { return trainer.step({4, 5}, 0).loss; };
  const auto segmenter = segmenter_on(kStandIn), again = segmenter_on(kStandIn);
  double expected = 0;
  {
    Trainer trainer(segmenter, train_data(), train_options());
    first_steps(trainer, 4);  // in the middle of an accumulation
    trainer.checkpoint(path);
    expected = steps_of(trainer);
  }
  Trainer trainer(again, train_data(), train_options());
  CHECK(trainer.resume(path).step == 4);
  CHECK(steps_of(trainer) == expected);
  CHECK(difference(entries_of(segmenter->network()), entries_of(again->network())) == 0);
}

TEST_CASE("a whole run on another device is judged as on the CPU", "[device]") {
  const auto scores = [](torch::Device device) {
    Trainer trainer(segmenter_on(device), train_data(), train_options());
    std::vector<double> out;
    const auto report = [&](const TrainEvent& event) {
      if (const auto* epoch = std::get_if<EpochEvent>(&event)) {
        const auto values = epoch->validation->values();
        out.insert(out.end(), values.begin(), values.end());
        out.push_back(epoch->loss);
      }
    };
    CHECK(trainer.fit({}, report, [] { return true; }).reason == "finished");
    return out;
  };
  const auto here = scores(torch::kCPU), there = scores(kStandIn);
  REQUIRE(here.size() == there.size());
  REQUIRE(!here.empty());
  // A pixel on the threshold may fall on either side of it.
  for (size_t i = 0; i < here.size(); ++i) CHECK(std::abs(here[i] - there[i]) < 5e-3);
}

}  // namespace acinus::test

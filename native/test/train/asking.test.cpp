// What a training step on the CPU asks of its tensors.
#include <ATen/record_function.h>

#include <atomic>

#include "test/catch.h"
#include "test/device/subjects.h"

namespace acinus::test {

namespace {

std::atomic<int64_t> asked{0};

std::unique_ptr<at::ObserverContext> count_questions(const at::RecordFunction& call) {
  const std::string name = call.name();
  if (name == "aten::_local_scalar_dense" || name == "aten::equal") ++asked;
  return nullptr;
}

}  // namespace

TEST_CASE("a training step on the CPU asks no tensor for a value: the event's numbers are read in one piece") {
  Trainer trainer(segmenter_on(torch::kCPU), train_data(), train_options());
  trainer.step({0, 1}, 0);
  trainer.step({2, 3}, 0);
  const auto handle = at::addGlobalCallback(at::RecordFunctionCallback(count_questions).scopes({at::RecordScope::FUNCTION}));
  asked = 0;
  CHECK(torch::ones({1}).item<float>() == 1);
  CHECK(asked == 1);  // such questions are noticed
  asked = 0;
  const StepResult closing = trainer.step({4, 5}, 0);
  trainer.step({0, 1}, 0);
  at::removeCallback(handle);
  CHECK(closing.gradient_norm.has_value());
  CHECK(asked == 0);
}

}  // namespace acinus::test

#include "core/train/measured_statistics.h"

#include "core/model/counted_norm.h"

namespace acinus {

namespace {

// Lets a caller set the momentum of all norms in its scope.
class BorrowedMomentum {
 public:
  explicit BorrowedMomentum(const nn::Module& network) : network_(network), steps_(norm_steps(network)) {
    for (const auto& [path, norm] : counted_norms(network)) {
      norms_.push_back({norm, norm->options.momentum().value(), norm->num_batches_tracked.clone()});
      norm->steps.reset();
    }
  }
  ~BorrowedMomentum() {
    const torch::NoGradGuard no_grad;
    for (auto& [norm, momentum, batches] : norms_) {
      norm->options.momentum(momentum);
      norm->num_batches_tracked.copy_(batches);
    }
    set_norm_steps(network_, steps_);
  }
  BorrowedMomentum(const BorrowedMomentum&) = delete;
  BorrowedMomentum& operator=(const BorrowedMomentum&) = delete;

  void set(double momentum) {
    for (auto& borrowed : norms_) borrowed.norm->options.momentum(momentum);
  }

 private:
  struct Borrowed {
    CountedNormImpl* norm;
    double momentum;
    Tensor batches;
  };
  const nn::Module& network_;
  Tensor steps_;
  std::vector<Borrowed> norms_;
};

}  // namespace

void measure_statistics(SegmentationModel& network, int64_t batches, const std::function<void(int64_t)>& pass) {
  const torch::NoGradGuard no_grad;
  BorrowedMomentum momentum(network);
  for (int64_t i = 0; i < batches; ++i) {
    momentum.set(1.0 / static_cast<double>(i + 1));  // the first batch replaces what was there
    pass(i);
  }
}

}  // namespace acinus

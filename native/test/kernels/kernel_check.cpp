#include "test/kernels/kernel_check.h"

#include "core/cpu/isa.h"
#include "core/error.h"
#include "test/kernels/kernel_runs.h"

namespace acinus::ops {

std::vector<KernelDifference> compare_kernels(const KernelCase& request) {
  if (!cpu::kernels_enabled())
    throw Error("ACINUS_CONFIG", "ACINUS_CPU_ISA=none turns the CPU kernels off; unset it to check them.");
  constexpr double kTooNear = 2e-6;  // some roundings of z in float32
  for (KernelCase drawn = request;; ++drawn.seed) {
    checks::Contents draw(drawn);
    const checks::Run run = checks::run_of(drawn, draw);
    checks::Side plain_side(drawn, false), fast_side(drawn, true);
    const Tensor expected = run(plain_side);
    if (plain_side.nearest_kink() < kTooNear) continue;
    const Tensor result = run(fast_side);
    const Tensor dy = draw(expected.sizes()).to(request.bfloat16 ? at::kBFloat16 : at::kFloat).to(at::kDouble);
    const auto expectations = plain_side.outcome(expected, dy), results = fast_side.outcome(result, dy);
    std::vector<KernelDifference> out = fast_side.extra();
    for (size_t i = 0; i < results.size(); ++i) {
      const Tensor reference = expectations[i].second;
      const double difference = (results[i].second.to(at::kDouble) - reference).abs().max().item<double>();
      out.push_back({results[i].first, difference, reference.abs().max().item<double>()});
    }
    return out;
  }
}

}  // namespace acinus::ops

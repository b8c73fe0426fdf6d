// The fast CPU operations beside their plain LibTorch versions, on random input of odd and even sizes. test/native runs this
// file once for each instruction set (ACINUS_CPU_ISA).
#include <cstdlib>
#include <random>

#include "core/cpu/isa.h"
#include "test/catch.h"
#include "test/kernels/image_kernel_check.h"
#include "test/kernels/kernel_cases.h"
#include "test/kernels/kernel_check.h"
#include "test/kernels/loss_kernel_check.h"

namespace acinus::test {

using ops::KernelCase, ops::KernelDifference;

namespace {

void require_instruction_set() {
  const char* wish = std::getenv("ACINUS_CPU_ISA");
  if (wish == nullptr || std::string(wish) == cpu::isa_name()) return;
  SKIP("this processor has no " << wish);
}

uint64_t some_seed() { return std::random_device()() >> 1; }

std::string described(const KernelCase& one) {
  std::ostringstream out;
  out << one.operation << " images " << one.images << " height " << one.height << " width " << one.width << " channels "
      << c10::str(one.channels) << " kernel " << one.kernel << " stride " << one.stride << " bfloat16 " << one.bfloat16
      << " training " << one.training << " flat " << one.flat << " seed " << one.seed;
  return out.str();
}

void require_small(const KernelCase& request, const KernelDifference& found, double allowed) {
  if (found.difference <= allowed) return;  // NaN is wrong too
  FAIL_CHECK(found.name << ": " << found.difference << " of " << found.scale << " in " << described(request));
}

// A gradient that cancels to nothing is compared with the size of what cancelled: 1 of an activation, and of a parameter, which
// sums over pixels that are each rounded their own way, the walk of so many steps. In float32 a step is a sixteenth: the worst
// of 7,000 cases was half of that.
double size_of(const KernelCase& request, const std::string& name) {
  const auto says = [&](const char* word) { return name.find(word) != std::string::npos; };
  if (!name.starts_with("gradient of ") || says("input") || says("residual") || says("skip")) return 1;
  const double walk = std::sqrt(static_cast<double>(request.images * request.height * request.width));
  return std::max(1.0, request.bfloat16 ? walk : walk / 16);
}

void require_agreement(const std::string& operation, bool bfloat16, double tolerance) {
  require_instruction_set();
  CAPTURE(operation, bfloat16);
  const uint64_t seed = some_seed();
  const bool of_loss = operation == "stabilized_loss" || operation == "signed_distance";
  int64_t compared = 0;
  for (KernelCase request : network_cases(operation)) {
    request.bfloat16 = bfloat16;
    request.seed = seed;
    for (const KernelDifference& found : of_loss ? compare_loss_kernels(request) : ops::compare_kernels(request)) {
      ++compared;
      require_small(request, found, tolerance * std::max(found.scale, size_of(request, found.name)));
    }
  }
  REQUIRE(compared > 15);
}

// Sums of a thousand terms in float32; the bfloat16 of inputs and results has 8 bits.
void require_agreement(const std::string& operation) {
  require_agreement(operation, false, 3e-5);
  require_agreement(operation, true, 1.6e-2);
}

void require_image_agreement(const std::string& operation, double tolerance) {
  require_instruction_set();
  const uint64_t seed = some_seed();
  int64_t compared = 0;
  for (KernelCase request : image_cases(operation)) {
    request.seed = seed;
    const auto differences = compare_image_kernels(request);
    compared += !differences.empty();
    for (const KernelDifference& found : differences) require_small(request, found, tolerance * std::max(found.scale, 1.0));
  }
  REQUIRE(compared == 224);
}

// A coordinate of some hundred pixels in float32 is known to 3e-5 px; elsewhere sums of up to 4000 terms are rounded.
constexpr double kSummed = 5e-6, kFetched = 2e-4, kExact = 0;
// Some roundings of values near 1: the worst of 2,000 cases was a quarter of that.
constexpr double kRounded = 1e-6;

}  // namespace

#define ACINUS_KERNEL_TEST(operation)                                                              \
  TEST_CASE("the kernel " operation " agrees with LibTorch's operators in float64", "[kernels]") { \
    require_agreement(operation);                                                                  \
  }

ACINUS_KERNEL_TEST("batch_norm")
ACINUS_KERNEL_TEST("batch_norm_relu")
ACINUS_KERNEL_TEST("batch_norm_silu")
ACINUS_KERNEL_TEST("batch_norm_add")
ACINUS_KERNEL_TEST("squeeze_excite_conv1x1")
ACINUS_KERNEL_TEST("batch_norm_relu_scse")
ACINUS_KERNEL_TEST("gated")
ACINUS_KERNEL_TEST("upsample_cat_scse")
ACINUS_KERNEL_TEST("conv1x1_batch_norm_relu_add")
ACINUS_KERNEL_TEST("conv3x3_batch_norm_relu_add")
ACINUS_KERNEL_TEST("upsample_conv3x3_batch_norm_relu")
ACINUS_KERNEL_TEST("conv1x1")
ACINUS_KERNEL_TEST("conv3x3")
ACINUS_KERNEL_TEST("upsample_conv3x3")
ACINUS_KERNEL_TEST("depthwise_conv2d")
ACINUS_KERNEL_TEST("batch_norm_silu_depthwise_conv2d")
ACINUS_KERNEL_TEST("bottleneck")
ACINUS_KERNEL_TEST("batch_norm_silu_bottleneck")
ACINUS_KERNEL_TEST("expanded_bottleneck")
ACINUS_KERNEL_TEST("patch_conv2d")

TEST_CASE("the kernel adamw agrees with LibTorch's operators in float64", "[kernels]") {
  require_agreement("adamw", false, kRounded);
}
TEST_CASE("the kernel stabilized_loss agrees with LibTorch's operators in float64", "[kernels]") {
  require_agreement("stabilized_loss", false, kRounded);
}

TEST_CASE("signed_distance agrees with LibTorch's operators", "[kernels]") {
  require_agreement("signed_distance", false, 1e-14);  // whole numbers until the last root
}

TEST_CASE("the kernel gabor_response agrees with its plain version", "[kernels]") {
  require_image_agreement("gabor_response", kSummed);
}
TEST_CASE("the kernel smoothed agrees with its plain version", "[kernels]") { require_image_agreement("smoothed", kSummed); }
TEST_CASE("the kernel bilateral_sum agrees with its plain version", "[kernels]") {
  require_image_agreement("bilateral_sum", 1e-4);  // its weights are exact to 2⁻¹⁴
}
TEST_CASE("the kernel remap_bilinear agrees with its plain version", "[kernels]") {
  require_image_agreement("remap_bilinear", kFetched);
}
TEST_CASE("the kernel remap_nearest agrees with its plain version", "[kernels]") {
  require_image_agreement("remap_nearest", kSummed);
}
TEST_CASE("the kernel transform agrees with its plain version", "[kernels]") { require_image_agreement("transform", kFetched); }
TEST_CASE("random numbers agree with those drawn one by one", "[kernels]") { require_image_agreement("noise", kExact); }

}  // namespace acinus::test

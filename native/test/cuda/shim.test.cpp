// The shim itself: what it computes, and what it notices.
#include "test/cuda/shim.h"

#include <numeric>

#include "test/cuda/on_host.h"

namespace acinus::test {

namespace {

using shim::Global;
using shim::Order;
using shim::Session;

// The sum of a block's 64 numbers; correct with all barriers alone.
void reduction(Global<const float> x, Global<float> y, bool barriers) {
  ACINUS_SHARED(float, sums, 64);
  const int i = static_cast<int>(threadIdx.x);
  sums[i] = x[blockIdx.x * 64 + i];
  __syncthreads();
  for (int half = 32; half > 0; half /= 2) {
    if (i < half) sums[i] += sums[i + half];
    if (barriers || half == 32) __syncthreads();
  }
  if (i == 0) y[blockIdx.x] = sums[0];
}

void warp_sum(Global<const float> x, Global<float> y, Global<unsigned> votes) {
  float sum = x[threadIdx.x];
  for (int by = 16; by > 0; by /= 2) sum += __shfl_down_sync(~0U, sum, by);
  const unsigned odd = __ballot_sync(~0U, static_cast<int>(threadIdx.x % 2));
  if (threadIdx.x % 32 == 0) {
    y[threadIdx.x / 32] = sum;
    votes[threadIdx.x / 32] = odd;
  }
}

void one_too_many(Global<float> y) { y[threadIdx.x + 1] = 1; }
void unwritten(Global<float> y) {
  ACINUS_SHARED(float, values, 32);
  if (threadIdx.x == 0) y[0] = values[3];
}
void uneven() {
  if (threadIdx.x < 7) __syncthreads();
  if (threadIdx.x >= 7) __syncwarp();
}
void adds(Global<int> sum, bool atomic) {
  if (atomic) {
    atomicAdd(sum.get(), 1);
  } else {
    sum[0] += 1;
  }
}

template <class... Parameters, class... Arguments>
std::vector<std::string> problems_of(Order order, std::vector<std::pair<void*, size_t>> memory, int threads,
                                     void (*kernel)(Parameters...), Arguments... arguments) {
  Session session(order);
  for (size_t i = 0; i < memory.size(); ++i) session.know(memory[i].first, memory[i].second, "buffer " + std::to_string(i));
  shim::launch(kernel, dim3(3), dim3(threads), nullptr, arguments...);
  return session.problems();
}

}  // namespace

TEST_CASE("the shim of CUDA runs a block's reduction in every order", "[cuda]") {
  std::vector<float> x(192), y(3);
  std::iota(x.begin(), x.end(), 1.0F);
  for (const Order order : kOrders) {
    std::fill(y.begin(), y.end(), 0.0F);
    REQUIRE(problems_of(order, {{x.data(), 768}, {y.data(), 12}}, 64, reduction, x.data(), y.data(), true).empty());
    REQUIRE(y == std::vector<float>{2080, 6176, 10272});
  }
}

TEST_CASE("the shim of CUDA notices a missing barrier", "[cuda]") {
  std::vector<float> x(192, 1.0F), y(3);
  for (const Order order : kOrders) {
    const auto problems = problems_of(order, {{x.data(), 768}, {y.data(), 12}}, 64, reduction, x.data(), y.data(), false);
    REQUIRE(problems.size() == 1);
    REQUIRE_THAT(problems[0], Catch::Matchers::StartsWith("A race: shared memory sums"));
  }
}

TEST_CASE("the order of threads shows a race that adds to global memory", "[cuda]") {
  int sum = 0;
  REQUIRE(problems_of(Order::kShuffled, {{&sum, sizeof(sum)}}, 64, adds, &sum, true).empty());
  REQUIRE(sum == 192);
  sum = 0;
  problems_of(Order::kShuffled, {{&sum, sizeof(sum)}}, 64, adds, &sum, false);
  REQUIRE(sum < 192);
}

TEST_CASE("the shim of CUDA exchanges the values and votes of a warp", "[cuda]") {
  std::vector<float> x(64), y(2);
  std::vector<unsigned> votes(2);
  std::iota(x.begin(), x.end(), 0.0F);
  for (const Order order : kOrders) {
    const auto problems =
        problems_of(order, {{x.data(), 256}, {y.data(), 8}, {votes.data(), 8}}, 64, warp_sum, x.data(), y.data(), votes.data());
    REQUIRE(problems.empty());
    REQUIRE(y == std::vector<float>{496, 1520});
    REQUIRE(votes == std::vector<unsigned>{0xaaaaaaaa, 0xaaaaaaaa});
  }
}

TEST_CASE("the shim of CUDA reports a write outside of a buffer, and does not do it", "[cuda]") {
  std::vector<float> y(33, 0.0F);
  const auto problems = problems_of(Order::kAscending, {{y.data(), 128}}, 32, one_too_many, y.data());
  REQUIRE(problems ==
          std::vector<std::string>{"A write is outside of buffer 0, at byte 128 of 128 (thread 31,0,0 of block 0,0,0)"});
  REQUIRE(y[32] == 0);
}

TEST_CASE("the shim of CUDA reports reads of shared memory that nothing wrote", "[cuda]") {
  float y = 0;
  const auto problems = problems_of(Order::kAscending, {{&y, sizeof(y)}}, 32, unwritten, &y);
  REQUIRE(problems ==
          std::vector<std::string>{"Shared memory values is read before it is written (thread 0,0,0 of block 0,0,0)"});
}

TEST_CASE("the shim of CUDA reports threads that wait at different barriers", "[cuda]") {
  const auto problems = problems_of(Order::kAscending, {}, 32, uneven);
  REQUIRE_FALSE(problems.empty());
}

TEST_CASE("the shim's 16-bit types round as LibTorch's", "[cuda]") {
  const Tensor bits = torch::cat({torch::randint(-0x7f800000, 0x7f800000, {20000}, at::kInt), torch::arange(100, at::kInt)});
  const Tensor spread = torch::randn({20000}) * torch::pow(10.0, torch::randint(-8, 6, {20000}));
  for (const Tensor& all : {bits.view(at::kFloat), spread.to(at::kFloat).contiguous()}) {
    const Tensor halves = all.to(at::kHalf), brains = all.to(at::kBFloat16);
    for (int64_t i = 0; i < all.numel(); ++i) {
      const float x = all.const_data_ptr<float>()[i];
      const auto half = halves.const_data_ptr<at::Half>()[i];
      const auto brain = brains.const_data_ptr<at::BFloat16>()[i];
      if (x != x) continue;
      REQUIRE(__float2half_rn(x).bits == half.x);
      REQUIRE(__float2bfloat16_rn(x).bits == brain.x);
      REQUIRE(__half2float({half.x}) == static_cast<float>(half));
      REQUIRE(__bfloat162float({brain.x}) == static_cast<float>(brain));
    }
  }
}

}  // namespace acinus::test

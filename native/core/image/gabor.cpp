#include "core/image/gabor.h"

#include <c10/core/impl/LocalDispatchKeySet.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <numbers>

#include "core/error.h"
#include "core/ops/gabor_response.h"
#include "core/ops/luma.h"

namespace acinus {

namespace {

void check(const EdgeOptions& options) {
  const bool positive = std::all_of(options.wavelengths.begin(), options.wavelengths.end(), [](double w) { return w > 0; });
  if (options.orientations < 1 || options.wavelengths.empty() || !positive || !(options.sigma > 0) || !(options.gamma > 0) ||
      options.kernel_size < 1 || options.kernel_size % 2 == 0) {
    throw Error(
        "ACINUS_INVALID_ARGUMENT",
        "The Gabor bank needs at least one orientation, wavelengths, sigma and gamma above 0, and an odd kernel size; got " +
            std::to_string(options.orientations) + " orientations, " + std::to_string(options.wavelengths.size()) +
            " wavelengths, sigma " + std::to_string(options.sigma) + ", gamma " + std::to_string(options.gamma) + ", size " +
            std::to_string(options.kernel_size) + ".");
  }
}

double absolute_sum(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += std::abs(value);
  return sum;
}

double positive_sum(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += std::max(value, 0.0);
  return sum;
}

// One kernel, size² values, as OpenCV's getGaborKernel lays it out: x to the left and y upwards from the centre.
void fill_kernel(double theta, double wavelength, const EdgeOptions& options, std::vector<double>& kernel) {
  const int64_t size = options.kernel_size, radius = size / 2;
  const double c = std::cos(theta), s = std::sin(theta);
  const double ex = -0.5 / (options.sigma * options.sigma);
  const double ey = ex * options.gamma * options.gamma;
  const double frequency = 2 * std::numbers::pi / wavelength;
  std::vector<double> envelope(kernel.size());
  double kernel_sum = 0, envelope_sum = 0;
  for (int64_t y = -radius; y <= radius; ++y) {
    for (int64_t x = -radius; x <= radius; ++x) {
      const double along = static_cast<double>(x) * c + static_cast<double>(y) * s;
      const double across = -static_cast<double>(x) * s + static_cast<double>(y) * c;
      const auto at = static_cast<size_t>((radius - y) * size + (radius - x));
      envelope[at] = std::exp(ex * along * along + ey * across * across);
      kernel[at] = envelope[at] * std::cos(frequency * along + options.psi);
      envelope_sum += envelope[at];
      kernel_sum += kernel[at];
    }
  }
  if (options.dc_compensation) {
    for (size_t i = 0; i < kernel.size(); ++i) kernel[i] -= envelope[i] * (kernel_sum / envelope_sum);
  }
  if (!options.l1_normalize) return;
  if (const double norm = absolute_sum(kernel); norm > 0) {
    for (double& value : kernel) value /= norm;
  }
}

struct Bank {
  Tensor kernels;
  double strongest_possible = 0;  // response to values in [−1, 1]
  double largest_response = 0;    // to values in [0, 1]
};

Bank bank(const EdgeOptions& options) {
  check(options);
  const int64_t size = options.kernel_size, wavelengths = static_cast<int64_t>(options.wavelengths.size());
  Tensor kernels = torch::empty({options.orientations * wavelengths, size, size}, torch::kFloat64);
  auto* out = kernels.data_ptr<double>();
  double strongest = 0, largest = 0;
  std::vector<double> kernel(static_cast<size_t>(size * size));
  for (int64_t k = 0; k < options.orientations; ++k) {
    const double theta = static_cast<double>(k) * std::numbers::pi / static_cast<double>(options.orientations);
    for (const double wavelength : options.wavelengths) {
      fill_kernel(theta, wavelength, options, kernel);
      out = std::copy(kernel.begin(), kernel.end(), out);
      strongest = std::max(strongest, absolute_sum(kernel));
      largest = std::max(largest, positive_sum(kernel));
    }
  }
  return {kernels, strongest, largest};
}

// Made once for equal options, and copied once to each device.
Bank kept_bank(const EdgeOptions& options, torch::Device device) {
  struct Kept {
    EdgeOptions options;
    std::vector<Bank> of_device;
  };
  static std::mutex mutex;
  static auto& last = *new std::optional<Kept>;  // never destroyed: LibTorch may be gone by then
  const std::lock_guard lock(mutex);
  if (!last || last->options != options) last.emplace(Kept{options, {bank(options)}});
  auto& banks = last->of_device;
  const auto found = std::find_if(banks.begin(), banks.end(), [&](const Bank& one) { return one.kernels.device() == device; });
  if (found != banks.end()) return *found;
  banks.push_back({banks.front().kernels.to(device), banks.front().strongest_possible, banks.front().largest_response});
  return banks.back();
}

}  // namespace

Tensor gabor_kernels(const EdgeOptions& options) { return kept_bank(options, torch::kCPU).kernels; }

double largest_response(const EdgeOptions& options) { return kept_bank(options, torch::kCPU).largest_response; }

Tensor edge_map(const Tensor& rgb, const EdgeOptions& options) {
  const torch::NoGradGuard no_grad;
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  // An image smaller than a kernel is mirrored under it many times, and its responses all but cancel: float32 would leave
  // rounding.
  const bool small = std::min(rgb.size(2), rgb.size(3)) < options.kernel_size;
  const auto [kernels, strongest_possible, largest_response] = kept_bank(options, rgb.device());
  Tensor gray = ops::luma(small ? rgb.to(torch::kFloat64) : rgb);
  // What compensated kernels would cancel leaves less rounding where it is not there: it counts in faint images.
  if (options.dc_compensation) gray.sub_(gray.mean({2, 3}, true));
  Tensor edges = ops::strongest_response(gray, {kernels, options.orientations, options.psi == 0.0});
  if (options.scale == EdgeScale::kFixed) {
    const double scale = largest_response > 0 ? options.gain / largest_response : 0.0;
    return edges.mul_(scale).clamp_(0.0, 1.0).to(torch::kFloat32);
  }
  const Tensor low = edges.amin({2, 3}, true), range = edges.amax({2, 3}, true) - low;
  const Tensor divisor = torch::where(range > kFlatEdges * strongest_possible, range, std::numeric_limits<double>::infinity());
  return edges.sub_(low).div_(divisor).to(torch::kFloat32);
}

bool turns_with_image(const EdgeOptions& options) {
  // The square's symmetries map such a bank onto itself: orientations a right angle apart, and kernels the same from both
  // sides.
  return options.orientations % 2 == 0 && options.psi == 0.0;
}

}  // namespace acinus

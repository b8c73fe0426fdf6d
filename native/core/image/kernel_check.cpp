#include "core/image/kernel_check.h"

#include <ATen/CPUGeneratorImpl.h>

#include "core/image/augment.h"
#include "core/image/elastic.h"
#include "core/image/gabor_response.h"

namespace acinus {

namespace {

using Both = std::pair<Tensor, Tensor>;  // of the fast version, of the plain one in float64

Both both_responses(const ops::KernelCase& request, const Tensor& noise) {
  EdgeOptions options;
  options.kernel_size = request.kernel;
  options.wavelengths.clear();
  for (int64_t w = 0; w < request.channels[0]; ++w) options.wavelengths.push_back(3.0 * std::pow(1.7, w));
  const Tensor kernels = gabor_kernels(options);
  const Tensor gray = noise.narrow(1, 0, 1);
  return {strongest_response(gray.to(at::kFloat), kernels, options), plain::strongest_response(gray, kernels)};
}

// Displacements of up to some image widths; for the nearest pixel none near the middle between two.
Tensor drawn_field(const ops::KernelCase& request, at::Generator& generator, bool nearest) {
  const double most = static_cast<double>(std::max(request.height, request.width));
  Tensor field = at::randn({2, request.height, request.width}, generator, at::kDouble) * most;
  if (nearest) field = field.floor() + at::rand(field.sizes(), generator, at::kDouble) * 0.9 - 0.45;
  return field.to(at::kFloat).to(at::kDouble);
}

Both both_remaps(const ops::KernelCase& request, const Tensor& image, at::Generator& generator, Interpolation interpolation) {
  const Tensor field = drawn_field(request, generator, interpolation == Interpolation::kNearest);
  return {remap(image.to(at::kFloat), field.to(at::kFloat), interpolation), plain::remap(image, field, interpolation)};
}

Both both_brightened(const Tensor& image) {
  Tensor result = image.to(at::kFloat, /*non_blocking=*/false, /*copy=*/true), expected = image.clone();
  brighten(result, 90, 100);  // of a deviation: some pixels end at 0 and at 255
  plain::brighten(expected, 90, 100);
  return {result, expected};
}

std::optional<Both> both(const ops::KernelCase& request) {
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(request.seed);
  const Tensor noise = at::randn({request.images, request.channels[0], request.height, request.width}, generator, at::kDouble)
                           .to(at::kFloat)
                           .to(at::kDouble);
  const std::string& name = request.operation;
  if (name == "gabor_response") return both_responses(request, noise);
  const double sigma = static_cast<double>(request.kernel) / 4;
  if (name == "smoothed") return Both{smoothed(noise[0].to(at::kFloat), 3, sigma), plain::smoothed(noise[0], 3, sigma)};
  if (name == "remap_bilinear") return both_remaps(request, noise[0], generator, Interpolation::kBilinear);
  if (name == "remap_nearest") return both_remaps(request, noise[0], generator, Interpolation::kNearest);
  if (name == "brighten") return both_brightened(noise[0]);
  return std::nullopt;
}

}  // namespace

std::vector<ops::KernelDifference> compare_image_kernels(const ops::KernelCase& request) {
  const auto results = both(request);
  if (!results) return {};
  const auto& [result, expected] = *results;
  const Tensor difference = (result.to(at::kDouble) - expected).abs();
  return {{"result", difference.max().item<double>(), expected.abs().max().item<double>()}};
}

}  // namespace acinus

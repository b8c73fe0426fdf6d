#include "test/kernels/image_kernel_check.h"

#include <ATen/CPUGeneratorImpl.h>

#include <map>

#include "core/cpu/image_kernels.h"
#include "core/ignored.h"
#include "core/image/augment.h"
#include "core/image/gabor.h"
#include "core/ops/bilateral.h"
#include "core/ops/draws.h"
#include "core/ops/gabor_response.h"
#include "core/ops/warp.h"
#include "test/options.h"

namespace acinus {

namespace {

using ops::Interpolation, ops::Transformed;

struct Outcome {
  const char* name;
  Tensor result, expected;  // of the fast version, of the plain one
};
using Outcomes = std::vector<Outcome>;

// Doubles that are floats too.
Tensor drawn(const ops::KernelCase& request, int64_t planes, at::Generator& generator) {
  return at::randn({planes, request.height, request.width}, generator, at::kDouble).to(at::kFloat).to(at::kDouble);
}

// Displacements of up to some image widths; for the nearest pixel none near the middle between two.
Tensor drawn_field(const ops::KernelCase& request, at::Generator& generator, Interpolation interpolation) {
  Tensor field = drawn(request, 2, generator) * static_cast<double>(std::max(request.height, request.width));
  if (interpolation == Interpolation::kNearest) {
    field = field.floor() + at::rand(field.sizes(), generator, at::kDouble) * 0.9 - 0.45;
  }
  return field.to(at::kFloat).to(at::kDouble);
}

Outcomes responses(const ops::KernelCase& request, at::Generator& generator) {
  EdgeOptions options = test::edge_options();
  options.kernel_size = request.kernel;
  options.orientations = at::randint(1, 10, {}, generator, at::kLong).item<int64_t>();
  const Tensor shape = at::rand({2}, generator, at::kDouble);
  options.sigma = 2 + 4 * shape[0].item<double>();
  options.gamma = 0.3 + 0.7 * shape[1].item<double>();
  options.wavelengths.clear();
  for (int64_t w = 0; w < request.channels[0]; ++w) options.wavelengths.push_back(3.0 * std::pow(1.7, w));
  const ops::GaborBank bank{gabor_kernels(options), options.orientations, /*symmetric=*/true};
  const Tensor gray = drawn(request, request.images, generator).unsqueeze(1);
  return {{"result", ops::strongest_response(gray.to(at::kFloat), bank), ops::plain::strongest_response(gray, bank)}};
}

Outcomes smoothings(const ops::KernelCase& request, at::Generator& generator) {
  const Tensor planes = drawn(request, request.channels[0], generator);
  const double sigma = static_cast<double>(request.kernel) / 4;
  return {{"result", ops::smoothed(planes.to(at::kFloat), 3, sigma), ops::plain::smoothed(planes, 3, sigma)}};
}

// Of nearly binary values in few colours, as a random field has them.
Outcomes bilateral_sums(const ops::KernelCase& request, at::Generator& generator) {
  const Tensor values = drawn(request, 1, generator)[0].tanh().to(at::kFloat).to(at::kDouble);
  const Tensor colours = at::randint(256, {3, request.height, request.width}, generator, at::kDouble);
  const ops::BilateralKernel kernel{static_cast<double>(request.kernel) / 6, 60};
  return {{"result", ops::bilateral_sum(values.to(at::kFloat), colours.to(at::kFloat), kernel),
           ops::plain::bilateral_sum(values, colours, kernel)}};
}

template <Interpolation interpolation>
Outcomes remaps(const ops::KernelCase& request, at::Generator& generator) {
  const Tensor image = drawn(request, request.channels[0], generator), field = drawn_field(request, generator, interpolation);
  return {{"result", ops::remap(image.to(at::kFloat), field.to(at::kFloat), interpolation),
           ops::plain::remap(image, field, interpolation)}};
}

// Of planes or interleaved bytes; what is done to them is drawn.
Outcomes transforms(const ops::KernelCase& request, at::Generator& generator) {
  const int64_t height = request.height, width = request.width, number = request.channels[0];
  const auto bytes = [&](int64_t below, at::IntArrayRef shape) { return at::randint(below, shape, generator, at::kByte); };
  const Tensor pixels = number % 2 == 0 ? bytes(256, {3, height, width}) : bytes(256, {height, width, 3}).permute({2, 0, 1});
  const Tensor mask = bytes(2, {1, height, width}) * 255;
  mask.masked_fill_(bytes(5, {1, height, width}) == 0, kIgnored);
  AugmentOptions options = test::augment_options();
  options.elastic = 0.5;
  const auto decisions = draw_augmentation(request.kernel, {request.seed, static_cast<uint64_t>(number)}, options);
  const Tensor field = drawn_field(request, generator, Interpolation::kNearest);
  const auto result_of = [&](auto transform, at::ScalarType type) {
    const Transformed out{at::empty({3, height, width}, type), at::empty({1, height, width}, at::kByte)};
    transform(pixels, mask, decisions, decisions.elastic ? field.to(type) : Tensor(), out);
    return out;
  };
  const Transformed result = result_of(ops::transform, at::kFloat), expected = result_of(ops::plain::transform, at::kDouble);
  const Tensor interleaved = at::empty({height, width, 3}, at::kByte).permute({2, 0, 1}), cells = at::empty_like(mask);
  ops::transform(pixels, mask, decisions, decisions.elastic ? field.to(at::kFloat) : Tensor(), {interleaved, cells});
  return {{"image", result.image, expected.image},
          {"mask", result.mask, expected.mask},
          {"bytes", interleaved, result.image.round()},
          {"mask beside bytes", cells, expected.mask}};
}

// Number by number; `random` is where it is afterwards.
Tensor numbers(RandomStream& random, int64_t count) {
  const Tensor out = at::empty({2, count}, at::kFloat);
  auto *x = out.data_ptr<float>(), *y = x + count;
  for (int64_t i = 0; i < count; ++i) {
    x[i] = 2 * random.uniform_float() - 1;
    y[i] = 2 * random.uniform_float() - 1;
  }
  return out;
}

// From the start of a stream, and over the end of the position's lower word.
Outcomes noises(const ops::KernelCase& request, at::Generator&) {
  const int64_t height = request.height, width = request.width, count = height * width;
  const RandomStream random(request.seed, Purpose::kElastic, static_cast<uint64_t>(request.kernel), 1ULL << 33);
  RandomStream from_start = random, from_far = random;
  const Tensor wanted = numbers(from_start, count).view({2, height, width});
  const uint64_t far = (1ULL << 32) - 2;
  from_far.skip(4 * far);
  const Tensor there = at::empty({2, count}, at::kFloat);
  cpu::image_kernels().noise({{random.key()[0], random.key()[1]}, far, static_cast<uint64_t>(random.index())}, count,
                             there.data_ptr<float>(), there[1].data_ptr<float>());
  const ops::DropConnect drops{.seed = request.seed,
                               .step = 3,
                               .first_block = height,
                               .blocks = 1 + width % 5,
                               .batch = 1 + count % 9,
                               .base = 0.05,
                               .rate = 0.3,
                               .depth = 2 * height};
  return {{"result", ops::noise(random, height, width, at::kCPU), wanted},
          {"the definition's", ops::plain::noise(random, height, width, at::kCPU), wanted},
          {"numbers far behind", there, numbers(from_far, count)},
          {"drop-connect", ops::drop_connect_factors(drops, at::kCPU), ops::plain::drop_connect_factors(drops, at::kCPU)}};
}

}  // namespace

std::vector<ops::KernelDifference> compare_image_kernels(const ops::KernelCase& request) {
  static const std::map<std::string, Outcomes (*)(const ops::KernelCase&, at::Generator&)> operations{
      {"gabor_response", responses},
      {"smoothed", smoothings},
      {"bilateral_sum", bilateral_sums},
      {"remap_bilinear", remaps<Interpolation::kBilinear>},
      {"remap_nearest", remaps<Interpolation::kNearest>},
      {"transform", transforms},
      {"noise", noises}};
  const auto found = operations.find(request.operation);
  if (found == operations.end()) return {};
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(request.seed);
  std::vector<ops::KernelDifference> out;
  for (const auto& [name, result, expected] : found->second(request, generator)) {
    const Tensor wanted = expected.to(at::kDouble), difference = (result.to(at::kDouble) - wanted).abs();
    out.push_back({name, difference.max().item<double>(), wanted.abs().max().item<double>()});
  }
  return out;
}

}  // namespace acinus

#include "test/kernels/image_kernel_check.h"

#include <ATen/CPUGeneratorImpl.h>

#include <map>

#include "core/image/augment.h"
#include "core/image/elastic.h"
#include "core/image/gabor_response.h"

namespace acinus {

namespace {

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
  EdgeOptions options;
  options.kernel_size = request.kernel;
  options.orientations = at::randint(1, 10, {}, generator, at::kLong).item<int64_t>();
  const Tensor shape = at::rand({2}, generator, at::kDouble);
  options.sigma = 2 + 4 * shape[0].item<double>();
  options.gamma = 0.3 + 0.7 * shape[1].item<double>();
  options.wavelengths.clear();
  for (int64_t w = 0; w < request.channels[0]; ++w) options.wavelengths.push_back(3.0 * std::pow(1.7, w));
  const Tensor kernels = gabor_kernels(options), gray = drawn(request, request.images, generator).unsqueeze(1);
  return {{"result", strongest_response(gray.to(at::kFloat), kernels, options), plain::strongest_response(gray, kernels)}};
}

Outcomes smoothings(const ops::KernelCase& request, at::Generator& generator) {
  const Tensor planes = drawn(request, request.channels[0], generator);
  const double sigma = static_cast<double>(request.kernel) / 4;
  return {{"result", smoothed(planes.to(at::kFloat), 3, sigma), plain::smoothed(planes, 3, sigma)}};
}

template <Interpolation interpolation>
Outcomes remaps(const ops::KernelCase& request, at::Generator& generator) {
  const Tensor image = drawn(request, request.channels[0], generator), field = drawn_field(request, generator, interpolation);
  return {
      {"result", remap(image.to(at::kFloat), field.to(at::kFloat), interpolation), plain::remap(image, field, interpolation)}};
}

// Of planes or interleaved bytes; what is done to them is drawn.
Outcomes transforms(const ops::KernelCase& request, at::Generator& generator) {
  const int64_t height = request.height, width = request.width, number = request.channels[0];
  const auto bytes = [&](int64_t below, at::IntArrayRef shape) { return at::randint(below, shape, generator, at::kByte); };
  const Tensor pixels = number % 2 == 0 ? bytes(256, {3, height, width}) : bytes(256, {height, width, 3}).permute({2, 0, 1});
  const Tensor mask = bytes(2, {1, height, width}) * 255;
  AugmentOptions options;
  options.elastic = 0.5;
  const auto decisions = draw_augmentation(request.kernel, {request.seed, static_cast<uint64_t>(number)}, options);
  const Tensor field = drawn_field(request, generator, Interpolation::kNearest);
  const auto result_of = [&](auto transform, at::ScalarType type) {
    const Transformed out{at::empty({3, height, width}, type), at::empty({1, height, width}, at::kByte)};
    transform(pixels, mask, decisions, decisions.elastic ? field.to(type) : Tensor(), out);
    return out;
  };
  const Transformed result = result_of(transform, at::kFloat), expected = result_of(plain::transform, at::kDouble);
  const Tensor interleaved = at::empty({height, width, 3}, at::kByte).permute({2, 0, 1}), cells = at::empty_like(mask);
  transform(pixels, mask, decisions, decisions.elastic ? field.to(at::kFloat) : Tensor(), {interleaved, cells});
  return {{"image", result.image, expected.image},
          {"mask", result.mask, expected.mask},
          {"bytes", interleaved, result.image.round()},
          {"mask beside bytes", cells, expected.mask}};
}

// From the start of a stream, from within a block, and over the end of the position's lower word.
Outcomes noises(const ops::KernelCase& request, at::Generator&) {
  RandomStream random(request.seed, Purpose::kElastic, static_cast<uint64_t>(request.kernel), 1ULL << 33);
  const uint64_t starts[] = {0, 5, (1ULL << 34) - 4, 40};
  random.skip(starts[request.channels[0] % 4]);
  const auto result_of = [&](auto draw) {
    const Tensor out = at::empty({2, request.height * request.width + 1}, at::kFloat);
    RandomStream own = random;
    draw(own, out.size(1) - 1, out.data_ptr<float>(), out[1].data_ptr<float>());
    out.select(1, -1).fill_(own.uniform_float());  // where the stream stands afterwards
    return out;
  };
  const auto fast = [](RandomStream& own, int64_t count, float* x, float* y) { own.symmetric_pairs(count, x, y); };
  return {{"result", result_of(fast), result_of(plain::symmetric_pairs)}};
}

}  // namespace

std::vector<ops::KernelDifference> compare_image_kernels(const ops::KernelCase& request) {
  static const std::map<std::string, Outcomes (*)(const ops::KernelCase&, at::Generator&)> operations{
      {"gabor_response", responses},
      {"smoothed", smoothings},
      {"remap_bilinear", remaps<Interpolation::kBilinear>},
      {"remap_nearest", remaps<Interpolation::kNearest>},
      {"transform", transforms},
      {"symmetric_pairs", noises}};
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

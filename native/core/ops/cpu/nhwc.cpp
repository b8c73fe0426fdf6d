#include "core/ops/cpu/nhwc.h"

#include <bit>
#include <numeric>

namespace acinus::ops::on_cpu {

namespace {

float as_float(float number) { return number; }
float as_float(cpu::BFloat16 number) { return std::bit_cast<float>(uint32_t{number.bits} << 16); }

}  // namespace

cpu::Activation kernel_activation(Activation activation) {
  if (activation == Activation::kRelu) return cpu::kRelu;
  return activation == Activation::kSilu ? cpu::kSilu : cpu::kIdentity;
}

cpu::WindowShape windows_of(int64_t height, int64_t width, int64_t channels, const WindowOptions& o) {
  return {.height = height,
          .width = width,
          .out_height = (height + o.pad_top + o.pad_bottom - o.kernel) / o.stride + 1,
          .out_width = (width + o.pad_left + o.pad_right - o.kernel) / o.stride + 1,
          .channels = channels,
          .kernel = static_cast<int>(o.kernel),
          .stride = static_cast<int>(o.stride),
          .pad_top = static_cast<int>(o.pad_top),
          .pad_left = static_cast<int>(o.pad_left)};
}

Tensor as_laid_out(const Tensor& gradient, const Tensor& x) {
  return gradient.to(x.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
}

std::vector<double> total_of(const Doubles& sums, int64_t images) {
  const auto numbers = (sums.end() - sums.begin()) / images;
  std::vector<double> out(sums.begin(), sums.begin() + numbers);
  for (const double* from = sums.begin() + numbers; from < sums.end(); from += numbers) {
    for (int64_t i = 0; i < numbers; ++i) out[i] += from[i];
  }
  return out;
}

Tensor sum_of_parts(const Tensor& partial) {
  constexpr int64_t kAtOnce = 4096;
  const int64_t groups = partial.size(0), parts = partial.size(1), length = partial.stride(1);
  const int64_t pieces = (length + kAtOnce - 1) / kAtOnce;
  auto sizes = partial.sizes().vec();
  sizes.erase(sizes.begin() + 1);
  Tensor out = floats(sizes);
  const float* const from = values(partial);
  auto* const to = out.data_ptr<float>();
  cpu::parallel_parts(groups * pieces, threads(), [&](int64_t index) {
    const int64_t group = index / pieces, begin = index % pieces * kAtOnce, end = std::min(begin + kAtOnce, length);
    cpu::kernels<float>().sum_of_parts(from + group * parts * length + begin, parts, length, end - begin,
                                       to + group * length + begin);
  });
  return out;
}

double sum_of(const Tensor& floats) {
  constexpr int64_t kPiece = 1 << 13;
  const float* const from = values(floats);
  const int64_t length = floats.numel(), pieces = (length + kPiece - 1) / kPiece;
  std::vector<double> sums(static_cast<size_t>(pieces));
  cpu::parallel_parts(pieces, threads(), [&](int64_t piece) {
    const auto [begin, end] = cpu::part_of(length, pieces, piece);
    sums[piece] = cpu::kernels<float>().sum(from + begin, end - begin);
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

int64_t parts_per_image(int64_t images, int64_t most, int64_t least) {
  const int64_t wanted = (kPartsOfThread * threads() + images - 1) / images;
  return std::max(std::min(most / least, wanted), fewest_parts_per_image(images, most));
}

int64_t fewest_parts_per_image(int64_t images, int64_t most) {
  const int64_t workers = threads();
  int64_t each = 1;
  while (images * each % workers != 0 && images * each < 3 * workers) ++each;
  return std::clamp<int64_t>(most / kShortest, 1, each);
}

JoinedGroups::JoinedGroups(int64_t channels) : mean_(channels), squares_(channels) {
  for (const Doubles* numbers : {&mean_, &squares_}) std::fill(numbers->begin(), numbers->end(), 0.0);
}

void JoinedGroups::join(int64_t count, const float* reference, const double* first, const double* second) {
  if (count == 0) return;
  const auto before = static_cast<double>(count_), n = static_cast<double>(count);
  const double share = n / (before + n), inverse = 1.0 / n;
  double *mean = mean_.begin(), *squares = squares_.begin();
  const int64_t channels = mean_.end() - mean;
  for (int64_t c = 0; c < channels; ++c) {
    const double offset = first[c] * inverse, step = static_cast<double>(reference[c]) + offset - mean[c];
    squares[c] += std::max(0.0, second[c] - first[c] * offset) + step * step * before * share;
    mean[c] += step * share;
  }
  count_ += count;
}

Statistics JoinedGroups::statistics() && {
  for (double& squares : squares_) squares /= static_cast<double>(count_);
  return {mean_.tensor(), squares_.tensor()};
}

Statistics statistics_of(const Tensor& x) {
  const Nhwc shape(x);
  const int64_t channels = shape.channels;
  // Sums are taken relative to the first pixel of the batch. Otherwise a large mean would cost digits of the variance.
  std::vector<float> reference(static_cast<size_t>(channels));
  const auto sums = with_type(x, [&]<class T>() {
    const T* data = data_of<T>(x);
    std::transform(data, data + channels, reference.begin(), [](T number) { return as_float(number); });
    return sums_of_images(shape.images, shape.pixels(), 2 * channels, kBlock,
                          [&](int64_t image, int64_t first, int64_t count, float* out) {
                            const T* from = data + (image * shape.pixels() + first) * channels;
                            cpu::kernels<T>().statistics(from, count, channels, reference.data(), out, out + channels);
                          });
  });
  JoinedGroups groups(channels);
  for (int64_t image = 0; image < shape.images; ++image) {
    const double* of_image = sums.begin() + image * 2 * channels;
    groups.join(shape.pixels(), reference.data(), of_image, of_image + channels);
  }
  return std::move(groups).statistics();
}

Tensor sum_of_pixels(const Tensor& x) {
  const Nhwc shape(x);
  // Few channels fill a vector with several pixels.
  const int64_t together = shape.channels < cpu::kPanel && shape.pixels() % cpu::kPanel == 0 ? cpu::kPanel : 1;
  const int64_t numbers = together * shape.channels, rows = shape.pixels() / together;
  const std::vector<float> zero(static_cast<size_t>(numbers));
  const auto sums = with_type(x, [&]<class T>() {
    return sums_of_images(shape.images, rows, 2 * numbers, kBlock,
                          [&](int64_t image, int64_t first, int64_t count, float* out) {
                            const T* from = data_of<T>(x) + (image * rows + first) * numbers;
                            cpu::kernels<T>().statistics(from, count, numbers, zero.data(), out, out + numbers);
                          });
  });
  const auto of_rows = total_of(sums, shape.images);
  std::vector<double> total(static_cast<size_t>(shape.channels));
  for (int64_t i = 0; i < numbers; ++i) total[i % shape.channels] += of_rows[i];
  return to_floats(total, {shape.channels});
}

Affine::Affine(const Tensor& x, const BatchNorm& norm, const Statistics& known)
    : scale_(x.size(1)),
      shift_(x.size(1)),
      mean_(x.size(1)),
      inverse_deviation_(x.size(1)),
      count_(Nhwc(x).count()),
      training_(norm.training) {
  const auto channels = static_cast<size_t>(x.size(1));
  const Tensor weights = as_floats(norm.weight), biases = as_floats(norm.bias);
  const float *weight = values(weights), *bias = values(biases);
  const Statistics batch = training_ && !known.mean.defined() ? statistics_of(x) : known;
  const double* means = training_ ? batch.mean.const_data_ptr<double>() : nullptr;
  const double* variances = training_ ? batch.variance.const_data_ptr<double>() : nullptr;
  auto* running_mean = norm.running_mean.data_ptr<float>();
  auto* running_var = norm.running_var.data_ptr<float>();
  const double momentum = norm.momentum, unbiased = count_ > 1 ? count_ / (count_ - 1) : 1;
  for (size_t c = 0; c < channels; ++c) {
    const double mean = training_ ? means[c] : static_cast<double>(running_mean[c]);
    const double variance = training_ ? variances[c] : static_cast<double>(running_var[c]);
    inverse_deviation_[c] = 1.0 / std::sqrt(variance + norm.eps);
    const double scale = static_cast<double>(weight[c]) * inverse_deviation_[c];
    scale_[c] = static_cast<float>(scale);
    mean_[c] = static_cast<float>(mean);
    shift_[c] = static_cast<float>(static_cast<double>(bias[c]) - mean * scale);
    if (!training_) continue;
    running_mean[c] += static_cast<float>(momentum * (mean - static_cast<double>(running_mean[c])));
    running_var[c] += static_cast<float>(momentum * (variance * unbiased - static_cast<double>(running_var[c])));
  }
  if (!training_) return;
  if (norm.batches.defined()) norm.batches.data_ptr<int64_t>()[0] += 1;
  // LibTorch does not see these writes. The version counter tells users of the tensor that it changed.
  for (const Tensor& moved : {norm.running_mean, norm.running_var}) moved.unsafeGetTensorImpl()->bump_version();
}

cpu::Norm Affine::view() const { return {scale_.data(), shift_.data(), mean_.data()}; }

Affine::Gradient Affine::gradient(const double* sum, const double* centred) const {
  const size_t channels = scale_.size();
  const auto length = static_cast<int64_t>(channels);
  Gradient out{std::vector<float>(channels), std::vector<float>(channels), std::vector<float>(channels), floats({length}),
               floats({length})};
  float *weight = out.weight.data_ptr<float>(), *bias = out.bias.data_ptr<float>();
  for (size_t c = 0; c < channels; ++c) {
    const double a = static_cast<double>(scale_[c]), deviation = inverse_deviation_[c];
    // Outside of training the statistics are constants.
    const double b = training_ ? -a * deviation * deviation * centred[c] / count_ : 0;
    out.a[c] = scale_[c];
    out.b[c] = static_cast<float>(b);
    out.c[c] = training_ ? static_cast<float>(-a * sum[c] / count_ - b * static_cast<double>(mean_[c])) : 0;
    weight[c] = static_cast<float>(centred[c] * deviation);
    bias[c] = static_cast<float>(sum[c]);
  }
  return out;
}

}  // namespace acinus::ops::on_cpu

#include "core/ops/nhwc.h"

#include <numeric>

namespace acinus::ops {

namespace {

// Mean and Σ (x − mean)² of so many values (Chan, Golub & LeVeque 1983: groups join without loss).
struct Group {
  double count = 0, mean = 0, squares = 0;

  void join(const Group& other) {
    if (other.count == 0) return;
    const double all = count + other.count, step = other.mean - mean;
    squares += other.squares + step * step * count * other.count / all;
    mean += step * other.count / all;
    count = all;
  }
};

}  // namespace

bool fast(const Tensor& x) {
  return cpu::kernels_enabled() && x.defined() && x.is_cpu() && x.dim() == 4 && x.numel() > 0 &&
         (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16) && x.is_contiguous(at::MemoryFormat::ChannelsLast);
}

Tensor as_laid_out(const Tensor& gradient, const Tensor& x) {
  return gradient.to(x.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
}

Tensor to_floats(const std::vector<double>& numbers, at::IntArrayRef sizes) {
  Tensor out = floats(sizes);
  std::transform(numbers.begin(), numbers.end(), out.data_ptr<float>(), [](double x) { return static_cast<float>(x); });
  return out;
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

Statistics statistics_of(const Tensor& x) {
  const Nhwc shape(x);
  const int64_t channels = shape.channels;
  // Sums are taken around the first pixel of the batch, so that a large mean costs no digits of the variance.
  const Tensor reference =
      with_type(x, [&]<class T>() { return x.select(0, 0).select(1, 0).select(1, 0).to(at::kFloat).contiguous(); });
  const auto sums = with_type(x, [&]<class T>() {
    const T* data = data_of<T>(x);
    return sums_of_images(shape.images, shape.pixels(), 2 * channels, kBlock,
                          [&](int64_t image, int64_t first, int64_t count, float* out) {
                            const T* from = data + (image * shape.pixels() + first) * channels;
                            cpu::kernels<T>().statistics(from, count, channels, values(reference), out, out + channels);
                          });
  });
  Statistics out{std::vector<double>(channels), std::vector<double>(channels), shape.images * shape.pixels()};
  for (int64_t c = 0; c < channels; ++c) {
    Group group;
    const auto pixels = static_cast<double>(shape.pixels());
    for (int64_t image = 0; image < shape.images; ++image) {
      const double* of_image = sums.data() + image * 2 * channels;
      const double mean = of_image[c] / pixels;
      group.join({pixels, mean, std::max(0.0, of_image[channels + c] - pixels * mean * mean)});
    }
    out.mean[c] = group.mean + static_cast<double>(values(reference)[c]);
    out.variance[c] = group.squares / group.count;
  }
  return out;
}

Affine::Affine(const Tensor& x, const BatchNorm& norm, const Statistics* known)
    : scale_(x.size(1)),
      shift_(x.size(1)),
      mean_(x.size(1)),
      inverse_deviation_(x.size(1)),
      count_(Nhwc(x).count()),
      training_(norm.training) {
  const auto channels = static_cast<size_t>(x.size(1));
  const Tensor weight = norm.weight.detach().contiguous(), bias = norm.bias.detach().contiguous();
  Statistics of_batch;
  if (training_ && !known) of_batch = statistics_of(x);
  const Statistics& batch = known ? *known : of_batch;
  auto* running_mean = norm.running_mean.data_ptr<float>();
  auto* running_var = norm.running_var.data_ptr<float>();
  const double momentum = norm.momentum, unbiased = count_ > 1 ? count_ / (count_ - 1) : 1;
  for (size_t c = 0; c < channels; ++c) {
    const double mean = training_ ? batch.mean[c] : static_cast<double>(running_mean[c]);
    const double variance = training_ ? batch.variance[c] : static_cast<double>(running_var[c]);
    inverse_deviation_[c] = 1.0 / std::sqrt(variance + norm.eps);
    const double scale = static_cast<double>(values(weight)[c]) * inverse_deviation_[c];
    scale_[c] = static_cast<float>(scale);
    mean_[c] = static_cast<float>(mean);
    shift_[c] = static_cast<float>(static_cast<double>(values(bias)[c]) - mean * scale);
    if (!training_) continue;
    running_mean[c] += static_cast<float>(momentum * (mean - static_cast<double>(running_mean[c])));
    running_var[c] += static_cast<float>(momentum * (variance * unbiased - static_cast<double>(running_var[c])));
  }
  if (!training_) return;
  if (norm.batches.defined()) norm.batches.data_ptr<int64_t>()[0] += 1;
  // Written behind LibTorch's back: whoever made something of them has to notice.
  for (const Tensor& moved : {norm.running_mean, norm.running_var}) moved.unsafeGetTensorImpl()->bump_version();
}

cpu::Norm Affine::view() const { return {scale_.data(), shift_.data(), mean_.data()}; }

Affine::Gradient Affine::gradient(const double* sum, const double* centred) const {
  const size_t channels = scale_.size();
  const auto length = static_cast<int64_t>(channels);
  Gradient out{std::vector<float>(channels), std::vector<float>(channels), std::vector<float>(channels), floats({length}),
               floats({length})};
  for (size_t c = 0; c < channels; ++c) {
    const double a = static_cast<double>(scale_[c]), deviation = inverse_deviation_[c];
    // Outside of training the statistics are constants.
    const double b = training_ ? -a * deviation * deviation * centred[c] / count_ : 0;
    out.a[c] = scale_[c];
    out.b[c] = static_cast<float>(b);
    out.c[c] = training_ ? static_cast<float>(-a * sum[c] / count_ - b * static_cast<double>(mean_[c])) : 0;
    out.weight.data_ptr<float>()[c] = static_cast<float>(centred[c] * deviation);
    out.bias.data_ptr<float>()[c] = static_cast<float>(sum[c]);
  }
  return out;
}

}  // namespace acinus::ops

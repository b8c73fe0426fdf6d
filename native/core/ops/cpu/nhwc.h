// How the CPU's implementations see a tensor: channels-last memory, dealt to threads in stretches of pixels of one image.
#pragma once

#include <ATen/EmptyTensor.h>
#include <ATen/Parallel.h>

#include "core/cpu/kernels.h"
#include "core/cpu/parallel.h"
#include "core/ops/batch_norm.h"
#include "core/ops/kept.h"
#include "core/ops/windows.h"

namespace acinus::ops::on_cpu {

// The activation as the kernels name it; of ReLU6, which they do not have, the identity.
cpu::Activation kernel_activation(Activation activation);

struct Nhwc {
  int64_t images, channels, height, width;

  explicit Nhwc(const Tensor& x) : images(x.size(0)), channels(x.size(1)), height(x.size(2)), width(x.size(3)) {}
  int64_t pixels() const { return height * width; }
  double count() const { return static_cast<double>(images * pixels()); }
};

template <class T>
T* data_of(const Tensor& x) {
  return static_cast<T*>(x.data_ptr());
}
// An uninitialised channels-last tensor, straight from the allocator. at::empty would go through LibTorch's dispatcher, and a
// step makes more than a thousand tensors.
inline Tensor empty_nhwc(at::IntArrayRef sizes, at::ScalarType type) {
  return at::detail::empty_cpu(sizes, type, /*pin_memory=*/false, at::MemoryFormat::ChannelsLast);
}
inline Tensor like(const Tensor& x) { return empty_nhwc(x.sizes(), x.scalar_type()); }
// An uninitialised tensor for the result of a convolution that keeps the image's size.
inline Tensor output_for(const Tensor& x, int64_t channels) {
  return empty_nhwc({x.size(0), channels, x.size(2), x.size(3)}, x.scalar_type());
}
// Converts a gradient to x's type and to channels-last layout, which the kernels require.
Tensor as_laid_out(const Tensor& gradient, const Tensor& x);
inline Tensor floats(at::IntArrayRef sizes) { return at::detail::empty_cpu(sizes, at::kFloat); }
inline const float* values(const Tensor& x) { return x.const_data_ptr<float>(); }
inline Tensor zeros(at::IntArrayRef sizes) {
  Tensor out = floats(sizes);
  std::fill_n(out.data_ptr<float>(), out.numel(), 0.0F);
  return out;
}
// A parameter as contiguous float32; copies only when it is not.
inline Tensor as_floats(const Tensor& parameter) {
  const bool as_is = parameter.scalar_type() == at::kFloat && parameter.is_contiguous();
  return as_is ? parameter : parameter.detach().to(at::kFloat).contiguous();
}
template <class Numbers>
Tensor to_floats(const Numbers& numbers, at::IntArrayRef sizes) {
  Tensor out = floats(sizes);
  std::transform(numbers.begin(), numbers.end(), out.data_ptr<float>(), [](double x) { return static_cast<float>(x); });
  return out;
}

// body.template operator()<float or BFloat16>()
template <class Body>
auto with_type(const Tensor& x, Body body) {
  return x.scalar_type() == at::kFloat ? body.template operator()<float>() : body.template operator()<cpu::BFloat16>();
}

constexpr int64_t kPartsOfThread = 4;  // several for each thread, so that no thread waits long for another
inline int threads() { return at::get_num_threads(); }

constexpr int64_t kShortest = 16;  // fewer items are not worth a part of their own
// The number of parts to cut each image into so that all threads stay busy: kPartsOfThread parts a thread, but none with fewer
// than `least` items. An image has `most` items.
int64_t parts_per_image(int64_t images, int64_t most, int64_t least = kShortest);
// The smallest number of parts of each image that gives every thread equally many.
int64_t fewest_parts_per_image(int64_t images, int64_t most);

// body(image, first, count) over all of `length` items (pixels, pairs of rows) of each image, in parallel.
template <class Body>
void for_stretches(int64_t images, int64_t length, Body body) {
  const int64_t each = parts_per_image(images, length);
  cpu::parallel_parts(images * each, threads(), [&](int64_t part) {
    const auto [begin, end] = cpu::part_of(length, each, part % each);
    if (end > begin) body(part / each, begin, end - begin);
  });
}

// body(image, part, first, count, scratch): `each` stretches of each image, with `needed` floats of scratch that no other
// thread uses. `part` is the stretch's number within its image.
template <class Body>
void for_stretches_with_scratch(int64_t images, int64_t length, int64_t each, int64_t needed, Body body) {
  const Tensor scratch = floats({std::min<int64_t>(images * each, threads()), needed});
  cpu::parallel_parts(images * each, threads(), [&](int64_t index, int worker) {
    const int64_t part = index % each;
    const auto [begin, end] = cpu::part_of(length, each, part);
    if (end > begin) body(index / each, part, begin, end - begin, scratch.data_ptr<float>() + worker * needed);
  });
}

// An uninitialised array of doubles.
class Doubles {
 public:
  explicit Doubles(int64_t count)
      : memory_(at::detail::empty_cpu({count}, at::kDouble)), data_(static_cast<double*>(memory_.data_ptr())), size_(count) {}
  double& operator[](int64_t i) const { return data_[i]; }
  double* begin() const { return data_; }
  double* end() const { return data_ + size_; }
  const Tensor& tensor() const { return memory_; }

 private:
  Tensor memory_;
  double* data_;
  int64_t size_;
};

// Sums in float over short stretches, and in double over the stretches. body(image, first, count, sums) adds to `numbers` sums.
// Returns [images][numbers]. The float sums are added to the doubles and cleared after every `block` items.
template <class Body>
Doubles sums_of_images(int64_t images, int64_t length, int64_t numbers, int64_t block, Body body) {
  const int64_t each = parts_per_image(images, length, block);  // many short parts would leave many sums to add up
  const Tensor partial = floats({images * each, numbers});
  const Doubles of_parts(images * each * numbers);
  cpu::parallel_parts(images * each, threads(), [&](int64_t part) {
    const auto [begin, end] = cpu::part_of(length, each, part % each);
    float* sums = partial.data_ptr<float>() + part * numbers;
    double* out = of_parts.begin() + part * numbers;
    std::fill_n(sums, numbers, 0.0F);
    std::fill_n(out, numbers, 0.0);
    for (int64_t first = begin; first < end; first += block) {
      body(part / each, first, std::min(block, end - first), sums);
      for (int64_t i = 0; i < numbers; ++i) {
        out[i] += static_cast<double>(sums[i]);
        sums[i] = 0;
      }
    }
  });
  if (each == 1) return of_parts;
  const Doubles total(images * numbers);
  for (int64_t image = 0; image < images; ++image) {
    double* to = total.begin() + image * numbers;
    const double* from = of_parts.begin() + image * each * numbers;
    std::copy_n(from, numbers, to);
    for (int64_t k = 1; k < each; ++k) {
      for (int64_t i = 0; i < numbers; ++i) to[i] += from[k * numbers + i];
    }
  }
  return total;
}
constexpr int64_t kBlock = 512;  // pixels
// Adds [images][numbers] up over the images.
std::vector<double> total_of(const Doubles& sums, int64_t images);
// Adds [groups, parts, …] up over the parts.
Tensor sum_of_parts(const Tensor& partial);
double sum_of(const Tensor& floats);
// [B, C, H, W] → [C], float32
Tensor sum_of_pixels(const Tensor& x);

// BatchNorm as z = scale·x + shift, and what its backward pass needs from the batch.
class Affine {
 public:
  // Updates the running statistics if the norm is in training.
  // `known`: statistics of x, or undefined ones.
  Affine(const Tensor& x, const BatchNorm& norm, const Statistics& known = {});

  cpu::Norm view() const;
  // From S₀ = Σ dz and S₁ = Σ dz·(x − mean), [channels] each.
  struct Gradient {
    std::vector<float> a, b, c;
    Tensor weight, bias;

    cpu::NormGradient view() const { return {a.data(), b.data(), c.data()}; }
  };
  Gradient gradient(const double* sum, const double* centred) const;

 private:
  std::vector<float> scale_, shift_, mean_;
  std::vector<double> inverse_deviation_;
  double count_;
  bool training_;
};

// Mean and variance of each channel from groups of values (Chan, Golub & LeVeque 1983: groups join without loss).
class JoinedGroups {
 public:
  explicit JoinedGroups(int64_t channels);
  // `count` values of each channel by their first = Σ (x − reference) and second = Σ (x − reference)².
  void join(int64_t count, const float* reference, const double* first, const double* second);
  Statistics statistics() &&;

 private:
  Doubles mean_, squares_;  // [C]; squares: Σ (x − mean)²
  int64_t count_ = 0;
};

Statistics statistics_of(const Tensor& x);

cpu::WindowShape windows_of(int64_t height, int64_t width, int64_t channels, const WindowOptions& windows);

}  // namespace acinus::ops::on_cpu

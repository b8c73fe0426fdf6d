#include "core/ops/depthwise_conv2d.h"

#include "core/ops/cpu/implementations.h"
#include "core/ops/cpu/nhwc.h"
#include "core/ops/cpu/prepared_conv2d.h"

namespace acinus::ops::on_cpu {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Of the depthwise convolution of `channels` channels of the size of x.
cpu::WindowShape shape_of(const Tensor& x, int64_t channels, const WindowOptions& options) {
  return windows_of(x.size(2), x.size(3), channels, options);
}

cpu::WindowShape shape_of(const Tensor& x, const WindowOptions& options) { return shape_of(x, x.size(1), options); }

Tensor depthwise_output(const Tensor& x, const cpu::WindowShape& shape) {
  return empty_nhwc({x.size(0), shape.channels, shape.out_height, shape.out_width}, x.scalar_type());
}

// [C, 1, k, k] → [k², C]
Tensor by_tap(const Tensor& weight) {
  const int64_t channels = weight.size(0), taps = weight.size(2) * weight.size(3);
  const Tensor rows = as_floats(weight), out = floats({taps, channels});
  const float* from = values(rows);
  auto* to = out.data_ptr<float>();
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t tap = 0; tap < taps; ++tap) to[tap * channels + c] = *from++;
  }
  return out;
}

// By tap → of the shape and type of `weight`
Tensor by_channel(const Tensor& taps, const Tensor& weight) {
  const int64_t channels = weight.size(0), count = taps.numel() / channels;
  const Tensor out = floats(weight.sizes());
  const float* from = values(taps);
  auto* to = out.data_ptr<float>();
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t tap = 0; tap < count; ++tap) *to++ = from[tap * channels + c];
  }
  return out.to(weight.scalar_type());
}

// One part of the work: a group of channels and a band of rows of one image.
struct Part {
  int64_t image, c_begin, c_end, begin, end;
  int64_t group, band;
};

class Parts {
 public:
  Parts(int64_t images, int64_t channels, int64_t rows)
      : images_(images), channels_(channels), rows_(rows), groups_((channels + kGroup - 1) / kGroup) {
    // Each band computes the rows at its edges again, so there are only as many bands as keep the threads equally busy.
    const int64_t without = images * groups_, wanted = (kPerThread * threads() + without - 1) / without;
    bands_ = std::clamp<int64_t>(wanted, 1, std::max<int64_t>(1, rows / kFewestRows));
  }
  int64_t count() const { return images_ * groups_ * bands_; }
  int64_t bands() const { return bands_; }
  Part operator[](int64_t index) const {
    const int64_t band = index % bands_, group = index / bands_ % groups_;
    const auto [begin, end] = cpu::part_of(rows_, bands_, band);
    return {index / (bands_ * groups_), group * kGroup, std::min((group + 1) * kGroup, channels_), begin, end, group, band};
  }

 private:
  static constexpr int64_t kGroup = cpu::kDepthwiseGroup, kFewestRows = 8, kPerThread = 6;
  int64_t images_, channels_, rows_, groups_, bands_ = 1;
};

template <class Body>
void for_parts(const Parts& parts, int64_t needed, Body body) {
  const Tensor scratch = floats({std::min<int64_t>(parts.count(), threads()), needed});
  cpu::parallel_parts(parts.count(), threads(),
                      [&](int64_t index, int worker) { body(parts[index], scratch.data_ptr<float>() + worker * needed); });
}

// Joins the means and squares of all parts of a channel.
class OutputStatistics {
 public:
  OutputStatistics(int64_t images, int64_t bands, int64_t channels)
      : bands_(bands),
        channels_(channels),
        references_(floats({images * bands, channels})),
        sums_(images * bands * 2 * channels) {}
  float* reference(const Part& part) { return references_.data_ptr<float>() + slot(part) * channels_; }
  // Cleared for the part's channels.
  double* sums(const Part& part) {
    double* first = sums_.begin() + slot(part) * 2 * channels_;
    for (double* sums : {first, first + channels_}) std::fill(sums + part.c_begin, sums + part.c_end, 0.0);
    return first;
  }

  Statistics joined(int64_t rows, int64_t columns) const {
    JoinedGroups groups(channels_);
    for (int64_t slot = 0; slot < references_.size(0); ++slot) {
      const auto [begin, end] = cpu::part_of(rows, bands_, slot % bands_);
      const double* sums = sums_.begin() + slot * 2 * channels_;
      groups.join((end - begin) * columns, values(references_) + slot * channels_, sums, sums + channels_);
    }
    return std::move(groups).statistics();
  }

 private:
  int64_t slot(const Part& part) const { return part.image * bands_ + part.band; }

  int64_t bands_, channels_;
  Tensor references_;
  Doubles sums_;
};

struct DepthwiseKept {
  WindowOptions options;
  std::optional<Affine> affine;
};

struct DepthwiseFunction : torch::autograd::Function<DepthwiseFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight, const std::optional<Tensor>&,
                        const std::optional<Tensor>&, const BatchNorm* norm, const WindowOptions& options,
                        Statistics* statistics) {
    const KernelsAlone alone;
    DepthwiseKept kept{options, std::nullopt};
    if (norm) kept.affine.emplace(x, *norm);
    const auto shape = shape_of(x, options);
    Tensor y = depthwise_output(x, shape);
    const Tensor taps = by_tap(weight);
    const cpu::Norm view = norm ? kept.affine->view() : cpu::Norm{};
    const Parts parts(x.size(0), shape.channels, shape.out_height);
    OutputStatistics of_output(x.size(0), parts.bands(), shape.channels);
    with_type(x, [&]<class T>() {
      for_parts(parts, cpu::depthwise_scratch(shape), [&](const Part& part, float* scratch) {
        cpu::kernels<T>().depthwise(
            shape, data_of<T>(x) + part.image * shape.height * shape.width * shape.channels, norm ? &view : nullptr,
            values(taps), data_of<T>(y) + part.image * shape.out_height * shape.out_width * shape.channels, part.c_begin,
            part.c_end, part.begin, part.end, scratch, of_output.reference(part), of_output.sums(part));
      });
    });
    *statistics = of_output.joined(shape.out_height, shape.out_width);
    context->save_for_backward({x, weight});
    keep(context, std::move(kept));
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const KernelsAlone alone;
    const auto saved = context->get_saved_variables();
    const Tensor x = saved[0], weight = saved[1];
    const auto& kept = ops::kept<DepthwiseKept>(context);
    const auto shape = shape_of(x, kept.options);
    const Tensor dy = as_laid_out(gradients[0], x), taps = by_tap(weight);
    Tensor dx = context->needs_input_grad(0) || kept.affine ? input_gradient(shape, x, dy, taps) : Tensor();
    const Tensor dweight = by_channel(weight_gradient(shape, x, dy, kept), weight);
    if (!kept.affine) return {dx, dweight, Tensor(), Tensor(), Tensor(), Tensor(), Tensor()};
    const auto norm = through_norm(*kept.affine, x, dx);
    return {dx, dweight, norm.weight, norm.bias, Tensor(), Tensor(), Tensor()};
  }

 private:
  static Tensor input_gradient(const cpu::WindowShape& shape, const Tensor& x, const Tensor& dy, const Tensor& taps) {
    Tensor dx = like(x);
    with_type(x, [&]<class T>() {
      for_parts(Parts(x.size(0), shape.channels, shape.height), cpu::depthwise_scratch(shape),
                [&](const Part& part, float* scratch) {
                  cpu::kernels<T>().depthwise_backward(
                      shape, data_of<T>(dy) + part.image * shape.out_height * shape.out_width * shape.channels, values(taps),
                      data_of<T>(dx) + part.image * shape.height * shape.width * shape.channels, part.c_begin, part.c_end,
                      part.begin, part.end, scratch);
                });
    });
    return dx;
  }

  // [1, k², C]
  static Tensor weight_gradient(const cpu::WindowShape& shape, const Tensor& x, const Tensor& dy, const DepthwiseKept& kept) {
    const Parts parts(x.size(0), shape.channels, shape.out_height);
    const int64_t taps = int64_t{shape.kernel} * shape.kernel;
    const Tensor partial = floats({1, x.size(0) * parts.bands(), taps, shape.channels});
    const cpu::Norm view = kept.affine ? kept.affine->view() : cpu::Norm{};
    with_type(x, [&]<class T>() {
      for_parts(parts, cpu::depthwise_scratch(shape), [&](const Part& part, float* scratch) {
        float* sums = partial.data_ptr<float>() + (part.image * parts.bands() + part.band) * partial.stride(1);
        for (int64_t tap = 0; tap < taps; ++tap) {
          std::fill(sums + tap * shape.channels + part.c_begin, sums + tap * shape.channels + part.c_end, 0.0F);
        }
        cpu::kernels<T>().depthwise_backward_weight(
            shape, data_of<T>(x) + part.image * shape.height * shape.width * shape.channels, kept.affine ? &view : nullptr,
            data_of<T>(dy) + part.image * shape.out_height * shape.out_width * shape.channels, sums, part.c_begin, part.c_end,
            part.begin, part.end, scratch);
      });
    });
    return sum_of_parts(partial);
  }

  // d silu(norm(x)) → dx, in place.
  static Affine::Gradient through_norm(const Affine& affine, const Tensor& x, Tensor& gradient) {
    const Nhwc shape(x);
    const int64_t channels = shape.channels, pixels = shape.pixels();
    return with_type(x, [&]<class T>() {
      const auto& kernels = cpu::kernels<T>();
      const auto sums = sums_of_images(shape.images, pixels, 2 * channels, kBlock,
                                       [&](int64_t image, int64_t first, int64_t count, float* out) {
                                         const int64_t at = (image * pixels + first) * channels;
                                         kernels.norm_backward_sums[cpu::kSilu](data_of<T>(x) + at, data_of<T>(gradient) + at,
                                                                                count, channels, affine.view(), 1.0F, out);
                                       });
      const auto total = total_of(sums, shape.images);
      auto of_norm = affine.gradient(total.data(), total.data() + channels);
      for_stretches(shape.images, pixels, [&](int64_t image, int64_t first, int64_t count) {
        T* at = data_of<T>(gradient) + (image * pixels + first) * channels;
        kernels.norm_backward[cpu::kSilu](data_of<T>(x) + (image * pixels + first) * channels, at, count, channels,
                                          affine.view(), 1.0F, of_norm.view(), at);
      });
      return of_norm;
    });
  }
};

// Deals the parts of a squeeze: kernel(image of x, taps, norm behind, image of s, part, scratch, sums).
template <class Kernel>
Squeezed squeezed(const Tensor& x, const cpu::WindowShape& shape, const Tensor& weight, const BatchNorm& after,
                  int64_t scratch_floats, Kernel kernel) {
  const int64_t images = x.size(0), channels = shape.channels;
  const Tensor s = depthwise_output(x, shape), taps = by_tap(weight);
  const Affine affine(s, after);
  const Parts parts(images, channels, shape.out_height);
  std::vector<double> sums(static_cast<size_t>(images * parts.bands() * channels));
  with_type(x, [&]<class T>() {
    for_parts(parts, scratch_floats, [&](const Part& part, float* scratch) {
      kernel(data_of<T>(x) + part.image * x.stride(0), values(taps), affine.view(), data_of<T>(s) + part.image * s.stride(0),
             part, scratch, sums.data() + (part.image * parts.bands() + part.band) * channels);
    });
  });
  const Tensor mean = torch::tensor(sums, at::kDouble).view({images, parts.bands(), channels}).sum(1);
  return {s, (mean / static_cast<double>(shape.out_height * shape.out_width)).to(at::kFloat)};
}

}  // namespace

Depthwise depthwise_conv2d(const Tensor& x, const BatchNorm* norm, const Tensor& weight, const WindowOptions& options) {
  Depthwise out;
  const auto parameter = [&](Tensor BatchNorm::*which) { return norm ? std::optional(norm->*which) : std::nullopt; };
  out.y = DepthwiseFunction::apply(x, weight, parameter(&BatchNorm::weight), parameter(&BatchNorm::bias), norm, options,
                                   &out.statistics);
  return out;
}

Squeezed depthwise_conv2d_squeeze(const Tensor& x, const Conv2d*, const BatchNorm* norm, const Tensor& weight,
                                  const WindowOptions& options, const BatchNorm& after) {
  const auto shape = shape_of(x, options);
  std::optional<Affine> before;
  if (norm) before.emplace(x, *norm);
  const cpu::Norm in = before ? before->view() : cpu::Norm{};
  return squeezed(x, shape, weight, after, cpu::depthwise_scratch(shape),
                  [&]<class T>(const T* image, const float* taps, const cpu::Norm& out, T* s, const Part& part, float* scratch,
                               double* sums) {
                    cpu::kernels<T>().depthwise_squeeze(shape, image, before ? &in : nullptr, taps, out, s, part.c_begin,
                                                        part.c_end, part.begin, part.end, scratch, sums);
                  });
}

Squeezed expanded_conv2d_squeeze(const Tensor& x, const Conv2d* expansion, const BatchNorm* norm, const Tensor& weight,
                                 const WindowOptions& options, const BatchNorm& after) {
  const PreparedConv2d& prepared = prepared_copy(*expansion, norm);
  const auto shape = shape_of(x, prepared.out_channels(), options);
  const auto of_expansion = prepared.expansion();
  return squeezed(x, shape, weight, after, cpu::expanded_scratch(shape, of_expansion),
                  [&]<class T>(const T* image, const float* taps, const cpu::Norm& out, T* s, const Part& part, float* scratch,
                               double* sums) {
                    cpu::kernels<T>().expanded_squeeze(shape, of_expansion, image, taps, out, s, part.c_begin, part.c_end,
                                                       part.begin, part.end, scratch, sums);
                  });
}

}  // namespace acinus::ops::on_cpu

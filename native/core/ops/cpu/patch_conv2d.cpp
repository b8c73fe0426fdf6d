#include "core/ops/cpu/patch_conv2d.h"

#include "core/ops/cpu/nhwc.h"
#include "core/ops/cpu/pointwise_conv2d.h"

namespace acinus::ops::on_cpu {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kTogether = cpu::pointwise_gradient_rows() + cpu::kRun;  // patches that are laid out at a time

// One side of the convolution is narrow: an image of few channels, whose `windows` are the patches. The other side is wide: it
// has a pixel for each window. If x is the narrow side, y = patches · matrix. If y is, its pixels are sums of entries of
// x · matrixᵀ, and the windows are those of the convolution from y to x.
class Sides {
 public:
  Sides(const Tensor& weight, const WindowOptions& options)
      : from_narrow_(patch_length(weight.size(1), options.kernel) <= kLongestPatch), options_(options) {
    if (from_narrow_) return;
    const int64_t most = options.kernel - 1;
    options_ = {options.kernel,           1, most - options.pad_left, most - options.pad_right, most - options.pad_top,
                most - options.pad_bottom};
  }
  bool from_narrow() const { return from_narrow_; }

  cpu::WindowShape windows(int64_t height, int64_t width, int64_t channels) const {
    return windows_of(height, width, channels, options_);
  }
  cpu::WindowShape windows(const Tensor& narrow) const { return windows(narrow.size(2), narrow.size(3), narrow.size(1)); }

  // [O, C, k, k] → [wide channels, k², narrow channels], float32
  Tensor matrix(const Tensor& weight) const {
    const Tensor there = as_floats(weight), taps = from_narrow_ ? there : there.flip({2, 3}).transpose(0, 1);
    return taps.permute({0, 2, 3, 1}).flatten(1).contiguous();
  }
  // [k², narrow channels][wide channels] → of the shape and type of `weight`
  Tensor weight_of(const Tensor& gradient, const Tensor& weight) const {
    const int64_t k = options_.kernel;
    const Tensor taps = gradient.view({k, k, -1, gradient.size(-1)}).permute({3, 2, 0, 1});
    const Tensor back = from_narrow_ ? taps : taps.transpose(0, 1).flip({2, 3});
    return back.to(weight.scalar_type()).contiguous();
  }

 private:
  bool from_narrow_;
  WindowOptions options_;
};

// body(image, part, first window, count, patches, scratch, is the part's first) over all windows, kTogether at a time, in
// `each` stretches of each image; `needed` floats of scratch.
template <class T, class Body>
void for_patches(const Tensor& narrow, const cpu::WindowShape& shape, int64_t each, int64_t needed, Body body) {
  const int64_t length = patch_length(shape.channels, shape.kernel), pixels = shape.height * shape.width * shape.channels;
  for_stretches_with_scratch(narrow.size(0), shape.out_height * shape.out_width, each, kTogether * length + needed,
                             [&](int64_t image, int64_t part, int64_t begin, int64_t count, float* scratch) {
                               T* const rows = reinterpret_cast<T*>(scratch + needed);
                               for (int64_t first = begin; first < begin + count; first += kTogether) {
                                 const int64_t last = std::min(first + kTogether, begin + count);
                                 cpu::kernels<T>().patches(shape, data_of<T>(narrow) + image * pixels, first, last, rows);
                                 body(image, part, first, last - first, rows, scratch, first == begin);
                               }
                             });
}

Tensor to_wide(const Tensor& narrow, const cpu::WindowShape& shape, const Tensor& matrix, const Tensor& bias) {
  const int64_t length = matrix.size(1), channels = matrix.size(0), windows = shape.out_height * shape.out_width;
  const cpu::PointwiseShape product{length, channels};
  const Tensor weight = pointwise::panels({channels, length, length, 1, 0}, values(matrix));
  const Tensor offset = bias.defined() ? as_floats(bias) : zeros({channels});
  Tensor wide = empty_nhwc({narrow.size(0), channels, shape.out_height, shape.out_width}, narrow.scalar_type());
  with_type(narrow, [&]<class T>() {
    for_patches<T>(narrow, shape, parts_per_image(narrow.size(0), windows), cpu::pointwise_scratch(product),
                   [&](int64_t image, int64_t, int64_t first, int64_t count, const T* rows, float* scratch, bool) {
                     cpu::kernels<T>().pointwise[cpu::kIdentity](
                         product, rows, nullptr, values(weight), values(offset), nullptr,
                         data_of<T>(wide) + (image * windows + first) * channels, count, scratch);
                   });
  });
  return wide;
}

// The patches of one row of windows after another, of which an image row needs `kernel` at most.
Tensor to_narrow(const Tensor& given, const cpu::WindowShape& shape, const Tensor& matrix, const Tensor& bias) {
  const Tensor wide = given.to(at::kFloat);
  const int64_t length = matrix.size(1), channels = matrix.size(0), kernel = shape.kernel, stride = shape.stride;
  const cpu::PointwiseShape product{channels, length};
  const Tensor weight = pointwise::panels({length, channels, 1, length, 0}, values(matrix)), none = zeros({length});
  const Tensor offset = bias.defined() ? as_floats(bias) : zeros({shape.channels});
  const Tensor narrow = empty_nhwc({wide.size(0), shape.channels, shape.height, shape.width}, at::kFloat);
  const int64_t needed = cpu::pointwise_scratch(product), row_length = shape.out_width * length;
  const Tensor nothing = zeros({row_length});
  for_stretches_with_scratch(
      wide.size(0), shape.height, parts_per_image(wide.size(0), shape.height), needed + kernel * row_length,
      [&](int64_t image, int64_t, int64_t begin, int64_t count, float* scratch) {
        const auto& kernels = cpu::kernels<float>();
        float* const kept = scratch + needed;
        int64_t made = std::max<int64_t>(0, (begin + shape.pad_top - kernel + stride) / stride);  // the first that is needed
        for (int64_t row = begin; row < begin + count; ++row) {
          const int64_t down = row + shape.pad_top;
          for (; made <= down / stride && made < shape.out_height; ++made) {
            const int64_t at = (image * shape.out_height + made) * shape.out_width * channels;
            kernels.pointwise[cpu::kIdentity](product, values(wide) + at, nullptr, values(weight), values(none), nullptr,
                                              kept + made % kernel * row_length, shape.out_width, scratch);
          }
          std::array<const float*, 5> rows;
          rows.fill(values(nothing));
          for (int64_t i = down % stride; i < kernel && i <= down; i += stride) {
            const int64_t window_row = (down - i) / stride;
            if (window_row < shape.out_height) rows[i] = kept + window_row % kernel * row_length;
          }
          kernels.sum_of_patches(shape, rows.data(), values(offset),
                                 narrow.data_ptr<float>() + (image * shape.height + row) * shape.width * shape.channels);
        }
      });
  return narrow.to(given.scalar_type());
}

// [k², narrow channels][wide channels]
Tensor matrix_gradient(const Tensor& narrow, const cpu::WindowShape& shape, const Tensor& wide) {
  const int64_t length = patch_length(shape.channels, shape.kernel), channels = wide.size(1), images = wide.size(0);
  const int64_t windows = shape.out_height * shape.out_width, each = parts_per_image(images, windows);
  const cpu::PointwiseShape product{length, channels};
  const Tensor partial = floats({1, images * each, length, cpu::winograd_row(channels)});
  with_type(narrow, [&]<class T>() {
    for_patches<T>(
        narrow, shape, each, cpu::pointwise_backward_scratch(product),
        [&](int64_t image, int64_t part, int64_t first, int64_t count, const T* rows, float* scratch, bool is_first) {
          cpu::kernels<T>().pointwise_backward_weight(
              product, rows, data_of<T>(wide) + (image * windows + first) * channels, count, !is_first,
              partial.data_ptr<float>() + (image * each + part) * partial.stride(1), scratch);
        });
  });
  return sum_of_parts(partial).narrow(-1, 0, channels).contiguous();
}

struct PatchFunction : torch::autograd::Function<PatchFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias,
                        const WindowOptions& options) {
    const KernelsAlone alone;
    const Sides sides(weight, options);
    const Tensor offset = bias.value_or(Tensor()), matrix = sides.matrix(weight);
    context->save_for_backward({x, weight, offset});
    keep(context, options);
    if (sides.from_narrow()) return to_wide(x, sides.windows(x), matrix, offset);
    const auto there = windows_of(x.size(2), x.size(3), x.size(1), options);
    return to_narrow(x, sides.windows(there.out_height, there.out_width, weight.size(0)), matrix, offset);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const KernelsAlone alone;
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &bias = saved[2];
    const Sides sides(weight, kept<WindowOptions>(context));
    const Tensor dy = as_laid_out(gradients[0], x), matrix = sides.matrix(weight);
    const Tensor &narrow = sides.from_narrow() ? x : dy, &wide = sides.from_narrow() ? dy : x;
    const auto shape = sides.windows(narrow);
    Tensor dx, dweight, dbias;
    if (context->needs_input_grad(0)) {
      dx = sides.from_narrow() ? to_narrow(dy, shape, matrix, {}) : to_wide(dy, shape, matrix, {});
    }
    if (context->needs_input_grad(1)) dweight = sides.weight_of(matrix_gradient(narrow, shape, wide), weight);
    if (bias.defined() && context->needs_input_grad(2)) dbias = sum_of_pixels(dy).to(bias.scalar_type());
    return {dx, dweight, dbias, Tensor()};
  }
};

}  // namespace

Tensor patch_conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const WindowOptions& options) {
  return PatchFunction::apply(x, weight, bias.defined() ? std::optional(bias) : std::nullopt, options);
}

}  // namespace acinus::ops::on_cpu

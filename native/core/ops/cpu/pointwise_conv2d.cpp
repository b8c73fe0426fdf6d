#include "core/ops/cpu/pointwise_conv2d.h"

#include "core/ops/cpu/nhwc.h"
#include "core/ops/cpu/winograd_conv2d.h"

namespace acinus::ops::on_cpu {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// [B·H·W, C] of the same memory.
Tensor as_rows(const Tensor& x) {
  const Nhwc in(x);
  return x.as_strided({in.images * in.pixels(), in.channels}, {in.channels, 1});
}

// On a processor without bfloat16 products, LibTorch's are slow.
at::ScalarType product_type(const Tensor& x) {
  return x.scalar_type() == at::kBFloat16 && !cpu::multiplies_bfloat16() ? at::kFloat : x.scalar_type();
}

// [O, C]
Tensor as_matrix(const Tensor& weight, at::ScalarType type) { return weight.to(type).view({weight.size(0), weight.size(1)}); }

// Rows of `out` = rows of `in` · matrix
void multiply(const Tensor& in, const Tensor& matrix, const Tensor& out) {
  Tensor rows = as_rows(out);
  if (matrix.scalar_type() == out.scalar_type()) {
    at::mm_out(rows, as_rows(in), matrix);
  } else {
    rows.copy_(at::mm(as_rows(in).to(matrix.scalar_type()), matrix));
  }
}

// Products with small weights are computed here: LibTorch would first copy all pixels into another layout.
bool by_own_products(const Tensor& x, const Tensor& weight) {
  constexpr int64_t kSmall = 1 << 15;
  return weight.numel() < kSmall && own_products_pay(x.scalar_type(), /*by_winograd=*/false);
}

// One output each of `out_channels` takes `channels` weights: [O, C] as it lies, or turned around.
cpu::WeightLayout matrix_of(const Tensor& weight) {
  return {weight.size(0), weight.size(1), weight.stride(0), weight.stride(1), 0};
}
cpu::WeightLayout turned(const cpu::WeightLayout& there) {
  return {there.channels, there.out_channels, there.channel_stride, there.out_stride, 0};
}

// The pixels of all images in parts of whole blocks, as far as these go.
class PixelParts {
 public:
  explicit PixelParts(const Tensor& x)
      : pixels_(x.size(0) * x.size(2) * x.size(3)),
        blocks_((pixels_ + kBlock - 1) / kBlock),
        count_(std::min<int64_t>(blocks_, kPartsOfThread * threads())) {}
  int64_t count() const { return count_; }
  cpu::Range operator[](int64_t part) const {
    const auto [begin, end] = cpu::part_of(blocks_, count_, part);
    return {begin * kBlock, std::min(end * kBlock, pixels_)};
  }

 private:
  static constexpr int64_t kBlock = cpu::kBlockRows;
  int64_t pixels_, blocks_, count_;
};

Tensor own_product(const Tensor& x, const cpu::WeightLayout& layout, const float* weight, const Tensor& bias) {
  const cpu::PointwiseShape shape{layout.channels, layout.out_channels};
  const PixelParts parts(x);
  const int64_t needed = cpu::pointwise_scratch(shape);
  const Tensor laid_out = pointwise::panels(layout, weight), scratch = floats({threads(), needed});
  const Tensor offset = bias.defined() ? as_floats(bias) : zeros({layout.out_channels});
  Tensor y = output_for(x, layout.out_channels);
  with_type(x, [&]<class T>() {
    cpu::parallel_parts(parts.count(), threads(), [&](int64_t part, int worker) {
      const auto [begin, end] = parts[part];
      cpu::kernels<T>().pointwise[cpu::kIdentity](shape, data_of<T>(x) + begin * shape.channels, nullptr, values(laid_out),
                                                  values(offset), nullptr, data_of<T>(y) + begin * shape.out_channels,
                                                  end - begin, scratch.data_ptr<float>() + worker * needed);
    });
  });
  return y;
}

// Rows of the gradient are rows of the kernel's sums where its outputs change places with its channels.
Tensor own_weight_gradient(const Tensor& dy, const Tensor& x, const Tensor& weight) {
  const int64_t outputs = weight.size(0), channels = weight.size(1), row = cpu::winograd_row(channels);
  const cpu::PointwiseShape shape{outputs, channels};
  const PixelParts parts(x);
  const int64_t needed = cpu::pointwise_backward_scratch(shape);
  const Tensor partial = floats({1, parts.count(), outputs, row}), scratch = floats({threads(), needed});
  with_type(x, [&]<class T>() {
    cpu::parallel_parts(parts.count(), threads(), [&](int64_t part, int worker) {
      const auto [begin, end] = parts[part];
      cpu::kernels<T>().pointwise_backward_weight(
          shape, data_of<T>(dy) + begin * outputs, data_of<T>(x) + begin * channels, end - begin, /*onto=*/false,
          partial.data_ptr<float>() + part * partial.stride(1), scratch.data_ptr<float>() + worker * needed);
    });
  });
  return sum_of_parts(partial).narrow(-1, 0, channels).contiguous().to(weight.scalar_type()).view(weight.sizes());
}

struct PointwiseFunction : torch::autograd::Function<PointwiseFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias) {
    context->save_for_backward({x, weight, bias.value_or(Tensor())});
    return pointwise::output(x, weight, bias.value_or(Tensor()));
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const KernelsAlone alone;
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &bias = saved[2];
    const Tensor dy = as_laid_out(gradients[0], x);
    return {context->needs_input_grad(0) ? pointwise::input_gradient(dy, weight) : Tensor(),
            context->needs_input_grad(1) ? pointwise::weight_gradient(dy, x, weight) : Tensor(),
            bias.defined() && context->needs_input_grad(2) ? sum_of_pixels(dy).to(bias.scalar_type()) : Tensor()};
  }
};

}  // namespace

namespace pointwise {

Tensor panels(const cpu::WeightLayout& layout, const float* matrix) {
  const Tensor out = floats({(layout.out_channels + cpu::kPanel - 1) / cpu::kPanel, layout.channels, cpu::kPanel});
  cpu::kernels<float>().pointwise_weights(layout, matrix, out.data_ptr<float>());
  return out;
}

Tensor output(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const KernelsAlone alone;
  if (by_own_products(x, weight)) {
    const Tensor taps = as_floats(weight);
    return own_product(x, matrix_of(taps), values(taps), bias);
  }
  Tensor y = output_for(x, weight.size(0));
  multiply(x, as_matrix(weight, product_type(x)).t(), y);
  if (bias.defined()) as_rows(y).add_(bias);
  return y;
}

Tensor input_gradient(const Tensor& dy, const Tensor& weight) {
  const KernelsAlone alone;
  if (by_own_products(dy, weight)) {
    const Tensor taps = as_floats(weight);
    return own_product(dy, turned(matrix_of(taps)), values(taps), {});
  }
  Tensor dx = output_for(dy, weight.size(1));
  multiply(dy, as_matrix(weight, product_type(dy)), dx);
  return dx;
}

Tensor weight_gradient(const Tensor& dy, const Tensor& x, const Tensor& weight) {
  const KernelsAlone alone;
  if (by_own_products(x, weight)) return own_weight_gradient(dy, x, weight);
  const auto type = product_type(x);
  return at::mm(as_rows(dy).to(type).t(), as_rows(x).to(type)).to(weight.scalar_type()).view(weight.sizes());
}

}  // namespace pointwise

Tensor pointwise_conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return PointwiseFunction::apply(x, weight, bias.defined() ? std::optional(bias) : std::nullopt);
}

}  // namespace acinus::ops::on_cpu

#include "core/ops/cpu/implementations.h"
#include "core/ops/cpu/nhwc.h"

namespace acinus::ops::on_cpu {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct NormKept {
  Affine affine;
  cpu::Activation activation = cpu::kIdentity;
  Tensor factors;
};

float factor_of(const Tensor& factors, int64_t image) { return factors.defined() ? values(factors)[image] : 1.0F; }

// What both functions here do backwards: {dx, dweight, dbias}.
variable_list backward_of(const NormKept& kept, const Tensor& x, const Tensor& dy) {
  const Nhwc shape(x);
  const int64_t channels = shape.channels, pixels = shape.pixels();
  const auto norm = kept.affine.view();
  return with_type(x, [&]<class T>() -> variable_list {
    const auto& kernels = cpu::kernels<T>();
    const auto sums = sums_of_images(
        shape.images, pixels, 2 * channels, kBlock, [&](int64_t image, int64_t first, int64_t count, float* out) {
          const int64_t at = (image * pixels + first) * channels;
          kernels.norm_backward_sums[kept.activation](data_of<T>(x) + at, data_of<T>(dy) + at, count, channels, norm,
                                                      factor_of(kept.factors, image), out);
        });
    const auto total = total_of(sums, shape.images);
    const auto gradient = kept.affine.gradient(total.data(), total.data() + channels);
    Tensor dx = like(x);
    for_stretches(shape.images, pixels, [&](int64_t image, int64_t first, int64_t count) {
      const int64_t at = (image * pixels + first) * channels;
      kernels.norm_backward[kept.activation](data_of<T>(x) + at, data_of<T>(dy) + at, count, channels, norm,
                                             factor_of(kept.factors, image), gradient.view(), data_of<T>(dx) + at);
    });
    return {dx, gradient.weight, gradient.bias};
  });
}

struct NormAct : torch::autograd::Function<NormAct> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor&, const Tensor&, const BatchNorm& norm,
                        cpu::Activation activation) {
    const KernelsAlone alone;
    NormKept kept{Affine(x, norm), activation, {}};
    const Nhwc shape(x);
    Tensor y = like(x);
    with_type(x, [&]<class T>() {
      for_stretches(shape.images, shape.pixels(), [&](int64_t image, int64_t first, int64_t count) {
        const int64_t at = (image * shape.pixels() + first) * shape.channels;
        cpu::kernels<T>().norm[activation](data_of<T>(x) + at, count, shape.channels, kept.affine.view(), data_of<T>(y) + at);
      });
    });
    context->save_for_backward({x});
    keep(context, std::move(kept));
    return y;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const KernelsAlone alone;
    const Tensor x = context->get_saved_variables()[0];
    auto out = backward_of(kept<NormKept>(context), x, as_laid_out(gradients[0], x));
    return {out[0], out[1], out[2], Tensor(), Tensor()};
  }
};

struct NormAdd : torch::autograd::Function<NormAdd> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& residual, const Tensor&, const Tensor&,
                        const BatchNorm& norm, const std::optional<Tensor>& factors) {
    const KernelsAlone alone;
    NormKept kept{Affine(x, norm), cpu::kIdentity, factors ? as_floats(*factors) : Tensor()};
    const Nhwc shape(x);
    Tensor y = like(x);
    with_type(x, [&]<class T>() {
      for_stretches(shape.images, shape.pixels(), [&](int64_t image, int64_t first, int64_t count) {
        const int64_t at = (image * shape.pixels() + first) * shape.channels;
        cpu::kernels<T>().norm_add(data_of<T>(x) + at, data_of<T>(residual) + at, count, shape.channels, kept.affine.view(),
                                   factor_of(kept.factors, image), data_of<T>(y) + at);
      });
    });
    context->save_for_backward({x});
    keep(context, std::move(kept));
    return y;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const KernelsAlone alone;
    const Tensor x = context->get_saved_variables()[0];
    const Tensor dy = as_laid_out(gradients[0], x);
    auto out = backward_of(kept<NormKept>(context), x, dy);
    return {out[0], dy, out[1], out[2], Tensor(), Tensor()};
  }
};

}  // namespace

Tensor batch_norm_act(const Tensor& x, const BatchNorm& norm, Activation activation) {
  const Tensor y = NormAct::apply(x, norm.weight, norm.bias, norm, kernel_activation(activation));
  return activation == Activation::kRelu6 ? activated(y, activation) : y;
}

Tensor batch_norm_add(const Tensor& x, const BatchNorm& norm, const Tensor& residual, const Tensor& factors) {
  return NormAdd::apply(x, residual, norm.weight, norm.bias, norm, factors.defined() ? std::optional(factors) : std::nullopt);
}

}  // namespace acinus::ops::on_cpu

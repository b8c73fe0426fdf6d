#include "core/ops/pointwise_conv2d.h"

#include "core/ops/nhwc.h"

namespace acinus::ops {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// [B·H·W, C] of the same memory.
Tensor as_rows(const Tensor& x) {
  const Nhwc in(x);
  return x.detach().as_strided({in.images * in.pixels(), in.channels}, {in.channels, 1});
}

// [O, C]
Tensor as_matrix(const Tensor& weight, at::ScalarType type) { return weight.detach().flatten(1).to(type); }

struct PointwiseFunction : torch::autograd::Function<PointwiseFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight) {
    const NoAutocast no_autocast(c10::autocast_dispatch_keyset);
    context->save_for_backward({x, weight});
    Tensor y = output_for(x, weight.size(0)), rows = as_rows(y);
    at::mm_out(rows, as_rows(x), as_matrix(weight, x.scalar_type()).t());
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const NoAutocast no_autocast(c10::autocast_dispatch_keyset);
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1];
    const Tensor dy = as_rows(as_laid_out(gradients[0], x));
    Tensor dx, dweight;
    if (context->needs_input_grad(0)) {
      dx = like(x);
      Tensor rows = as_rows(dx);
      at::mm_out(rows, dy, as_matrix(weight, x.scalar_type()));
    }
    if (context->needs_input_grad(1)) dweight = at::mm(dy.t(), as_rows(x)).to(weight.scalar_type()).view(weight.sizes());
    return {dx, dweight};
  }
};

}  // namespace

bool pointwise_pays(const Tensor& x, at::ScalarType type, const Tensor& weight, int64_t stride, int64_t padding) {
  const bool fits = weight.size(2) == 1 && weight.size(1) == x.size(1) && stride == 1 && padding == 0;
  // Where the processor does not multiply bfloat16, LibTorch's products of matrices have no fast way to.
  return fits && fast(x) && (type == at::kFloat || (type == at::kBFloat16 && cpu::multiplies_bfloat16()));
}

Tensor pointwise_conv2d(const Tensor& x, const Tensor& weight) { return PointwiseFunction::apply(x, weight); }

}  // namespace acinus::ops

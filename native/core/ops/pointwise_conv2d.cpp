#include "core/ops/pointwise_conv2d.h"

#include "core/ops/nhwc.h"

namespace acinus::ops {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// [B·H·W, C] of the same memory.
Tensor as_rows(const Tensor& x) {
  const Nhwc in(x);
  return x.as_strided({in.images * in.pixels(), in.channels}, {in.channels, 1});
}

// LibTorch has no fast products of bfloat16 where the processor has none.
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

struct PointwiseFunction : torch::autograd::Function<PointwiseFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight) {
    context->save_for_backward({x, weight});
    return pointwise::output(x, weight);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const KernelsAlone alone;
    const auto saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1];
    const Tensor dy = as_laid_out(gradients[0], x);
    return {context->needs_input_grad(0) ? pointwise::input_gradient(dy, weight) : Tensor(),
            context->needs_input_grad(1) ? pointwise::weight_gradient(dy, x, weight) : Tensor()};
  }
};

}  // namespace

namespace pointwise {

Tensor output(const Tensor& x, const Tensor& weight) {
  const KernelsAlone alone;
  Tensor y = output_for(x, weight.size(0));
  multiply(x, as_matrix(weight, product_type(x)).t(), y);
  return y;
}

Tensor input_gradient(const Tensor& dy, const Tensor& weight) {
  const KernelsAlone alone;
  Tensor dx = output_for(dy, weight.size(1));
  multiply(dy, as_matrix(weight, product_type(dy)), dx);
  return dx;
}

Tensor weight_gradient(const Tensor& dy, const Tensor& x, const Tensor& weight) {
  const KernelsAlone alone;
  const auto type = product_type(x);
  return at::mm(as_rows(dy).to(type).t(), as_rows(x).to(type)).to(weight.scalar_type()).view(weight.sizes());
}

}  // namespace pointwise

bool pointwise_pays(const Tensor& x, at::ScalarType type, const Tensor& weight, int64_t stride, int64_t padding) {
  const bool fits = weight.size(2) == 1 && weight.size(1) == x.size(1) && stride == 1 && padding == 0;
  return fits && fast(x) && (type == at::kFloat || type == at::kBFloat16);
}

Tensor pointwise_conv2d(const Tensor& x, const Tensor& weight) { return PointwiseFunction::apply(x, weight); }

}  // namespace acinus::ops

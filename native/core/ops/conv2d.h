// Two-dimensional convolution, with what stands around it in the networks.
#pragma once

#include "core/ops/batch_norm.h"
#include "core/ops/windows.h"

namespace acinus::ops {

// A copy of a convolution's weights, laid out as one implementation reads them for inference.
class PreparedWeights {
 public:
  virtual ~PreparedWeights() = default;
};

// A view of a convolution. Whoever holds its weights may hold a place for a prepared copy too. It is filled at the first call
// without gradients, filled again when a weight or a norm has changed, and emptied here while gradients are recorded. One
// convolution is always called with the same norm, or always without.
struct Conv2d {
  Tensor weight;  // [O, I / groups, k, k]
  Tensor bias;    // [O], or undefined
  WindowOptions windows;
  int64_t groups = 1;
  std::unique_ptr<PreparedWeights>* place = nullptr;  // null: no copy is prepared

  Conv2d(Tensor weight, Tensor bias, const WindowOptions& windows, int64_t groups = 1,
         std::unique_ptr<PreparedWeights>* place = nullptr);

  template <class Visit>
  void visit_tensors(Visit visit) const {
    visit(weight);
    visit(bias);
  }
};

// What is computed around a convolution: act(norm(conv(gate · up(x)))) + residual.
struct Conv2dSurroundings {
  const BatchNorm* norm = nullptr;  // null: none
  Activation activation = Activation::kIdentity;
  bool upsampled = false;  // up: nearest, ×2
  Tensor gate{};           // [B, I], or undefined; no gradient goes into it
  Tensor residual{};       // as the result, or undefined

  template <class Visit>
  void visit_tensors(Visit visit) const {
    if (norm) norm->visit_tensors(visit);
    visit(gate);
    visit(residual);
  }
};

// x [B, I, H, W] → [B, O, H', W'], differentiable. Under autocast it computes in autocast's type.
Tensor conv2d(const Tensor& x, const Conv2d& convolution, const Conv2dSurroundings& around);
inline Tensor conv2d(const Tensor& x, const Conv2d& convolution) { return conv2d(x, convolution, {}); }

namespace plain {
Tensor conv2d(const Tensor& x, const Conv2d& convolution, const Conv2dSurroundings& around);
}

// What is left to do behind the convolution itself.
Tensor finished(const Tensor& convolved, const Conv2dSurroundings& around);
// The convolution itself, by LibTorch's operators.
Tensor convolved(const Tensor& x, const Conv2d& convolution);

}  // namespace acinus::ops

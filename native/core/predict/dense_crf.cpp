#include "core/predict/dense_crf.h"

#include <functional>
#include <vector>

#include "core/error.h"
#include "core/ops/bilateral.h"
#include "core/ops/warp.h"

namespace acinus {

namespace {

// Σ_{j≠i} k(i, j) / √(n_i n_j) · v_j, times the weight.
class Messages {
 public:
  using Sum = std::function<Tensor(const Tensor&)>;  // Σ_{j≠i} k(i, j) · v_j

  // own: k(i, i)
  Messages(double weight, double own, Sum sum, const Tensor& ones) : weight_(weight), sum_(std::move(sum)) {
    scale_ = (sum_(ones) + own).rsqrt_();
  }
  Tensor operator()(const Tensor& values) const { return sum_(values * scale_).mul_(scale_).mul_(weight_); }

 private:
  double weight_;
  Sum sum_;
  Tensor scale_;
};

// Nothing lies outside of the image, so it stands in a frame of zeros as wide as the filter reaches.
Messages gaussian_messages(const Tensor& ones, const CrfOptions& options) {
  const double width = options.gaussian_width;
  const auto reach = static_cast<int64_t>(4 * width + 0.5);
  double total = 0;  // of the filter's weights along an axis before they are divided by it
  for (int64_t k = -reach; k <= reach; ++k) total += std::exp(-0.5 * static_cast<double>(k * k) / (width * width));
  const double own = 1 / (total * total);
  const int64_t height = ones.size(0), columns = ones.size(1);
  const auto sum = [=](const Tensor& values) {
    const Tensor framed = at::constant_pad_nd(values.unsqueeze(0), {reach, reach, reach, reach});
    const Tensor all = ops::smoothed(framed, 1, width)[0].narrow(0, reach, height).narrow(1, reach, columns);
    return all - values * own;
  };
  return {options.gaussian_weight, own, sum, ones};
}

}  // namespace

Tensor dense_crf(const Tensor& probability, const Tensor& rgb, const CrfOptions& options, std::stop_token stop) {
  const at::NoGradGuard no_grad;
  const Tensor unary = probability.logit(1e-6), ones = at::ones_like(probability);
  std::vector<Messages> kernels;
  if (options.gaussian_weight > 0) kernels.push_back(gaussian_messages(ones, options));
  if (options.bilateral_weight > 0) {
    const Tensor colours = rgb.to(at::kFloat);
    const ops::BilateralKernel kernel{options.bilateral_width, options.colour_width};
    const auto sum = [=](const Tensor& values) { return ops::bilateral_sum(values, colours, kernel); };
    kernels.emplace_back(options.bilateral_weight, 1.0, sum, ones);
  }
  Tensor q = probability;
  for (int64_t i = 0; i < options.iterations && !kernels.empty(); ++i) {
    const Tensor pull = q * 2 - 1;
    Tensor logit = unary.clone();
    for (const Messages& messages : kernels) {
      if (stop.stop_requested()) throw Error("ACINUS_ABORTED", "The post-processing was stopped.");
      logit += messages(pull);
    }
    q = logit.sigmoid_();
  }
  return q.contiguous();
}

}  // namespace acinus

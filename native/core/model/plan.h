// What a network computes in eval mode, layer by layer, for programs that write it down: exporters.
#pragma once

#include "core/model/convolution.h"

namespace acinus {

struct PlanLayer {
  // input | pad | convolution | up_convolution | relu | relu6 | silu | sigmoid | mean | max_pool | multiply | add | concatenate
  // | upsample | expand | crop
  const char* kind;
  std::string path;             // convolution: of its weights; elsewhere where in the network it stands, or empty
  std::vector<int64_t> inputs;  // positions of earlier layers
  int64_t channels = 0;         // of its output
  ConvolutionOptions convolution{};
  std::string norm{};    // convolution: path of the BatchNorm behind it, or empty
  double epsilon = 0;    // of that
  int64_t multiple = 1;  // pad: H and W become multiples of it, as pad_to_multiple makes them
};

// A network describes itself by adding its layers in order. What has weights is described from the module that computes with
// them, so that shapes, strides and padding stand nowhere twice.
class Plan {
 public:
  using Value = int64_t;  // position of a layer, and so its output

  Value input(int64_t channels);
  Value pad(Value x, int64_t multiple);
  Value convolution(Value x, const std::string& path, const ConvolutionImpl& convolution);
  // norm(convolution(x))
  Value convolution(Value x, const std::string& path, const ConvolutionImpl& convolution, const std::string& norm_path,
                    const nn::BatchNorm2dImpl& norm);
  // A transposed convolution of 2×2 windows that do not overlap, with a bias: twice as high and wide.
  Value up_convolution(Value x, const std::string& path, int64_t out_channels);
  // Each value by itself (relu, relu6, silu, sigmoid), the mean over all pixels (mean), the largest of each 2×2 pixels
  // (max_pool), or nearest ×2 (upsample).
  Value apply(const char* kind, Value x, const std::string& path = {});
  Value multiply(Value x, Value factor);  // factor: as many channels or one, as many pixels or one
  Value add(Value x, Value y);
  Value concatenate(const std::vector<Value>& all, const std::string& path);  // along the channels; of one: that one
  Value expand(Value x, Value like);                                          // one pixel, as often as `like` has pixels
  Value crop(Value x, Value like);                                            // the top left of x, as high and wide as `like`

  // Entries with this prefix are part of the network, but no logit depends on them.
  void leave_unused(const std::string& prefix) { unused_.push_back(prefix); }

  const std::vector<PlanLayer>& layers() const { return layers_; }
  const std::vector<std::string>& unused() const { return unused_; }

 private:
  Value append(PlanLayer layer);
  int64_t channels(Value x) const { return layers_.at(static_cast<size_t>(x)).channels; }

  std::vector<PlanLayer> layers_;
  std::vector<std::string> unused_;
};

}  // namespace acinus

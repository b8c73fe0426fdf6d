// The windows of a convolution, one for each pixel of its output.
#pragma once

#include <cstdint>

namespace acinus::ops {

// kernel² pixels each, `dilation` apart; the windows are `stride` apart. Zeros around the image.
struct WindowOptions {
  int64_t kernel = 3, stride = 1;
  int64_t pad_left = 0, pad_right = 0, pad_top = 0, pad_bottom = 0;
  int64_t dilation = 1;

  // The same padding on both sides of each axis?
  bool padded_evenly() const { return pad_left == pad_right && pad_top == pad_bottom; }
};

}  // namespace acinus::ops

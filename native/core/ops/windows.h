// The windows of a convolution, one for each pixel of its output.
#pragma once

#include "core/cpu/kernels.h"
#include "core/torch.h"

namespace acinus::ops {

// kernel² pixels each, `stride` apart, zeros around the image.
struct WindowOptions {
  int64_t kernel = 3, stride = 1;
  int64_t pad_left = 0, pad_right = 0, pad_top = 0, pad_bottom = 0;
};

inline cpu::WindowShape windows_of(int64_t height, int64_t width, int64_t channels, const WindowOptions& o) {
  return {.height = height,
          .width = width,
          .out_height = (height + o.pad_top + o.pad_bottom - o.kernel) / o.stride + 1,
          .out_width = (width + o.pad_left + o.pad_right - o.kernel) / o.stride + 1,
          .channels = channels,
          .kernel = static_cast<int>(o.kernel),
          .stride = static_cast<int>(o.stride),
          .pad_top = static_cast<int>(o.pad_top),
          .pad_left = static_cast<int>(o.pad_left)};
}

}  // namespace acinus::ops

// The size of an image or a mask.
#pragma once

#include "binding/arguments.h"

namespace acinus::binding {

struct ImageSize {
  int64_t height = 0, width = 0;
  int64_t pixels() const { return height * width; }
};

// Throws ACINUS_INVALID_ARGUMENT unless both are whole numbers of at least 1, and their product is one that memory could hold.
ImageSize read_size(const Napi::Value& height, const Napi::Value& width);

}  // namespace acinus::binding

// Images and masks as typed arrays: their sizes are checked before a byte is read.
#pragma once

#include "binding/js.h"

namespace acinus::binding {

struct ImageSize {
  int64_t height = 0, width = 0;
  int64_t pixels() const { return height * width; }
};

// Throws ACINUS_INVALID_ARGUMENT unless both are at least 1.
ImageSize read_size(const Napi::Value& height, const Napi::Value& width);

// Throws ACINUS_INVALID_ARGUMENT, naming the array, unless it is a Uint8Array of `length` bytes.
Napi::Uint8Array read_bytes(const Napi::Value& value, int64_t length, const char* name);

}  // namespace acinus::binding

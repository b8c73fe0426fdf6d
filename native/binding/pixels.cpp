#include "binding/pixels.h"

namespace acinus::binding {

namespace {

constexpr int64_t kLongestSide = int64_t{1} << 24;  // px; three bytes of 2^48 pixels are still a whole number

}  // namespace

ImageSize read_size(const Napi::Value& height, const Napi::Value& width) {
  return {to_whole(height, "height", 1, kLongestSide), to_whole(width, "width", 1, kLongestSide)};
}

}  // namespace acinus::binding

#include "binding/pixels.h"

#include "core/error.h"

namespace acinus::binding {

ImageSize read_size(const Napi::Value& height, const Napi::Value& width) {
  const ImageSize size{height.As<Napi::Number>().Int64Value(), width.As<Napi::Number>().Int64Value()};
  if (size.height < 1 || size.width < 1) {
    throw Error("ACINUS_INVALID_ARGUMENT", "height and width must be at least 1, not " + std::to_string(size.height) + " and " +
                                               std::to_string(size.width) + ".");
  }
  return size;
}

Napi::Uint8Array read_bytes(const Napi::Value& value, int64_t length, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw Error("ACINUS_INVALID_ARGUMENT", std::string(name) + " must be a Uint8Array.");
  }
  auto bytes = value.As<Napi::Uint8Array>();
  if (static_cast<int64_t>(bytes.ElementLength()) != length) {
    throw Error("ACINUS_INVALID_ARGUMENT", std::string(name) + " must hold " + std::to_string(length) +
                                               " bytes for this size, not " + std::to_string(bytes.ElementLength()) + ".");
  }
  return bytes;
}

}  // namespace acinus::binding

#include "binding/tensors.h"

#include <cstring>
#include <functional>
#include <numeric>

#include "core/error.h"

namespace acinus::binding {

namespace {

Tensor read_bytes_as(const Napi::Value& value, const std::vector<int64_t>& shape, const char* name) {
  const int64_t length = std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
  Napi::Uint8Array bytes = read_bytes(value, length, name);
  return torch::from_blob(bytes.Data(), shape, torch::kUInt8);
}

}  // namespace

Tensor read_floats(const Napi::Value& value, const std::vector<int64_t>& shape, const char* name) {
  const auto kind = value.IsTypedArray() ? value.As<Napi::TypedArray>().TypedArrayType() : napi_int8_array;
  if (kind != napi_float32_array && kind != napi_float64_array) {
    throw Error("ACINUS_INVALID_ARGUMENT", std::string(name) + " must be a Float32Array or a Float64Array.");
  }
  const auto array = value.As<Napi::TypedArray>();
  const int64_t length = std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
  if (static_cast<int64_t>(array.ElementLength()) != length) {
    throw Error("ACINUS_INVALID_ARGUMENT", std::string(name) + " holds " + std::to_string(array.ElementLength()) +
                                               " values; shape " + c10::str(shape) + " asks for " + std::to_string(length) +
                                               ".");
  }
  Tensor out = torch::empty(shape, kind == napi_float32_array ? torch::kFloat32 : torch::kFloat64);
  if (length > 0) {
    std::memcpy(out.data_ptr(), static_cast<const uint8_t*>(array.ArrayBuffer().Data()) + array.ByteOffset(),
                array.ByteLength());
  }
  return out;
}

Tensor read_target(const Napi::Value& value, const std::vector<int64_t>& shape) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    return read_floats(value, shape, "target");
  }
  return read_bytes_as(value, shape, "target").to(torch::kFloat32);
}

Tensor rgb_view(const Napi::Value& value, const ImageSize& size) {
  return read_bytes_as(value, {1, size.height, size.width, 3}, "rgb").permute({0, 3, 1, 2});
}

Tensor mask_view(const Napi::Value& value, const ImageSize& size) {
  return read_bytes_as(value, {1, 1, size.height, size.width}, "mask");
}

Napi::Uint8Array tensor_bytes(Napi::Env env, const Tensor& bytes) {
  const Tensor dense = bytes.contiguous();
  Napi::Uint8Array out = Napi::Uint8Array::New(env, static_cast<size_t>(dense.numel()));
  if (dense.numel() > 0) std::memcpy(out.Data(), dense.data_ptr<uint8_t>(), static_cast<size_t>(dense.numel()));
  return out;
}

Napi::Float32Array tensor_floats(Napi::Env env, const Tensor& tensor) {
  const Tensor dense = tensor.to(torch::kFloat32).contiguous();
  return float_array(env, dense.data_ptr<float>(), static_cast<size_t>(dense.numel()));
}

Napi::Object typed_tensor(Napi::Env env, const Tensor& tensor) {
  Napi::Array shape = Napi::Array::New(env, static_cast<size_t>(tensor.dim()));
  for (int64_t axis = 0; axis < tensor.dim(); ++axis) {
    shape.Set(static_cast<uint32_t>(axis), Napi::Number::New(env, static_cast<double>(tensor.size(axis))));
  }
  Napi::Object out = Napi::Object::New(env);
  out.Set("data", tensor_floats(env, tensor));
  out.Set("shape", shape);
  return out;
}

}  // namespace acinus::binding

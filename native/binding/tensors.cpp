#include "binding/tensors.h"

#include <cstring>

#include "binding/arguments.h"

namespace acinus::binding {

namespace {

std::string asked_by(const std::vector<int64_t>& shape) {
  std::string out = "the shape [";
  for (size_t i = 0; i < shape.size(); ++i) out += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return out + "]";
}

template <class T>
Tensor copied(const Napi::Value& value, const std::vector<int64_t>& shape, const char* name, at::ScalarType type) {
  const auto values = read_array<T>(value, name, product(shape), asked_by(shape));
  Tensor out = torch::empty(shape, type);
  if (!values.empty()) std::memcpy(out.data_ptr<T>(), values.data(), values.size_bytes());
  return out;
}

Tensor viewed(const Napi::Value& value, const std::vector<int64_t>& shape, const char* name) {
  const auto bytes = read_array<uint8_t>(value, name, product(shape), asked_by(shape));
  return torch::from_blob(const_cast<uint8_t*>(bytes.data()), shape, torch::kUInt8);
}

}  // namespace

Tensor read_floats(const Napi::Value& value, const std::vector<int64_t>& shape, const char* name) {
  return copied<float>(value, shape, name, torch::kFloat32);
}

Tensor read_bytes(const Napi::Value& value, const std::vector<int64_t>& shape, const char* name) {
  return copied<uint8_t>(value, shape, name, torch::kUInt8);
}

Tensor read_either(const Napi::Value& value, const std::vector<int64_t>& shape, const char* name) {
  if (is_array_of<double>(value)) return copied<double>(value, shape, name, torch::kFloat64);
  if (!is_array_of<float>(value)) refuse(value, name, "a Float32Array or a Float64Array");
  return copied<float>(value, shape, name, torch::kFloat32);
}

Tensor read_target(const Napi::Value& value, const std::vector<int64_t>& shape) {
  if (is_array_of<uint8_t>(value)) return copied<uint8_t>(value, shape, "target", torch::kUInt8).to(torch::kFloat32);
  if (!is_array_of<float>(value) && !is_array_of<double>(value)) {
    refuse(value, "target", "a Uint8Array, a Float32Array or a Float64Array");
  }
  return read_either(value, shape, "target");
}

Tensor rgb_view(const Napi::Value& value, const ImageSize& size, const char* name) {
  return viewed(value, {1, size.height, size.width, 3}, name).permute({0, 3, 1, 2});
}

Tensor mask_view(const Napi::Value& value, const ImageSize& size) {
  return viewed(value, {1, 1, size.height, size.width}, "mask");
}

Tensor rgb_copy(const Napi::Value& value, const ImageSize& size, const char* name) {
  return copied<uint8_t>(value, {1, size.height, size.width, 3}, name, torch::kUInt8).permute({0, 3, 1, 2});
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
  Napi::Object out = Napi::Object::New(env);
  out.Set("data", tensor_floats(env, tensor));
  out.Set("shape", number_list(env, tensor.sizes().data(), tensor.sizes().size()));
  return out;
}

}  // namespace acinus::binding

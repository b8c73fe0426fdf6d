// Tensors as JavaScript sees them: typed arrays, copied, with a shape beside them.
#pragma once

#include "binding/js.h"
#include "binding/pixels.h"
#include "core/torch.h"

namespace acinus::binding {

// A copy of an array of floats as a tensor; ACINUS_INVALID_ARGUMENT unless it holds what `shape` asks for. `read_floats` takes
// a Float32Array, `read_either` a Float32Array or a Float64Array, whose type the tensor keeps.
Tensor read_floats(const Napi::Value& value, const std::vector<int64_t>& shape, const char* name);
Tensor read_either(const Napi::Value& value, const std::vector<int64_t>& shape, const char* name);

// A copy of an array of bytes.
Tensor read_bytes(const Napi::Value& value, const std::vector<int64_t>& shape, const char* name);

// A loss's target: bytes or floats. Returns float.
Tensor read_target(const Napi::Value& value, const std::vector<int64_t>& shape);

// Interleaved RGB bytes as uint8 [1, 3, H, W] and mask bytes as uint8 [1, 1, H, W], without a copy: of use while JavaScript
// waits.
Tensor rgb_view(const Napi::Value& value, const ImageSize& size, const char* name = "rgb");
Tensor mask_view(const Napi::Value& value, const ImageSize& size);
// The same pixels as a copy, for work that goes on while JavaScript runs.
Tensor rgb_copy(const Napi::Value& value, const ImageSize& size, const char* name = "rgb");

Napi::Uint8Array tensor_bytes(Napi::Env env, const Tensor& bytes);

Napi::Float32Array tensor_floats(Napi::Env env, const Tensor& tensor);
Napi::Object typed_tensor(Napi::Env env, const Tensor& tensor);  // {data, shape}

}  // namespace acinus::binding

// Tensors as JavaScript sees them: typed arrays, copied, with a shape beside them.
#pragma once

#include "binding/js.h"
#include "binding/pixels.h"
#include "core/torch.h"

namespace acinus::binding {

// A copy of a Float32Array or Float64Array as a tensor of that type; ACINUS_INVALID_ARGUMENT unless it holds what `shape` asks
// for.
Tensor read_floats(const Napi::Value& value, const std::vector<int64_t>& shape, const char* name);

// A loss's target: bytes, or floats as read_floats takes them. Returns float.
Tensor read_target(const Napi::Value& value, const std::vector<int64_t>& shape);

// Interleaved RGB bytes as uint8 [1, 3, H, W] and mask bytes as uint8 [1, 1, H, W], without a copy: of use while JavaScript
// waits.
Tensor rgb_view(const Napi::Value& value, const ImageSize& size);
Tensor mask_view(const Napi::Value& value, const ImageSize& size);

Napi::Uint8Array tensor_bytes(Napi::Env env, const Tensor& bytes);

Napi::Float32Array tensor_floats(Napi::Env env, const Tensor& tensor);
Napi::Object typed_tensor(Napi::Env env, const Tensor& tensor);  // {data, shape}

}  // namespace acinus::binding

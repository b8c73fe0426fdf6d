// The one header that includes napi.h: turning every C++ error into a typed JavaScript one, and making values. What JavaScript
// gives is read by arguments.h.
#pragma once

#include <napi.h>

#include <exception>
#include <optional>
#include <string>
#include <vector>

namespace acinus::binding {

// A JavaScript Error with `code` and, where they are known, `file` and `value` (see lib/errors.ts). LibTorch's own errors lose
// their C++ backtrace; its out-of-memory gets ACINUS_OUT_OF_MEMORY, everything unforeseen ACINUS_NATIVE.
Napi::Error to_js_error(Napi::Env env, std::exception_ptr error);

// Runs `body` and throws what it throws as a typed JavaScript error. Every synchronous entry point is wrapped in it.
template <class Body>
auto guarded(Napi::Env env, Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw to_js_error(env, std::current_exception());
  }
}

Napi::Float32Array float_array(Napi::Env env, const float* data, size_t length);    // copies
Napi::Float64Array double_array(Napi::Env env, const std::vector<double>& values);  // copies
Napi::Int32Array int_array(Napi::Env env, const std::vector<int32_t>& values);      // copies
Napi::Array number_list(Napi::Env env, const int64_t* values, size_t length);
Napi::Array text_list(Napi::Env env, const std::vector<std::string>& values);
Napi::Value number_or_null(Napi::Env env, const std::optional<double>& value);

}  // namespace acinus::binding

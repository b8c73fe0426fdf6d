// The one header that includes napi.h. Reading arguments, making values, and turning every C++ error into a typed JavaScript
// one.
#pragma once

#include <napi.h>

#include <exception>
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

// Readers of already validated option objects; a missing or mistyped key is a programming error in lib and says which key.
double number(const Napi::Object& options, const char* key);
int64_t integer(const Napi::Object& options, const char* key);
uint64_t seed_value(const Napi::Object& options, const char* key);  // number or bigint
bool boolean(const Napi::Object& options, const char* key);
std::string text(const Napi::Object& options, const char* key);
Napi::Object object(const Napi::Object& options, const char* key);
bool present(const Napi::Object& options, const char* key);  // neither undefined nor null

std::vector<int64_t> integers(const Napi::Value& array);
std::vector<std::string> texts(const Napi::Value& array);
Napi::Float32Array float_array(Napi::Env env, const float* data, size_t length);    // copies
Napi::Float64Array double_array(Napi::Env env, const std::vector<double>& values);  // copies

}  // namespace acinus::binding

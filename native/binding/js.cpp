#include "binding/js.h"

#include <c10/util/Exception.h>

#include <cstring>
#include <new>

#include "core/error.h"

namespace acinus::binding {

namespace {

Napi::Error make_error(Napi::Env env, const std::string& code, const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

Napi::Error make_error(Napi::Env env, const Error& from) {
  Napi::Error error = make_error(env, from.code(), from.what());
  const auto& [file, value] = from.details();
  if (!file.empty()) error.Set("file", Napi::String::New(env, file));
  if (const auto* text = std::get_if<std::string>(&value)) error.Set("value", Napi::String::New(env, *text));
  if (const auto* number = std::get_if<double>(&value)) error.Set("value", Napi::Number::New(env, *number));
  return error;
}

std::string first_sentence(const char* message) {
  std::string text(message);
  return text.substr(0, text.find('\n'));
}

bool says_out_of_memory(const std::string& message) {
  return message.find("out of memory") != std::string::npos || message.find("can't allocate memory") != std::string::npos ||
         message.find("not enough memory") != std::string::npos;
}

Napi::Error out_of_memory(Napi::Env env, const std::string& detail) {
  return make_error(env, "ACINUS_OUT_OF_MEMORY",
                    detail + ". Use a smaller batch, smaller tiles (cropSize), precision bf16, or memory \"low\".");
}

Napi::Value required(const Napi::Object& options, const char* key) {
  const Napi::Value value = options.Get(key);
  if (value.IsUndefined()) throw Napi::TypeError::New(options.Env(), std::string("native option '") + key + "' is missing");
  return value;
}

[[noreturn]] void mistyped(const Napi::Object& options, const char* key, const char* wanted) {
  throw Napi::TypeError::New(options.Env(), std::string("native option '") + key + "' must be " + wanted);
}

}  // namespace

Napi::Error to_js_error(Napi::Env env, std::exception_ptr error) {
  try {
    std::rethrow_exception(error);
  } catch (const acinus::Error& e) {
    return make_error(env, e);
  } catch (const c10::OutOfMemoryError& e) {
    return out_of_memory(env, first_sentence(e.what_without_backtrace()));
  } catch (const c10::Error& e) {
    const std::string message = first_sentence(e.what_without_backtrace());
    return says_out_of_memory(message) ? out_of_memory(env, message) : make_error(env, "ACINUS_NATIVE", message);
  } catch (const std::bad_alloc&) {
    return out_of_memory(env, "memory is exhausted");
  } catch (const Napi::Error& e) {
    return e;
  } catch (const std::exception& e) {
    return make_error(env, "ACINUS_NATIVE", first_sentence(e.what()));
  } catch (...) {
    return make_error(env, "ACINUS_NATIVE", "an unknown C++ exception was thrown");
  }
}

double number(const Napi::Object& options, const char* key) {
  const Napi::Value value = required(options, key);
  if (!value.IsNumber()) mistyped(options, key, "a number");
  return value.As<Napi::Number>().DoubleValue();
}

int64_t integer(const Napi::Object& options, const char* key) {
  const Napi::Value value = required(options, key);
  if (!value.IsNumber()) mistyped(options, key, "an integer");
  return value.As<Napi::Number>().Int64Value();
}

uint64_t seed_value(const Napi::Object& options, const char* key) {
  const Napi::Value value = required(options, key);
  if (value.IsBigInt()) {
    bool lossless = false;
    return value.As<Napi::BigInt>().Uint64Value(&lossless);
  }
  if (!value.IsNumber()) mistyped(options, key, "a number or a bigint");
  return static_cast<uint64_t>(value.As<Napi::Number>().Int64Value());
}

bool boolean(const Napi::Object& options, const char* key) {
  const Napi::Value value = required(options, key);
  if (!value.IsBoolean()) mistyped(options, key, "a boolean");
  return value.As<Napi::Boolean>().Value();
}

std::string text(const Napi::Object& options, const char* key) {
  const Napi::Value value = required(options, key);
  if (!value.IsString()) mistyped(options, key, "a string");
  return value.As<Napi::String>().Utf8Value();
}

Napi::Object object(const Napi::Object& options, const char* key) {
  const Napi::Value value = required(options, key);
  if (!value.IsObject()) mistyped(options, key, "an object");
  return value.As<Napi::Object>();
}

bool present(const Napi::Object& options, const char* key) {
  const Napi::Value value = options.Get(key);
  return !value.IsUndefined() && !value.IsNull();
}

std::vector<int64_t> integers(const Napi::Value& array) {
  std::vector<int64_t> out;
  if (array.IsTypedArray() && array.As<Napi::TypedArray>().TypedArrayType() == napi_int32_array) {
    const auto values = array.As<Napi::Int32Array>();
    out.assign(values.Data(), values.Data() + values.ElementLength());
    return out;
  }
  const auto values = array.As<Napi::Array>();
  for (uint32_t i = 0; i < values.Length(); ++i) out.push_back(values.Get(i).As<Napi::Number>().Int64Value());
  return out;
}

std::vector<std::string> texts(const Napi::Value& array) {
  std::vector<std::string> out;
  const auto values = array.As<Napi::Array>();
  for (uint32_t i = 0; i < values.Length(); ++i) out.push_back(values.Get(i).As<Napi::String>().Utf8Value());
  return out;
}

Napi::Float32Array float_array(Napi::Env env, const float* data, size_t length) {
  Napi::Float32Array out = Napi::Float32Array::New(env, length);
  if (length > 0) std::memcpy(out.Data(), data, length * sizeof(float));
  return out;
}

Napi::Float64Array double_array(Napi::Env env, const std::vector<double>& values) {
  Napi::Float64Array out = Napi::Float64Array::New(env, values.size());
  if (!values.empty()) std::memcpy(out.Data(), values.data(), values.size() * sizeof(double));
  return out;
}

}  // namespace acinus::binding

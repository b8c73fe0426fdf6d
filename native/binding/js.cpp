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
  return make_error(env, "ACINUS_OUT_OF_MEMORY", detail + ".");  // lib says what helps, by the work at hand
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

Napi::Int32Array int_array(Napi::Env env, const std::vector<int32_t>& values) {
  Napi::Int32Array out = Napi::Int32Array::New(env, values.size());
  if (!values.empty()) std::memcpy(out.Data(), values.data(), values.size() * sizeof(int32_t));
  return out;
}

Napi::Array number_list(Napi::Env env, const int64_t* values, size_t length) {
  const auto out = Napi::Array::New(env, length);
  for (size_t i = 0; i < length; ++i) out.Set(static_cast<uint32_t>(i), static_cast<double>(values[i]));
  return out;
}

Napi::Array text_list(Napi::Env env, const std::vector<std::string>& values) {
  const auto out = Napi::Array::New(env, values.size());
  for (size_t i = 0; i < values.size(); ++i) out.Set(static_cast<uint32_t>(i), values[i]);
  return out;
}

Napi::Value number_or_null(Napi::Env env, const std::optional<double>& value) {
  if (!value) return env.Null();
  return Napi::Number::New(env, *value);
}

}  // namespace acinus::binding

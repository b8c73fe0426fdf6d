#include "binding/arguments.h"

#include <cmath>

#include "core/error.h"

namespace acinus::binding {

namespace {

constexpr size_t kLongestShown = 60;

template <class T>
struct Kind;
template <>
struct Kind<uint8_t> {
  static constexpr napi_typedarray_type type = napi_uint8_array;
  static constexpr const char* name = "a Uint8Array";
};
template <>
struct Kind<int8_t> {
  static constexpr napi_typedarray_type type = napi_int8_array;
  static constexpr const char* name = "an Int8Array";
};
template <>
struct Kind<uint16_t> {
  static constexpr napi_typedarray_type type = napi_uint16_array;
  static constexpr const char* name = "a Uint16Array";
};
template <>
struct Kind<int16_t> {
  static constexpr napi_typedarray_type type = napi_int16_array;
  static constexpr const char* name = "an Int16Array";
};
template <>
struct Kind<int32_t> {
  static constexpr napi_typedarray_type type = napi_int32_array;
  static constexpr const char* name = "an Int32Array";
};
template <>
struct Kind<uint32_t> {
  static constexpr napi_typedarray_type type = napi_uint32_array;
  static constexpr const char* name = "a Uint32Array";
};
template <>
struct Kind<float> {
  static constexpr napi_typedarray_type type = napi_float32_array;
  static constexpr const char* name = "a Float32Array";
};
template <>
struct Kind<double> {
  static constexpr napi_typedarray_type type = napi_float64_array;
  static constexpr const char* name = "a Float64Array";
};

const char* array_name(napi_typedarray_type type) {
  switch (type) {
    case napi_int8_array:
      return "an Int8Array";
    case napi_uint8_array:
      return "a Uint8Array";
    case napi_uint8_clamped_array:
      return "a Uint8ClampedArray";
    case napi_int16_array:
      return "an Int16Array";
    case napi_uint16_array:
      return "a Uint16Array";
    case napi_int32_array:
      return "an Int32Array";
    case napi_uint32_array:
      return "a Uint32Array";
    case napi_float32_array:
      return "a Float32Array";
    case napi_float64_array:
      return "a Float64Array";
    case napi_bigint64_array:
      return "a BigInt64Array";
    case napi_biguint64_array:
      return "a BigUint64Array";
    default:
      return "a typed array of another kind";
  }
}

struct RawArray {
  napi_typedarray_type type = static_cast<napi_typedarray_type>(-1);  // a kind that this Node-API does not know leaves it
  size_t length = 0;
  void* data = nullptr;
  napi_value buffer = nullptr;
};

RawArray raw_array(const Napi::Value& value) {
  RawArray out;
  size_t offset = 0;
  NAPI_THROW_IF_FAILED(value.Env(),
                       napi_get_typedarray_info(value.Env(), value, &out.type, &out.length, &out.data, &out.buffer, &offset),
                       RawArray());
  return out;
}

std::string shown_number(double value) {
  if (value == 0 && std::signbit(value)) return "-0";
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  if (value == std::trunc(value) && std::abs(value) <= 1e15) return std::to_string(static_cast<int64_t>(value));
  char out[32];
  std::snprintf(out, sizeof(out), "%.15g", value);
  return out;
}

std::string shown(const Napi::Value& value) {
  switch (value.Type()) {
    case napi_undefined:
      return "undefined";
    case napi_null:
      return "null";
    case napi_boolean:
      return value.As<Napi::Boolean>().Value() ? "true" : "false";
    case napi_number:
      return shown_number(value.As<Napi::Number>().DoubleValue());
    case napi_bigint:
      return value.ToString().Utf8Value().substr(0, kLongestShown) + "n";
    case napi_string: {
      const std::string text = value.As<Napi::String>().Utf8Value();
      return "\"" + (text.size() > kLongestShown ? text.substr(0, kLongestShown) + "…" : text) + "\"";
    }
    case napi_symbol:
      return "a symbol";
    case napi_function:
      return "a function";
    default:
      break;
  }
  if (value.IsArray()) return "a list of " + std::to_string(value.As<Napi::Array>().Length());
  if (value.IsTypedArray()) {
    const RawArray array = raw_array(value);
    return array_name(array.type) + (" of " + std::to_string(array.length));
  }
  if (value.IsArrayBuffer()) return "an ArrayBuffer";
  if (value.IsPromise()) return "a promise (await it)";
  return "an object";
}

// For `error.value`: numbers and strings as they are, anything else in words.
ErrorDetails details_of(const Napi::Value& value) {
  if (value.IsNumber()) return {.value = value.As<Napi::Number>().DoubleValue()};
  if (value.IsString()) return {.value = value.As<Napi::String>().Utf8Value()};
  return {.value = shown(value)};
}

template <class T>
std::span<const T> checked_array(const Napi::Value& value, const std::string& name, const std::string& wanted) {
  if (!value.IsTypedArray()) refuse(value, name, wanted);
  const RawArray array = raw_array(value);
  if (array.type != Kind<T>::type) refuse(value, name, wanted);
  bool own = false, detached = false;
  NAPI_THROW_IF_FAILED(value.Env(), napi_is_arraybuffer(value.Env(), array.buffer, &own), {});
  if (!own) {
    throw Error(
        "ACINUS_INVALID_ARGUMENT",
        name + " lies in a SharedArrayBuffer, which another thread may change meanwhile; give a copy, as .slice() makes.",
        details_of(value));
  }
  NAPI_THROW_IF_FAILED(value.Env(), napi_is_detached_arraybuffer(value.Env(), array.buffer, &detached), {});
  if (detached) {
    throw Error("ACINUS_INVALID_ARGUMENT",
                name + " is detached: its memory was handed to another thread; give an array that still has its memory.",
                details_of(value));
  }
  return {static_cast<const T*>(array.data), array.length};
}

}  // namespace

void refuse(const Napi::Value& given, const std::string& name, const std::string& wanted) {
  throw Error("ACINUS_INVALID_ARGUMENT", name + " must be " + wanted + ", not " + shown(given) + ".", details_of(given));
}

double to_number(const Napi::Value& value, const std::string& name) {
  if (!value.IsNumber()) refuse(value, name, "a number");
  return value.As<Napi::Number>().DoubleValue();
}

int64_t to_whole(const Napi::Value& value, const std::string& name, int64_t least, int64_t most) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  const bool whole = number == std::trunc(number) && std::abs(number) <= static_cast<double>(kLargestWhole);
  if (!whole || number < static_cast<double>(least) || number > static_cast<double>(most)) {
    std::string wanted = "a whole number";
    if (least > -kLargestWhole) wanted += " of at least " + std::to_string(least);
    if (most < kLargestWhole) wanted += (least > -kLargestWhole ? " and at most " : " of at most ") + std::to_string(most);
    refuse(value, name, wanted);
  }
  return static_cast<int64_t>(number);
}

uint64_t to_seed(const Napi::Value& value, const std::string& name) {
  if (!value.IsBigInt()) return static_cast<uint64_t>(to_whole(value, name, 0));
  bool lossless = false;
  const uint64_t seed = value.As<Napi::BigInt>().Uint64Value(&lossless);
  if (!lossless) refuse(value, name, "a whole number from 0 to 2^64 - 1");
  return seed;
}

bool to_boolean(const Napi::Value& value, const std::string& name) {
  if (!value.IsBoolean()) refuse(value, name, "true or false");
  return value.As<Napi::Boolean>().Value();
}

std::string to_text(const Napi::Value& value, const std::string& name) {
  if (!value.IsString()) refuse(value, name, "a string");
  return value.As<Napi::String>().Utf8Value();
}

std::string to_path(const Napi::Value& value, const std::string& name) {
  std::string path = to_text(value, name);
  if (path.empty() || path.find('\0') != std::string::npos) refuse(value, name, "a path (not empty, without NUL characters)");
  return path;
}

Napi::Object to_object(const Napi::Value& value, const std::string& name) {
  if (value.Type() != napi_object || value.IsArray() || value.IsTypedArray()) refuse(value, name, "an object");
  return value.As<Napi::Object>();
}

Napi::Array to_list(const Napi::Value& value, const std::string& name) {
  if (!value.IsArray()) refuse(value, name, "a list");
  return value.As<Napi::Array>();
}

Napi::Function to_function(const Napi::Value& value, const std::string& name) {
  if (!value.IsFunction()) refuse(value, name, "a function");
  return value.As<Napi::Function>();
}

double number(const Napi::Object& options, const char* key) { return to_number(options.Get(key), key); }
std::optional<double> number_or(const Napi::Object& options, const char* key, const char* word) {
  const Napi::Value value = options.Get(key);
  if (value.IsString() && to_text(value, key) == word) return std::nullopt;
  return to_number(value, key);
}
int64_t integer(const Napi::Object& options, const char* key) { return to_whole(options.Get(key), key); }
uint64_t seed_value(const Napi::Object& options, const char* key) { return to_seed(options.Get(key), key); }
bool boolean(const Napi::Object& options, const char* key) { return to_boolean(options.Get(key), key); }
std::string text(const Napi::Object& options, const char* key) { return to_text(options.Get(key), key); }
Napi::Object object(const Napi::Object& options, const char* key) { return to_object(options.Get(key), key); }

std::vector<double> numbers(const Napi::Object& options, const char* key) {
  const Napi::Array list = to_list(options.Get(key), key);
  std::vector<double> out;
  for (uint32_t i = 0; i < list.Length(); ++i)
    out.push_back(to_number(list.Get(i), std::string(key) + "[" + std::to_string(i) + "]"));
  return out;
}

std::map<std::string, std::string> dictionary(const Napi::Object& options, const char* key) {
  const Napi::Object given = object(options, key);
  std::map<std::string, std::string> out;
  for (const auto& name : texts(given.GetPropertyNames(), key)) out[name] = text(given, name.c_str());
  return out;
}

std::vector<int64_t> integers(const Napi::Value& value, const std::string& name) {
  if (is_array_of<int32_t>(value)) {
    const auto values = read_array<int32_t>(value, name);
    return {values.begin(), values.end()};
  }
  const Napi::Array list = to_list(value, name);
  std::vector<int64_t> out;
  for (uint32_t i = 0; i < list.Length(); ++i) out.push_back(to_whole(list.Get(i), name + "[" + std::to_string(i) + "]"));
  return out;
}

std::vector<std::string> texts(const Napi::Value& value, const std::string& name) {
  const Napi::Array list = to_list(value, name);
  std::vector<std::string> out;
  for (uint32_t i = 0; i < list.Length(); ++i) out.push_back(to_text(list.Get(i), name + "[" + std::to_string(i) + "]"));
  return out;
}

std::vector<int64_t> to_shape(const Napi::Value& value, const std::string& name, size_t axes) {
  const std::vector<int64_t> shape = integers(value, name);
  if (shape.size() < axes) refuse(value, name, "a shape of at least " + std::to_string(axes) + " axes");
  int64_t count = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] < 0) {
      throw Error("ACINUS_INVALID_ARGUMENT",
                  name + "[" + std::to_string(i) + "] must be a size of at least 0, not " + std::to_string(shape[i]) + ".",
                  {.value = static_cast<double>(shape[i])});
    }
    if (__builtin_mul_overflow(count, shape[i], &count) || count > kLargestWhole)
      refuse(value, name, "the shape of an array that fits into memory");
  }
  return shape;
}

int64_t product(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

template <class T>
bool is_array_of(const Napi::Value& value) {
  return value.IsTypedArray() && raw_array(value).type == Kind<T>::type;
}

template <class T>
std::span<const T> read_array(const Napi::Value& value, const std::string& name) {
  return checked_array<T>(value, name, Kind<T>::name);
}

template <class T>
std::span<const T> read_array(const Napi::Value& value, const std::string& name, int64_t length, const std::string& what) {
  const auto values = checked_array<T>(value, name, std::string(Kind<T>::name) + " of " + std::to_string(length));
  if (static_cast<int64_t>(values.size()) != length) {
    throw Error(
        "ACINUS_INVALID_ARGUMENT",
        name + " holds " + std::to_string(values.size()) + " values; " + what + " asks for " + std::to_string(length) + ".",
        {.value = static_cast<double>(values.size())});
  }
  return values;
}

#define ACINUS_ARRAYS_OF(T)                                                          \
  template bool is_array_of<T>(const Napi::Value&);                                  \
  template std::span<const T> read_array<T>(const Napi::Value&, const std::string&); \
  template std::span<const T> read_array<T>(const Napi::Value&, const std::string&, int64_t, const std::string&);
ACINUS_ARRAYS_OF(uint8_t)
ACINUS_ARRAYS_OF(int8_t)
ACINUS_ARRAYS_OF(uint16_t)
ACINUS_ARRAYS_OF(int16_t)
ACINUS_ARRAYS_OF(int32_t)
ACINUS_ARRAYS_OF(uint32_t)
ACINUS_ARRAYS_OF(float)
ACINUS_ARRAYS_OF(double)
#undef ACINUS_ARRAYS_OF

bool has_tag(const Napi::Value& value, const napi_type_tag& tag) {
  return value.Type() == napi_object && value.As<Napi::Object>().CheckTypeTag(&tag);
}

}  // namespace acinus::binding

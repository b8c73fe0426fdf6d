// What JavaScript gives, checked and converted. Nothing else in this folder casts a JavaScript value or looks into an array
// (test/house holds the sources to it). Every reader throws ACINUS_INVALID_ARGUMENT with the argument's name, what it has to
// be, and what was given.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <span>

#include "binding/js.h"

namespace acinus::binding {

constexpr int64_t kLargestWhole = (int64_t{1} << 53) - 1;  // JavaScript's largest safe integer

[[noreturn]] void refuse(const Napi::Value& given, const std::string& name, const std::string& wanted);

double to_number(const Napi::Value& value, const std::string& name);  // NaN and the infinities are numbers
// A number without a fraction, from `least` to `most`.
int64_t to_whole(const Napi::Value& value, const std::string& name, int64_t least = -kLargestWhole,
                 int64_t most = kLargestWhole);
uint64_t to_seed(const Napi::Value& value, const std::string& name);  // a whole number from 0, or a bigint of 64 bits
bool to_boolean(const Napi::Value& value, const std::string& name);
std::string to_text(const Napi::Value& value, const std::string& name);
std::string to_path(const Napi::Value& value, const std::string& name);     // not empty, without NUL
Napi::Object to_object(const Napi::Value& value, const std::string& name);  // no array, no function
Napi::Array to_list(const Napi::Value& value, const std::string& name);
Napi::Function to_function(const Napi::Value& value, const std::string& name);

// The same for the keys of an option object; lib/config has filled in every one.
double number(const Napi::Object& options, const char* key);
std::optional<double> number_or(const Napi::Object& options, const char* key, const char* word);  // none for that word
int64_t integer(const Napi::Object& options, const char* key);
uint64_t seed_value(const Napi::Object& options, const char* key);
bool boolean(const Napi::Object& options, const char* key);
std::string text(const Napi::Object& options, const char* key);
Napi::Object object(const Napi::Object& options, const char* key);
std::vector<double> numbers(const Napi::Object& options, const char* key);
std::map<std::string, std::string> dictionary(const Napi::Object& options, const char* key);

std::vector<int64_t> integers(const Napi::Value& value, const std::string& name);  // an Int32Array or a list
std::vector<std::string> texts(const Napi::Value& value, const std::string& name);
// The sizes of an array's axes, at least `axes` of them, each of at least 0; their product fits a whole number.
std::vector<int64_t> to_shape(const Napi::Value& value, const std::string& name, size_t axes = 0);
int64_t product(const std::vector<int64_t>& shape);

// The elements of a typed array of exactly this kind, neither detached nor shared with other threads. They may be looked at
// until JavaScript runs again. T: a signed or unsigned integer of 8, 16 or
// 32 bits, float or double.
template <class T>
std::span<const T> read_array(const Napi::Value& value, const std::string& name);
// … of so many elements; `what` says what asks for them, for the message.
template <class T>
std::span<const T> read_array(const Napi::Value& value, const std::string& name, int64_t length,
                              const std::string& what = "its size");
template <class T>
bool is_array_of(const Napi::Value& value);  // of this kind, whatever state it is in

template <class T>
std::vector<T> copy_array(const Napi::Value& value, const std::string& name) {
  const auto values = read_array<T>(value, name);
  return {values.begin(), values.end()};
}

bool has_tag(const Napi::Value& value, const napi_type_tag& tag);

// A native object in JavaScript's hands. It carries its class's tag, so that another object in its place is an error and no
// foreign memory. `Self` has `static constexpr napi_type_tag kTag` and `static constexpr const char* kWanted`. (That a method
// is called on an object of its class is checked by V8: the methods of napi_define_class carry a signature.)
template <class Self>
class Handle : public Napi::ObjectWrap<Self> {
 public:
  explicit Handle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Self>(info) { this->Value().TypeTag(&Self::kTag); }

  static Self& of(const Napi::Value& value, const std::string& name) {
    if (!has_tag(value, Self::kTag)) refuse(value, name, Self::kWanted);
    return *Napi::ObjectWrap<Self>::Unwrap(to_object(value, name));
  }
};

}  // namespace acinus::binding

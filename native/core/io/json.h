// A small strict JSON reader (RFC 8259) for headers of files that may be hostile: no trailing commas, no duplicate keys,
// bounded depth. LibTorch's wheels carry no JSON header in a place that all supported versions share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace acinus {

class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;  // in the order of the text
  using Value = std::variant<std::nullptr_t, bool, double, uint64_t, std::string, Array, Object>;

  Json() = default;
  explicit Json(Value value) : value_(std::move(value)) {}

  // Each throws std::invalid_argument when the value is of another kind; `what` names it in the message.
  uint64_t integer(const char* what) const;  // a number written without sign, fraction or exponent
  double number(const char* what) const;     // any number
  const std::string& text(const char* what) const;
  const Array& array(const char* what) const;
  const Object& object(const char* what) const;
  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
  bool is_text() const { return std::holds_alternative<std::string>(value_); }

 private:
  Value value_;
};

// Throws std::invalid_argument with the position of the first fault.
Json parse_json(std::string_view text);

// `text` in quotes, escaped. Bytes above 127 are passed on as they are.
std::string json_string(std::string_view text);

}  // namespace acinus

#include "core/io/json.h"

#include <locale.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <unordered_set>

namespace acinus {

namespace {

constexpr int kMaxDepth = 16;

// As std::from_chars, which the libstdc++ of GCC 10 and older does not have for floating point: whatever the program's locale
// is.
double parse_double(const std::string& text) {
  static const locale_t plain = newlocale(LC_ALL_MASK, "C", nullptr);
  return strtod_l(text.c_str(), nullptr, plain);
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Json document() {
    Json value = parse_value(0);
    skip_space();
    if (at_ != text_.size()) fail("text after the end");
    return value;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::invalid_argument(what + " at byte " + std::to_string(at_) + " of the JSON header");
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) ++at_;
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool take(char wanted) {
    skip_space();
    if (peek() != wanted || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }

  void expect(char wanted) {
    if (!take(wanted)) fail(std::string("expected '") + wanted + "'");
  }

  void word(std::string_view wanted) {
    if (text_.substr(at_, wanted.size()) != wanted) fail("unknown word");
    at_ += wanted.size();
  }

  Json parse_value(int depth) {
    if (depth > kMaxDepth) fail("too deep a nesting");
    skip_space();
    switch (peek()) {
      case '{':
        return Json(parse_object(depth));
      case '[':
        return Json(parse_array(depth));
      case '"':
        return Json(parse_string());
      case 't':
        word("true");
        return Json(true);
      case 'f':
        word("false");
        return Json(false);
      case 'n':
        word("null");
        return Json(nullptr);
      default:
        return Json(parse_number());
    }
  }

  Json::Object parse_object(int depth) {
    Json::Object members;
    std::unordered_set<std::string> seen;
    expect('{');
    if (take('}')) return members;
    do {
      skip_space();
      std::string key = parse_string();
      if (!seen.insert(key).second) fail("the key \"" + key + "\" twice");
      expect(':');
      members.emplace_back(std::move(key), parse_value(depth + 1));
    } while (take(','));
    expect('}');
    return members;
  }

  Json::Array parse_array(int depth) {
    Json::Array items;
    expect('[');
    if (take(']')) return items;
    do items.push_back(parse_value(depth + 1));
    while (take(','));
    expect(']');
    return items;
  }

  Json::Value parse_number() {
    const size_t start = at_;
    if (peek() == '-') ++at_;
    const size_t digits = at_;
    while (is_digit(peek())) ++at_;
    if (at_ == digits || (text_[digits] == '0' && at_ - digits > 1)) fail("no valid value");
    bool whole = digits == start;
    if (peek() == '.') {
      whole = false;
      ++at_;
      if (!is_digit(peek())) fail("a digit is missing");
      while (is_digit(peek())) ++at_;
    }
    if (peek() == 'e' || peek() == 'E') {
      whole = false;
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!is_digit(peek())) fail("a digit is missing");
      while (is_digit(peek())) ++at_;
    }
    const char* first = text_.data() + start;
    const char* last = text_.data() + at_;
    uint64_t integer = 0;
    if (whole && std::from_chars(first, last, integer).ec == std::errc()) return integer;
    const double number = parse_double(std::string(first, last));
    if (!std::isfinite(number)) fail("a number out of range");
    return number;
  }

  std::string parse_string() {
    if (peek() != '"') fail("expected a string");
    ++at_;
    std::string out;
    for (;;) {
      if (at_ >= text_.size()) fail("a string without an end");
      const char c = text_[at_++];
      if (c == '"') return out;
      if (static_cast<unsigned char>(c) < 0x20) fail("a control character in a string");
      if (c == '\\') {
        escape(out);
      } else {
        out += c;
      }
    }
  }

  void escape(std::string& out) {
    const char c = at_ < text_.size() ? text_[at_++] : '\0';
    switch (c) {
      case '"':
      case '\\':
      case '/':
        out += c;
        return;
      case 'b':
        out += '\b';
        return;
      case 'f':
        out += '\f';
        return;
      case 'n':
        out += '\n';
        return;
      case 'r':
        out += '\r';
        return;
      case 't':
        out += '\t';
        return;
      case 'u':
        break;
      default:
        fail("an unknown escape");
    }
    uint32_t point = hex4();
    if (point >= 0xD800 && point < 0xDC00) {
      if (text_.substr(at_, 2) != "\\u") fail("half a surrogate pair");
      at_ += 2;
      const uint32_t low = hex4();
      if (low < 0xDC00 || low > 0xDFFF) fail("half a surrogate pair");
      point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    } else if (point >= 0xDC00 && point <= 0xDFFF) {
      fail("half a surrogate pair");
    }
    append_utf8(out, point);
  }

  uint32_t hex4() {
    uint32_t value = 0;
    const char* first = text_.data() + at_;
    if (at_ + 4 > text_.size() || std::from_chars(first, first + 4, value, 16).ptr != first + 4) fail("an unknown escape");
    at_ += 4;
    return value;
  }

  static void append_utf8(std::string& out, uint32_t point) {
    const auto byte = [&out](uint32_t value) { out += static_cast<char>(value); };
    if (point < 0x80) return byte(point);
    if (point < 0x800) {
      byte(0xC0 | point >> 6);
    } else {
      if (point < 0x10000) {
        byte(0xE0 | point >> 12);
      } else {
        byte(0xF0 | point >> 18);
        byte(0x80 | (point >> 12 & 0x3F));
      }
      byte(0x80 | (point >> 6 & 0x3F));
    }
    byte(0x80 | (point & 0x3F));
  }

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  std::string_view text_;
  size_t at_ = 0;
};

template <class Kind>
const Kind& get(const Json::Value& value, const char* what, const char* kind) {
  const Kind* found = std::get_if<Kind>(&value);
  if (found == nullptr) throw std::invalid_argument(std::string(what) + " is not " + kind);
  return *found;
}

}  // namespace

uint64_t Json::integer(const char* what) const { return get<uint64_t>(value_, what, "a whole number"); }
double Json::number(const char* what) const {
  const auto* whole = std::get_if<uint64_t>(&value_);
  return whole != nullptr ? static_cast<double>(*whole) : get<double>(value_, what, "a number");
}
const std::string& Json::text(const char* what) const { return get<std::string>(value_, what, "a string"); }
const Json::Array& Json::array(const char* what) const { return get<Array>(value_, what, "an array"); }
const Json::Object& Json::object(const char* what) const { return get<Object>(value_, what, "an object"); }

Json parse_json(std::string_view text) { return Parser(text).document(); }

std::string json_string(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace acinus

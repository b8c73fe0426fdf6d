// Errors a caller can act on. Everything the core refuses is an acinus::Error with a stable code.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace acinus {

// What an error is about, for programs; the message says it too.
struct ErrorDetails {
  std::string file = {};                                         // empty: none
  std::variant<std::monostate, std::string, double> value = {};  // the offending one
};

// `code` is stable and documented in lib/errors.ts ("ACINUS_…"); the message is one sentence that names the value and the
// remedy.
class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& message, ErrorDetails details = {})
      : std::runtime_error(message), code_(std::move(code)), details_(std::move(details)) {}
  const std::string& code() const noexcept { return code_; }
  const ErrorDetails& details() const noexcept { return details_; }

 private:
  std::string code_;
  ErrorDetails details_;
};

}  // namespace acinus

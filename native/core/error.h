// Errors a caller can act on. Everything the core refuses is an acinus::Error with a stable code.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace acinus {

// `code` is stable and documented in lib/errors.ts ("ACINUS_…"); the message is one sentence that names the value and the
// remedy.
class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& message) : std::runtime_error(message), code_(std::move(code)) {}
  const std::string& code() const noexcept { return code_; }

 private:
  std::string code_;
};

}  // namespace acinus

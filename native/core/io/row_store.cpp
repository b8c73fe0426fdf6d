#include "core/io/row_store.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "core/error.h"

namespace acinus {

namespace {

Error failed(const std::string& folder) {
  return Error(
      "ACINUS_WRITE_FAILED",
      "Cannot keep probabilities in " + folder + ": " + std::strerror(errno) + ". Set TMPDIR to a folder with more room.",
      {.file = folder});
}

std::string folder() {
  const char* named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/tmp";
}

}  // namespace

RowStore::RowStore(int64_t width) : width_(width) {
  std::string path = folder() + "/acinus-rows-XXXXXX";
  file_ = ::mkstemp(path.data());
  if (file_ < 0) throw failed(folder());
  ::unlink(path.c_str());
}

RowStore::~RowStore() { ::close(file_); }

void RowStore::append(const float* values, int64_t rows) {
  const auto bytes = static_cast<size_t>(rows * width_) * sizeof(float);
  const auto* from = reinterpret_cast<const char*>(values);
  const auto start = static_cast<off_t>(rows_ * width_) * static_cast<off_t>(sizeof(float));
  for (size_t done = 0; done < bytes;) {
    const ssize_t written = ::pwrite(file_, from + done, bytes - done, start + static_cast<off_t>(done));
    if (written < 0 && errno != EINTR) throw failed(folder());
    if (written > 0) done += static_cast<size_t>(written);
  }
  rows_ += rows;
}

void RowStore::read(int64_t row, int64_t column, int64_t count, float* out) const {
  const auto bytes = static_cast<size_t>(count) * sizeof(float);
  const auto start = static_cast<off_t>(row * width_ + column) * static_cast<off_t>(sizeof(float));
  for (size_t done = 0; done < bytes;) {
    const ssize_t found = ::pread(file_, reinterpret_cast<char*>(out) + done, bytes - done, start + static_cast<off_t>(done));
    if (found == 0 || (found < 0 && errno != EINTR)) throw failed(folder());
    if (found > 0) done += static_cast<size_t>(found);
  }
}

}  // namespace acinus

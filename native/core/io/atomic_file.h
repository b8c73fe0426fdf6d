// Whole files or none: written beside the target, fsynced, renamed, and the folder fsynced.
#pragma once

#include <cstdio>
#include <filesystem>
#include <string_view>

namespace acinus {

class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();  // removes the temporary file unless committed
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* data, size_t bytes);  // ACINUS_WRITE_FAILED names the file and the reason
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
};

}  // namespace acinus

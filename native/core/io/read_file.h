// A file opened for reading at any offset. Its faults are std::invalid_argument; readers of formats add the file's name.
#pragma once

#include <cstdint>
#include <filesystem>

namespace acinus {

// Reads with pread and does not map the file: if the file shrinks meanwhile, that is an error and not a SIGBUS.
class ReadFile {
 public:
  explicit ReadFile(const std::filesystem::path& path);
  ~ReadFile();
  ReadFile(const ReadFile&) = delete;
  ReadFile& operator=(const ReadFile&) = delete;

  uint64_t size() const { return size_; }
  void read(uint64_t offset, void* data, uint64_t bytes) const;  // all of them, or a fault

 private:
  int descriptor_ = -1;
  uint64_t size_ = 0;
};

}  // namespace acinus

#include "core/io/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace acinus {

ReadFile::ReadFile(const std::filesystem::path& path) {
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info {};
  if (descriptor_ < 0) throw std::invalid_argument(std::strerror(errno));
  if (::fstat(descriptor_, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(descriptor_);
    throw std::invalid_argument("it is not a file");
  }
  size_ = static_cast<uint64_t>(info.st_size);
}

ReadFile::~ReadFile() { ::close(descriptor_); }

void ReadFile::read(uint64_t offset, void* data, uint64_t bytes) const {
  char* at = static_cast<char*>(data);
  while (bytes > 0) {
    const ssize_t got = ::pread(descriptor_, at, bytes, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw std::invalid_argument(std::strerror(errno));
    if (got == 0) throw std::invalid_argument("the file ends too early");
    at += got;
    offset += static_cast<uint64_t>(got);
    bytes -= static_cast<uint64_t>(got);
  }
}

}  // namespace acinus

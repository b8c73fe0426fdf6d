#include "core/io/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "core/error.h"

namespace acinus {

namespace {

[[noreturn]] void write_failed(const std::filesystem::path& target, const char* step) {
  const int reason = errno;
  throw Error("ACINUS_WRITE_FAILED",
              "Could not write " + target.string() + " (" + step + ": " + std::strerror(reason) +
                  "); what was there before is untouched.",
              {.file = target.string()});
}

std::filesystem::path temporary_beside(const std::filesystem::path& target) {
  static std::atomic<uint64_t> count{0};
  const std::string name = target.filename().string();
  return target.parent_path() / ("." + name + "." + std::to_string(::getpid()) + "." + std::to_string(count++) + ".tmp");
}

// A rename is durable only once the folder that holds the name is.
void sync_folder(const std::filesystem::path& target) {
  const auto folder = target.has_parent_path() ? target.parent_path() : std::filesystem::path(".");
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // the new file is in place; some file systems do not let a folder be opened
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path target) : target_(std::move(target)), temporary_(temporary_beside(target_)) {
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) write_failed(target_, "opening");
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(const void* data, size_t bytes) {
  const char* at = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t written = ::write(descriptor_, at, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) write_failed(target_, "writing");
    at += written;
    bytes -= static_cast<size_t>(written);
  }
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) write_failed(target_, "syncing");
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) write_failed(target_, "renaming");
  ::close(descriptor_);
  descriptor_ = -1;
  sync_folder(target_);
}

}  // namespace acinus

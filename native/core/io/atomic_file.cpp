#include "core/io/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>

#include "core/error.h"
#include "core/io/file_lock.h"

namespace acinus {

namespace {

[[noreturn]] void write_failed(const std::filesystem::path& target, const char* step) {
  const int reason = errno;
  std::string room;
  std::error_code unknown;
  if (reason == ENOSPC) {
    const auto free = std::filesystem::space(target.has_parent_path() ? target.parent_path() : ".", unknown).available;
    if (!unknown) room = ", " + std::to_string(free / 1'000'000) + " MB are free there";
  }
  throw Error("ACINUS_WRITE_FAILED",
              "Could not write " + target.string() + " (" + step + ": " + std::strerror(reason) + room +
                  "); what was there before is untouched.",
              {.file = target.string()});
}

constexpr size_t kLongestName = 255;  // of a file, in bytes, on every common file system

// lib/system/atomic-file.ts names its temporary files alike and removes what killed processes left of either kind. The name
// is random: a process number comes again, in a container at every start.
std::filesystem::path temporary_beside(const std::filesystem::path& target) {
  std::random_device random;  // the operating system's
  const uint64_t number = (static_cast<uint64_t>(random()) << 32) | random();
  char ending[22];
  std::snprintf(ending, sizeof(ending), ".%016llx.tmp", static_cast<unsigned long long>(number));
  std::string name = "." + target.filename().string();
  size_t length = std::min(name.size(), kLongestName - std::strlen(ending));
  while (length > 0 && length < name.size() && (name[length] & 0xC0) == 0x80) --length;  // no half of a UTF-8 character
  return target.parent_path() / (name.substr(0, length) + ending);
}

// Locked, which tells others that its writer lives.
int create_locked(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) return descriptor;
  struct stat about {};
  const bool held = try_lock_file(descriptor) == FileLock::kHeld;
  if (!held && ::fstat(descriptor, &about) == 0 && about.st_nlink > 0) return descriptor;
  ::close(descriptor);  // somebody who sweeps took it for a leftover before it was locked
  errno = EEXIST;
  return -1;
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

AtomicFile::AtomicFile(std::filesystem::path target) : target_(std::move(target)) {
  do {
    temporary_ = temporary_beside(target_);
    descriptor_ = create_locked(temporary_);
  } while (descriptor_ < 0 && errno == EEXIST);
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

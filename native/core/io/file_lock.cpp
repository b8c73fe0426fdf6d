#include "core/io/file_lock.h"

#include <sys/file.h>

#include <cerrno>

namespace acinus {

FileLock try_lock_file(int descriptor) {
  int result;
  do {
    result = ::flock(descriptor, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return FileLock::kTaken;
  return errno == EWOULDBLOCK ? FileLock::kHeld : FileLock::kUnsupported;
}

}  // namespace acinus

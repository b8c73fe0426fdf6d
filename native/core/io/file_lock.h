// Advisory locks on whole files. The kernel drops them with the last descriptor, however the process ended, so that they
// need no process number, which a container gives out again.
#pragma once

namespace acinus {

enum class FileLock {
  kTaken,
  kHeld,         // through another descriptor, in this process or in another
  kUnsupported,  // by the file system or the platform
};

// Never waits. Locking a descriptor that holds the lock already succeeds.
FileLock try_lock_file(int descriptor);

}  // namespace acinus

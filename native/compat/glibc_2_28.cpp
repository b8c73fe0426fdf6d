// Lets addons that were compiled on a new Linux load on glibc 2.28 and on the libstdc++ of GCC 6, the oldest that LibTorch's
// own wheels need (RHEL 8, Debian 10 and newer). A new glibc has second versions of some old functions, and the linker takes
// the newest of each. CMakeLists.txt has the linker replace these functions by the ones here (--wrap), which call the old
// versions.
#include <sys/stat.h>

#define ACINUS_OLD(name, version) __asm__(".symver old_" #name "," #name "@" version)

extern "C" {

double old_exp(double);
double old_pow(double, double);
double old_hypot(double, double);
void* old_dlopen(const char*, int);
void* old_dlsym(void*, const char*);
char* old_dlerror();
int old_pthread_once(int*, void (*)());
int __fxstat(int, int, struct stat*);
void old_condition_wait(void*, void*);
ACINUS_OLD(exp, "GLIBC_2.2.5");
ACINUS_OLD(pow, "GLIBC_2.2.5");
ACINUS_OLD(hypot, "GLIBC_2.2.5");
ACINUS_OLD(dlopen, "GLIBC_2.2.5");
ACINUS_OLD(dlsym, "GLIBC_2.2.5");
ACINUS_OLD(dlerror, "GLIBC_2.2.5");
ACINUS_OLD(pthread_once, "GLIBC_2.2.5");
__asm__(".symver old_condition_wait,_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE@GLIBCXX_3.4.11");

double __wrap_exp(double x) { return old_exp(x); }
double __wrap_pow(double x, double y) { return old_pow(x, y); }
double __wrap_hypot(double x, double y) { return old_hypot(x, y); }
void* __wrap_dlopen(const char* path, int flags) { return old_dlopen(path, flags); }
void* __wrap_dlsym(void* library, const char* name) { return old_dlsym(library, name); }
char* __wrap_dlerror() { return old_dlerror(); }
int __wrap_pthread_once(int* flag, void (*function)()) { return old_pthread_once(flag, function); }
// The version of `struct stat` is 1 on x86-64.
int __wrap_fstat(int descriptor, struct stat* status) { return __fxstat(1, descriptor, status); }
// std::condition_variable::wait(std::unique_lock<std::mutex>&).
void __wrap__ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE(void* self, void* lock) {
  old_condition_wait(self, lock);
}

// libstdc++ asks glibc (2.32 and newer) whether atomic operations are needed. Here they always are.
__attribute__((visibility("hidden"))) char __libc_single_threaded = 0;
}

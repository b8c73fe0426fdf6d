#include "core/cpu/parallel.h"

#include <dlfcn.h>

#include <atomic>

namespace acinus::cpu {

namespace {

// The entry points of the OpenMP run time that LibTorch brought along (libgomp, or libomp, which speaks its language). They are
// looked up, not linked: a second run time in one process would mean a second pool of threads, spinning against the first.
struct OpenMp {
  void (*parallel)(void (*)(void*), void*, unsigned, unsigned) = nullptr;
  int (*thread)() = nullptr;
  int (*in_parallel)() = nullptr;

  static const OpenMp& instance() {
    static const OpenMp found = [] {
      OpenMp out;
      const auto symbol = [](const char* name) { return dlsym(RTLD_DEFAULT, name); };
      out.parallel = reinterpret_cast<decltype(out.parallel)>(symbol("GOMP_parallel"));
      out.thread = reinterpret_cast<decltype(out.thread)>(symbol("omp_get_thread_num"));
      out.in_parallel = reinterpret_cast<decltype(out.in_parallel)>(symbol("omp_in_parallel"));
      return out;
    }();
    return found;
  }
  bool complete() const { return parallel && thread && in_parallel; }
};

struct Job {
  int64_t parts;
  void (*run)(void*, int64_t, int);
  void* context;
  std::atomic<int64_t> next{0};
};

}  // namespace

void run_parts(int64_t parts, int threads, void (*run)(void*, int64_t, int), void* context) {
  const OpenMp& omp = OpenMp::instance();
  if (parts <= 1 || threads <= 1 || !omp.complete() || omp.in_parallel()) {
    for (int64_t part = 0; part < parts; ++part) run(context, part, 0);
    return;
  }
  Job job{parts, run, context};
  const auto team = static_cast<unsigned>(parts < threads ? parts : threads);
  omp.parallel(
      [](void* data) {
        Job& work = *static_cast<Job*>(data);
        const int worker = OpenMp::instance().thread();
        for (int64_t part = work.next++; part < work.parts; part = work.next++) work.run(work.context, part, worker);
      },
      &job, team, 0);
}

}  // namespace acinus::cpu

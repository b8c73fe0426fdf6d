#include "core/cpu/parallel.h"

#if defined(__unix__) || defined(__APPLE__)
#include <dlfcn.h>
#endif

namespace acinus::cpu {

namespace {

// The entry points of the OpenMP run time that LibTorch brought along (libgomp, or libomp, which speaks its language). They are
// looked up, not linked: a second run time in one process would mean a second pool of threads, spinning against the first.
struct OpenMp {
  void (*parallel)(void (*)(void*), void*, unsigned, unsigned) = nullptr;
  int (*thread)() = nullptr;
  int (*threads)() = nullptr;
  int (*in_parallel)() = nullptr;

  static const OpenMp& instance() {
    static const OpenMp found = [] {
      OpenMp out;
#if defined(__unix__) || defined(__APPLE__)
      const auto symbol = [](const char* name) { return dlsym(RTLD_DEFAULT, name); };
      out.parallel = reinterpret_cast<decltype(out.parallel)>(symbol("GOMP_parallel"));
      out.thread = reinterpret_cast<decltype(out.thread)>(symbol("omp_get_thread_num"));
      out.threads = reinterpret_cast<decltype(out.threads)>(symbol("omp_get_num_threads"));
      out.in_parallel = reinterpret_cast<decltype(out.in_parallel)>(symbol("omp_in_parallel"));
#endif
      return out;
    }();
    return found;
  }
  bool complete() const { return parallel && thread && threads && in_parallel; }
};

struct Job {
  int64_t parts;
  void (*run)(void*, int64_t);
  void* context;
};

}  // namespace

void run_parts(int64_t parts, int threads, void (*run)(void*, int64_t), void* context) {
  const OpenMp& omp = OpenMp::instance();
  if (parts <= 1 || threads <= 1 || !omp.complete() || omp.in_parallel()) {
    for (int64_t part = 0; part < parts; ++part) run(context, part);
    return;
  }
  Job job{parts, run, context};
  const auto team = static_cast<unsigned>(parts < threads ? parts : threads);
  omp.parallel(
      [](void* data) {
        const Job& work = *static_cast<Job*>(data);
        const OpenMp& runtime = OpenMp::instance();
        const int64_t step = runtime.threads();
        for (int64_t part = runtime.thread(); part < work.parts; part += step) work.run(work.context, part);
      },
      &job, team, 0);
}

}  // namespace acinus::cpu

#include "core/cpu/isa.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#endif

#include <cstdlib>
#include <string_view>

namespace acinus::cpu {

namespace {

struct Choice {
  Isa isa;
  bool enabled;
};

Isa best() {
#if defined(__x86_64__) && defined(__GNUC__)
  __builtin_cpu_init();
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx512) return Isa::kAvx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Isa::kAvx2;
#endif
  return Isa::kBaseline;
}

const Choice& choice() {
  static const Choice chosen = [] {
    const Isa most = best();
    const char* wish = std::getenv("ACINUS_CPU_ISA");
    const std::string_view name = wish ? wish : "";
    if (name == "none") return Choice{most, false};
    if (name == "baseline") return Choice{Isa::kBaseline, true};
    if (name == "avx2" && most == Isa::kAvx512) return Choice{Isa::kAvx2, true};
    return Choice{most, true};
  }();
  return chosen;
}

}  // namespace

Isa isa() { return choice().isa; }

bool kernels_enabled() { return choice().enabled; }

bool multiplies_bfloat16() {
#if defined(__x86_64__) && defined(__GNUC__)
  return isa() == Isa::kAvx512 && __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

bool multiplies_tiles() {
#if defined(__x86_64__) && defined(__GNUC__)
  // Not every compiler's __builtin_cpu_supports knows "amx-bf16".
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  constexpr unsigned kAmxBfloat16 = 1u << 22;
  return isa() == Isa::kAvx512 && __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (edx & kAmxBfloat16) != 0;
#else
  return false;
#endif
}

const char* isa_name() {
  if (!kernels_enabled()) return "none";
  switch (isa()) {
    case Isa::kAvx512:
      return "avx512";
    case Isa::kAvx2:
      return "avx2";
    default:
      return "baseline";
  }
}

}  // namespace acinus::cpu

// Which instruction set the fast CPU kernels use.
#pragma once

namespace acinus::cpu {

enum class Isa { kBaseline, kAvx2, kAvx512 };

// The best that this processor has. The environment variable ACINUS_CPU_ISA (baseline, avx2, avx512; read once) lowers it, and
// "none" turns the kernels off altogether: then LibTorch's own operators do the work.
Isa isa();
bool kernels_enabled();
// True when this processor multiplies bfloat16: with AVX-512 vectors (twice as fast as float32), or with AMX tiles (16 times).
bool multiplies_bfloat16();
bool multiplies_tiles();
// "avx512", "avx2", "baseline" or "none".
const char* isa_name();

}  // namespace acinus::cpu

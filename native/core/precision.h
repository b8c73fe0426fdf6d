// The precision in which a network computes.
#pragma once

namespace acinus {

// float32 throughout, or mixed precision (core/ops/autocast.h) in bfloat16 or float16.
enum class Precision { kFp32, kBf16, kFp16 };

}  // namespace acinus

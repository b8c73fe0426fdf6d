// What scores are taken from where some pixels do not count (core/ignored.h).
#pragma once

#include <cstdint>
#include <vector>

#include "core/image/components.h"

namespace acinus {

// truth: `pixels` bytes in {0, 1, kIgnored}. How many do not count.
int64_t ignored_pixels(const uint8_t* truth, int64_t pixels);

std::vector<uint8_t> cleared(const uint8_t* mask, const uint8_t* truth, int64_t pixels);     // 0 where the truth does not count
std::vector<uint8_t> completed(const uint8_t* truth, const uint8_t* other, int64_t pixels);  // the truth, with `other` there

// Components without their pixels that do not count, numbered anew in their order; those that vanish are left out, and with
// `drop_mostly` those too of which more than half does not count.
Components counted_part(const Components& all, const uint8_t* truth, bool drop_mostly);

}  // namespace acinus

// Images dealt to threads in bands of rows.
#pragma once

#include <ATen/Parallel.h>

#include "core/cpu/parallel.h"

namespace acinus::ops::on_cpu {

// body(image, first row, row after the last) for bands of about `band` rows of each image, in parallel.
template <class Body>
void for_bands(int64_t images, int64_t rows, Body body, int64_t band = 16) {
  const int64_t bands = (rows + band - 1) / band;
  cpu::parallel_parts(images * bands, at::get_num_threads(), [&](int64_t part) {
    const auto [begin, end] = cpu::part_of(rows, bands, part % bands);
    body(part / bands, begin, end);
  });
}

}  // namespace acinus::ops::on_cpu

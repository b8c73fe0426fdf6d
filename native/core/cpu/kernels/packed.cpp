#include "core/cpu/image_kernels.h"
#include "core/cpu/kernels/places.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

typedef uint8_t ByteVec __attribute__((vector_size(kLanes)));

inline BitVec load_words(const uint32_t* from) {
  BitVec out;
  std::memcpy(&out, from, sizeof(out));
  return out;
}

template <class At>
inline void put_bytes(At at, uint8_t* to, BitVec values) {
  const ByteVec bytes = __builtin_convertvector(values, ByteVec);
  std::memcpy(to, &bytes, static_cast<size_t>(at.count));
}

inline Vec channel(BitVec pixels, int c) { return as_floats(bits_as<IntVec>((pixels >> (8 * c)) & 0xffu)); }

template <class At>
inline void put_lit(At at, const Lit& to, int c, int64_t pixel, Vec value) {
  const Vec lit = to.factor * value + to.offset;
  at.put(to.planes + c * to.plane + pixel, larger(smaller(lit, splat(255.0F)), Vec{}));
}

void pack(const ByteImage& image, const ByteImage& mask, int64_t width, int64_t begin, int64_t end, uint32_t* out) {
  for (int64_t y = begin; y < end; ++y) {
    const uint8_t *from = image.first + y * image.row, *cell = mask.first + y * mask.row;
    for (int64_t x = 0; x < width; ++x, from += image.column, cell += mask.column) {
      const uint32_t red = from[0], green = from[image.channel], blue = from[2 * image.channel], in_cell = *cell;
      out[y * width + x] = red | green << 8 | blue << 16 | in_cell << 24;
    }
  }
}

void unpack(const uint32_t* pixels, int64_t begin, int64_t end, const Lit& out) {
  for_channels(end - begin, [&](int64_t i, auto at) {
    const int64_t pixel = begin + i;
    const BitVec words = load_words(pixels + pixel);
    for (int c = 0; c < 3; ++c) put_lit(at, out, c, pixel, channel(words, c));
    put_bytes(at, out.mask + pixel, words >> 24);
  });
}

// The pixels at `corner` and right of it.
inline void fetch(const uint32_t* pixels, IntVec corner, BitVec& left, BitVec& right) {
  int32_t index[kLanes];
  std::memcpy(index, &corner, sizeof(index));
  uint32_t words[2][kLanes];
  for (int i = 0; i < kLanes; ++i) {
    words[0][i] = pixels[index[i]];
    words[1][i] = pixels[index[i] + 1];
  }
  left = load_words(words[0]);
  right = load_words(words[1]);
}

void remap_packed(const uint32_t* pixels, const Displacement& displacement, int64_t begin, int64_t end, const Lit& out) {
  const auto& [dx, dy, height, width] = displacement;
  const Vec lane = lane_numbers();
  for (int64_t row = begin; row < end; ++row) {
    for_channels(width, [&](int64_t column, auto at) {
      const int64_t pixel = row * width + column;
      const Vec x = mirrored(at.get(dx + pixel) + (lane + static_cast<float>(column)), width);
      const Vec y = mirrored(at.get(dy + pixel) + static_cast<float>(row), height);
      const IntVec left = truncated(x), top = truncated(y);
      const Vec right_of = x - as_floats(left), below = y - as_floats(top);
      const IntVec corner = top * static_cast<int32_t>(width) + left;
      BitVec pixel00, pixel01, pixel10, pixel11;
      fetch(pixels, corner, pixel00, pixel01);
      fetch(pixels + width, corner, pixel10, pixel11);
      for (int c = 0; c < 3; ++c) {
        const Vec v00 = channel(pixel00, c), v10 = channel(pixel10, c);
        const Vec above = v00 + right_of * (channel(pixel01, c) - v00);
        const Vec under = v10 + right_of * (channel(pixel11, c) - v10);
        put_lit(at, out, c, pixel, above + below * (under - above));
      }
      const IntVec to_right = truncated(rounded(x)) > left, to_below = truncated(rounded(y)) > top;
      const BitVec nearest = to_below ? (to_right ? pixel11 : pixel10) : (to_right ? pixel01 : pixel00);
      put_bytes(at, out.mask + pixel, nearest >> 24);
    });
  }
}

// 0 ≤ x ≤ 255 after clamping, halves to the even integer.
inline BitVec byte_of(Vec x) { return bits_as<BitVec>(truncated(rounded(larger(smaller(x, splat(255.0F)), Vec{})))); }

void interleave(const float* planes, int64_t plane, int64_t begin, int64_t end, uint8_t* out) {
  for_channels(end - begin, [&](int64_t i, auto at) {
    const float* from = planes + begin + i;
    uint8_t* to = out + 3 * (begin + i);
    const BitVec pixels = byte_of(at.get(from)) | byte_of(at.get(from + plane)) << 8 | byte_of(at.get(from + 2 * plane)) << 16;
    uint32_t words[kLanes];
    std::memcpy(words, &pixels, sizeof(words));
    const int last = at.count - 1;
    for (int k = 0; k < last; ++k) std::memcpy(to + 3 * k, words + k, 4);  // the next pixel overwrites the fourth byte
    std::memcpy(to + 3 * last, words + last, 3);
  });
}

}  // namespace

void add_packed(ImageKernels& table) {
  table.pack = pack;
  table.unpack = unpack;
  table.remap_packed = remap_packed;
  table.interleave = interleave;
}

}  // namespace acinus::cpu::ACINUS_ISA

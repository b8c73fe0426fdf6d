#include "core/cpu/image_kernels.h"
#include "core/cpu/kernels/places.h"
#include "core/cpu/kernels/shuffle.h"
#include "core/cpu/kernels/table.h"
#include "core/ignored.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

typedef uint8_t ByteVec __attribute__((vector_size(kLanes)));
typedef uint8_t Bytes16 __attribute__((vector_size(16)));
[[maybe_unused]] constexpr int kFour = 4;  // pixels that a Bytes16 holds

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

// The three lower bytes of each word.
template <class At>
inline void put_interleaved(At at, uint8_t* to, BitVec pixels) {
  uint32_t words[kLanes];
  std::memcpy(words, &pixels, sizeof(words));
#if defined(__SSSE3__)
  if (at.count == kLanes) {
    // Four pixels are twelve bytes; the next four overwrite what is stored behind them.
    for (int k = 0; k < kLanes; k += kFour) {
      Bytes16 four;
      std::memcpy(&four, words + k, sizeof(four));
      four = shuffled<0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 15, 15, 15>(four, four);
      std::memcpy(to + 3 * k, &four, k + kFour < kLanes ? sizeof(four) : 3 * kFour);
    }
    return;
  }
#endif
  const int last = at.count - 1;
  for (int k = 0; k < last; ++k) std::memcpy(to + 3 * k, words + k, 4);  // the next pixel overwrites the fourth byte
  std::memcpy(to + 3 * last, words + last, 3);
}

template <bool kBytes, class At>
inline void put_lit(At at, const Lit& to, int64_t pixel, const Vec (&colour)[3]) {
  BitVec pixels{};
  for (int c = 0; c < 3; ++c) {
    const Vec lit = larger(smaller(to.factor * colour[c] + to.offset, splat(255.0F)), Vec{});
    if constexpr (kBytes) {
      pixels |= bits_as<BitVec>(truncated(rounded(lit))) << (8 * c);
    } else {
      at.put(to.planes + c * to.plane + pixel, lit);
    }
  }
  if constexpr (kBytes) put_interleaved(at, to.bytes + 3 * pixel, pixels);
}

struct Span {
  int64_t begin, end;
};

void pack_one_by_one(const ByteImage& image, const ByteImage& mask, int64_t width, Span rows, Span columns, uint32_t* out) {
  for (int64_t y = rows.begin; y < rows.end; ++y) {
    for (int64_t x = columns.begin; x < columns.end; ++x) {
      const uint8_t* from = image.first + y * image.row + x * image.column;
      const uint32_t red = from[0], green = from[image.channel], blue = from[2 * image.channel];
      const uint8_t value = mask.first[y * mask.row + x * mask.column];
      const uint32_t in_cell = value == kIgnored ? kIgnored : value != 0;
      out[y * width + x] = red | green << 8 | blue << 16 | in_cell << 24;
    }
  }
}

#if defined(__SSSE3__)
typedef uint32_t Words4 __attribute__((vector_size(16)));

// Four pixels and their mask, side by side in memory: the first and those to the right of it (step 1) or to the left (step −1).
// The next four bytes to the right are read too.
template <int step>
inline Words4 four_pixels(const uint8_t* image, const uint8_t* cells) {
  constexpr int kLeftmost = step > 0 ? 0 : 1 - kFour;
  Bytes16 pixels, in_cell{};
  std::memcpy(&pixels, image + 3 * kLeftmost, sizeof(pixels));
  std::memcpy(&in_cell, cells + kLeftmost, kFour);
  const Bytes16 ignored = (Bytes16)(in_cell == kIgnored), cell = (Bytes16)(in_cell != 0) & ~ignored;
  in_cell = (ignored & kIgnored) | (cell & 1);
  if constexpr (step > 0) {
    return (Words4)shuffled<0, 1, 2, 16, 3, 4, 5, 17, 6, 7, 8, 18, 9, 10, 11, 19>(pixels, in_cell);
  } else {
    return (Words4)shuffled<9, 10, 11, 19, 6, 7, 8, 18, 3, 4, 5, 17, 0, 1, 2, 16>(pixels, in_cell);
  }
}

inline Words4 lower_by_turns(Words4 a, Words4 b) { return shuffled<0, 4, 1, 5>(a, b); }
inline Words4 upper_by_turns(Words4 a, Words4 b) { return shuffled<2, 6, 3, 7>(a, b); }

inline void put_four(uint32_t* to, Words4 words) { std::memcpy(to, &words, sizeof(words)); }

// The part of `span`, of an axis of `size` pixels that lie side by side in memory, that can be taken by fours.
template <int step>
Span by_fours(Span span, int64_t size) {
  constexpr int64_t kBeyond = 2;  // pixels that the next four bytes belong to
  const int64_t lowest = step > 0 ? 0 : kBeyond, highest = step > 0 ? size - kBeyond : size;
  const int64_t begin = span.begin < lowest ? lowest : span.begin, end = span.end < highest ? span.end : highest;
  if (end < begin) return {span.end, span.end};
  return {begin, begin + (end - begin) / kFour * kFour};
}

// Rows that are rows in memory.
template <int step>
void pack_along(const ByteImage& image, const ByteImage& mask, int64_t width, Span rows, uint32_t* out) {
  const Span fours = by_fours<step>({0, width}, width);
  for (int64_t y = rows.begin; y < rows.end; ++y) {
    const uint8_t *pixels = image.first + y * image.row, *cells = mask.first + y * mask.row;
    for (int64_t x = fours.begin; x < fours.end; x += kFour) {
      put_four(out + y * width + x, four_pixels<step>(pixels + 3 * step * x, cells + step * x));
    }
  }
  pack_one_by_one(image, mask, width, rows, {0, fours.begin}, out);
  pack_one_by_one(image, mask, width, rows, {fours.end, width}, out);
}

// Rows that are columns in memory: four by four pixels at a time.
template <int step>
void pack_across(const ByteImage& image, const ByteImage& mask, int64_t height, int64_t width, Span rows, uint32_t* out) {
  const Span fours = by_fours<step>(rows, height);
  const int64_t columns = width / kFour * kFour;
  constexpr int64_t kTile = 64;  // so few that the bytes of the next rows are still in the cache
  for (int64_t left = 0; left < columns; left += kTile) {
    const int64_t right = columns - left < kTile ? columns : left + kTile;
    for (int64_t y = fours.begin; y < fours.end; y += kFour) {
      for (int64_t x = left; x < right; x += kFour) {
        Words4 column[kFour];
        for (int k = 0; k < kFour; ++k) {
          column[k] = four_pixels<step>(image.first + y * image.row + (x + k) * image.column,
                                        mask.first + y * mask.row + (x + k) * mask.column);
        }
        const Words4 a = lower_by_turns(column[0], column[2]), b = lower_by_turns(column[1], column[3]);
        const Words4 c = upper_by_turns(column[0], column[2]), d = upper_by_turns(column[1], column[3]);
        uint32_t* const to = out + y * width + x;
        put_four(to, lower_by_turns(a, b));
        put_four(to + width, upper_by_turns(a, b));
        put_four(to + 2 * width, lower_by_turns(c, d));
        put_four(to + 3 * width, upper_by_turns(c, d));
      }
    }
  }
  pack_one_by_one(image, mask, width, {rows.begin, fours.begin}, {0, width}, out);
  pack_one_by_one(image, mask, width, fours, {columns, width}, out);
  pack_one_by_one(image, mask, width, {fours.end, rows.end}, {0, width}, out);
}
#endif

void pack(const ByteImage& image, const ByteImage& mask, [[maybe_unused]] int64_t height, int64_t width, int64_t begin,
          int64_t end, uint32_t* out) {
#if defined(__SSSE3__)
  if (image.channel == 1) {
    if (image.column == 3 && mask.column == 1) return pack_along<1>(image, mask, width, {begin, end}, out);
    if (image.column == -3 && mask.column == -1) return pack_along<-1>(image, mask, width, {begin, end}, out);
    if (image.row == 3 && mask.row == 1) return pack_across<1>(image, mask, height, width, {begin, end}, out);
    if (image.row == -3 && mask.row == -1) return pack_across<-1>(image, mask, height, width, {begin, end}, out);
  }
#endif
  pack_one_by_one(image, mask, width, {begin, end}, {0, width}, out);
}

template <bool kBytes>
void unpack_to(const uint32_t* pixels, int64_t begin, int64_t end, const Lit& out) {
  const bool unlit = out.factor == 1.0F && out.offset == 0.0F;
  for_channels(end - begin, [&](int64_t i, auto at) {
    const int64_t pixel = begin + i;
    const BitVec words = load_words(pixels + pixel);
    if (kBytes && unlit) {
      put_interleaved(at, out.bytes + 3 * pixel, words);
    } else {
      put_lit<kBytes>(at, out, pixel, {channel(words, 0), channel(words, 1), channel(words, 2)});
    }
    put_bytes(at, out.mask + pixel, words >> 24);
  });
}

void unpack(const uint32_t* pixels, int64_t begin, int64_t end, const Lit& out) {
  return out.bytes ? unpack_to<true>(pixels, begin, end, out) : unpack_to<false>(pixels, begin, end, out);
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

template <bool kBytes>
void remap_packed_to(const uint32_t* pixels, const Displacement& displacement, int64_t begin, int64_t end, const Lit& out) {
  const float *dx = displacement.x, *dy = displacement.y;
  const int64_t height = displacement.height, width = displacement.width;
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
      Vec colour[3];
      for (int c = 0; c < 3; ++c) {
        const Vec v00 = channel(pixel00, c), v10 = channel(pixel10, c);
        const Vec above = v00 + right_of * (channel(pixel01, c) - v00);
        const Vec under = v10 + right_of * (channel(pixel11, c) - v10);
        colour[c] = above + below * (under - above);
      }
      put_lit<kBytes>(at, out, pixel, colour);
      const IntVec to_right = truncated(rounded(x)) > left, to_below = truncated(rounded(y)) > top;
      const BitVec nearest = to_below ? (to_right ? pixel11 : pixel10) : (to_right ? pixel01 : pixel00);
      put_bytes(at, out.mask + pixel, nearest >> 24);
    });
  }
}

void remap_packed(const uint32_t* pixels, const Displacement& displacement, int64_t begin, int64_t end, const Lit& out) {
  return out.bytes ? remap_packed_to<true>(pixels, displacement, begin, end, out)
                   : remap_packed_to<false>(pixels, displacement, begin, end, out);
}

}  // namespace

void add_packed(ImageKernels& table) {
  table.pack = pack;
  table.unpack = unpack;
  table.remap_packed = remap_packed;
}

}  // namespace acinus::cpu::ACINUS_ISA

#include "core/cpu/image_kernels.h"
#include "core/cpu/kernels/places.h"
#include "core/cpu/kernels/table.h"

namespace acinus::cpu::ACINUS_ISA {
namespace {

typedef uint8_t ByteVec __attribute__((vector_size(kLanes)));
typedef uint8_t Bytes16 __attribute__((vector_size(16)));

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
    constexpr int kFour = 4;  // pixels are twelve bytes; the next four overwrite what is stored behind them
    const Bytes16 packed{0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 15, 15, 15};
    for (int k = 0; k < kLanes; k += kFour) {
      Bytes16 four;
      std::memcpy(&four, words + k, sizeof(four));
      four = __builtin_shuffle(four, packed);
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

void pack(const ByteImage& image, const ByteImage& mask, int64_t width, int64_t begin, int64_t end, uint32_t* out) {
  const bool interleaved = image.channel == 1;
  // A pixel is read as a word where another byte follows it: not at the end of a row that may be the end of the memory.
  const int64_t first_word = image.column > 0 ? 0 : 1, last_word = image.column > 0 ? width - 1 : width;
  for (int64_t y = begin; y < end; ++y) {
    const uint8_t *row = image.first + y * image.row, *cells = mask.first + y * mask.row;
    const auto by_bytes = [&](int64_t x) {
      const uint8_t* from = row + x * image.column;
      const uint32_t red = from[0], green = from[image.channel], blue = from[2 * image.channel];
      const uint32_t in_cell = cells[x * mask.column];
      out[y * width + x] = red | green << 8 | blue << 16 | in_cell << 24;
    };
    if (!interleaved) {
      for (int64_t x = 0; x < width; ++x) by_bytes(x);
      continue;
    }
    by_bytes(first_word == 0 ? width - 1 : 0);
    for (int64_t x = first_word; x < last_word; ++x) {
      uint32_t word;
      std::memcpy(&word, row + x * image.column, sizeof(word));
      const uint32_t in_cell = cells[x * mask.column];
      out[y * width + x] = (word & 0xffffffu) | in_cell << 24;
    }
  }
}

template <bool kBytes>
void unpack_to(const uint32_t* pixels, int64_t begin, int64_t end, const Lit& out) {
  for_channels(end - begin, [&](int64_t i, auto at) {
    const int64_t pixel = begin + i;
    const BitVec words = load_words(pixels + pixel);
    put_lit<kBytes>(at, out, pixel, {channel(words, 0), channel(words, 1), channel(words, 2)});
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

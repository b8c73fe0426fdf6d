// Names of records and their fields are those of APPNOTE.TXT, the specification of ZIP.
#include "core/io/zip_archive.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace acinus {

namespace {

constexpr uint64_t kEndSize = 22, kEndSize64 = 56, kLocatorSize64 = 20, kCentralSize = 46, kLocalSize = 30;
constexpr uint64_t kMaxComment = 65535, kChunk = 1 << 20;
constexpr uint64_t kMaxDirectory = 256ULL << 20;
constexpr uint32_t kEnd = 0x06054b50, kEnd64 = 0x06064b50, kLocator64 = 0x07064b50, kCentral = 0x02014b50, kLocal = 0x04034b50;

[[noreturn]] void damaged(const char* what) {
  throw std::invalid_argument(std::string("its ZIP directory is damaged or the file is truncated (") + what + ")");
}

[[noreturn]] void wrong_checksum() { throw std::invalid_argument("the checksum of its contents is wrong: it is damaged"); }

uint64_t little_endian(const unsigned char* at, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = bytes; i-- > 0;) value = value << 8 | at[i];
  return value;
}
uint16_t u16(const unsigned char* at) { return static_cast<uint16_t>(little_endian(at, 2)); }
uint32_t u32(const unsigned char* at) { return static_cast<uint32_t>(little_endian(at, 4)); }
uint64_t u64(const unsigned char* at) { return little_endian(at, 8); }

std::vector<unsigned char> bytes_at(const ReadFile& file, uint64_t offset, uint64_t bytes) {
  if (offset > file.size() || bytes > file.size() - offset) damaged("a record reaches beyond the end");
  std::vector<unsigned char> out(bytes);
  if (bytes > 0) file.read(offset, out.data(), bytes);
  return out;
}

// Eight tables, so that eight bytes are taken at a time (Kounavis and Berry, "slicing by 8").
std::array<std::array<uint32_t, 256>, 8> crc_tables() {
  std::array<std::array<uint32_t, 256>, 8> tables{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0xEDB88320U : 0);
    tables[0][i] = value;
  }
  for (size_t k = 1; k < 8; ++k) {
    for (size_t i = 0; i < 256; ++i) tables[k][i] = tables[k - 1][i] >> 8 ^ tables[0][tables[k - 1][i] & 255];
  }
  return tables;
}

// A field that does not fit into 32 bits stands in the ZIP64 extra field, in the order in which such fields come.
class Extra64 {
 public:
  Extra64(const unsigned char* extra, size_t length) {
    while (length >= 4) {
      const size_t size = u16(extra + 2);
      if (size > length - 4) return;
      if (u16(extra) == 0x0001) {
        at_ = extra + 4;
        left_ = size;
        return;
      }
      extra += 4 + size;
      length -= 4 + size;
    }
  }
  uint64_t resolve(uint32_t field) {
    if (field != 0xFFFFFFFFU) return field;
    if (left_ < 8) damaged("a ZIP64 field is missing");
    const uint64_t value = u64(at_);
    at_ += 8;
    left_ -= 8;
    return value;
  }

 private:
  const unsigned char* at_ = nullptr;
  size_t left_ = 0;
};

}  // namespace

uint32_t crc32(const void* data, uint64_t bytes, uint32_t crc) {
  static const auto tables = crc_tables();
  const auto* at = static_cast<const unsigned char*>(data);
  crc = ~crc;
  for (; bytes >= 8; at += 8, bytes -= 8) {
    const uint32_t low = crc ^ u32(at);
    crc = tables[7][low & 255] ^ tables[6][low >> 8 & 255] ^ tables[5][low >> 16 & 255] ^ tables[4][low >> 24] ^
          tables[3][at[4]] ^ tables[2][at[5]] ^ tables[1][at[6]] ^ tables[0][at[7]];
  }
  for (; bytes > 0; ++at, --bytes) crc = crc >> 8 ^ tables[0][(crc ^ *at) & 255];
  return ~crc;
}

ZipArchive::ZipArchive(const ReadFile& file) : file_(file) { read_directory(find_directory()); }

ZipArchive::Directory ZipArchive::find_directory() const {
  if (file_.size() < kEndSize) damaged("it is too short");
  const uint64_t tail_size = std::min(file_.size(), kEndSize + kMaxComment);
  const uint64_t tail_at = file_.size() - tail_size;
  const auto tail = bytes_at(file_, tail_at, tail_size);
  for (uint64_t i = tail_size - kEndSize + 1; i-- > 0;) {
    const unsigned char* end = tail.data() + i;
    if (u32(end) != kEnd || u16(end + 20) != tail_size - i - kEndSize) continue;
    Directory found{u32(end + 16), u32(end + 12), u16(end + 10)};
    if (found.offset != 0xFFFFFFFFU && found.size != 0xFFFFFFFFU && found.count != 0xFFFF) return found;
    if (tail_at + i < kLocatorSize64) damaged("the ZIP64 locator is missing");
    const auto locator = bytes_at(file_, tail_at + i - kLocatorSize64, kLocatorSize64);
    if (u32(locator.data()) != kLocator64) damaged("the ZIP64 locator is missing");
    const auto end64 = bytes_at(file_, u64(locator.data() + 8), kEndSize64);
    if (u32(end64.data()) != kEnd64) damaged("the ZIP64 end record is missing");
    return {u64(end64.data() + 48), u64(end64.data() + 40), u64(end64.data() + 32)};
  }
  damaged("no end record");
}

void ZipArchive::read_directory(const Directory& directory) {
  if (directory.size > kMaxDirectory) damaged("it is too large");
  const auto bytes = bytes_at(file_, directory.offset, directory.size);
  uint64_t at = 0;
  for (uint64_t i = 0; i < directory.count; ++i) {
    if (directory.size - at < kCentralSize) damaged("an entry is cut off");
    const unsigned char* record = bytes.data() + at;
    if (u32(record) != kCentral) damaged("an entry has no signature");
    const size_t name_length = u16(record + 28), extra_length = u16(record + 30), comment_length = u16(record + 32);
    const uint64_t length = kCentralSize + name_length + extra_length + comment_length;
    if (directory.size - at < length) damaged("an entry is cut off");
    const std::string name(reinterpret_cast<const char*>(record) + kCentralSize, name_length);
    const bool stored = (u16(record + 8) & 1) == 0 && u16(record + 10) == 0;

    Extra64 extra(record + kCentralSize + name_length, extra_length);
    const uint64_t size = extra.resolve(u32(record + 24));
    const uint64_t held = extra.resolve(u32(record + 20));
    if (stored && held != size) damaged("sizes differ");
    const uint64_t local_at = extra.resolve(u32(record + 42));
    const auto local = bytes_at(file_, local_at, kLocalSize);
    if (u32(local.data()) != kLocal) damaged("an entry's own header is missing");
    const uint64_t data_at = local_at + kLocalSize + u16(local.data() + 26) + u16(local.data() + 28);
    if (data_at > file_.size() || held > file_.size() - data_at) damaged("an entry reaches beyond the end");
    if (!entries_.emplace(name, Entry{data_at, size, u32(record + 16), stored}).second) damaged("an entry stands there twice");
    at += length;
  }
}

const ZipArchive::Entry& ZipArchive::at(const std::string& name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) throw std::invalid_argument("its record \"" + name + "\" is missing");
  if (!found->second.stored) throw std::invalid_argument("its record \"" + name + "\" is compressed or encrypted");
  return found->second;
}

void ZipArchive::read(const Entry& entry, void* data) const {
  if (entry.size > 0) file_.read(entry.offset, data, entry.size);
  if (entry.crc != 0 && crc32(data, entry.size) != entry.crc) wrong_checksum();
}

void ZipArchive::verify(const Entry& entry) const {
  std::vector<unsigned char> chunk(std::min(entry.size, kChunk));
  uint32_t crc = 0;
  for (uint64_t done = 0; entry.crc != 0 && done < entry.size; done += chunk.size()) {
    chunk.resize(std::min(kChunk, entry.size - done));
    file_.read(entry.offset + done, chunk.data(), chunk.size());
    crc = crc32(chunk.data(), chunk.size(), crc);
  }
  if (crc != entry.crc) wrong_checksum();
}

}  // namespace acinus

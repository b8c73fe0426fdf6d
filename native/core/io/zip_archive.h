// The directory of a ZIP archive whose entries are stored without compression, as PyTorch writes them. Written for hostile
// files: LibTorch's own reader checks no checksums and allocates what an entry claims to hold.
#pragma once

#include <string>
#include <unordered_map>

#include "core/io/read_file.h"

namespace acinus {

class ZipArchive {
 public:
  struct Entry {
    uint64_t offset = 0;  // of its data
    uint64_t size = 0;
    uint32_t crc = 0;    // 0: not computed (torch.serialization.set_crc32_options)
    bool stored = true;  // neither compressed nor encrypted
  };

  // Throws std::invalid_argument on anything damaged or named twice.
  explicit ZipArchive(const ReadFile& file);

  const std::unordered_map<std::string, Entry>& entries() const { return entries_; }
  bool contains(const std::string& name) const { return entries_.contains(name); }
  // A fault when it is not there, or not stored as it is.
  const Entry& at(const std::string& name) const;
  // Its data of `size` bytes, the checksum verified.
  void read(const Entry& entry, void* data) const;
  void verify(const Entry& entry) const;  // the checksum alone

 private:
  struct Directory {
    uint64_t offset, size, count;
  };
  Directory find_directory() const;
  void read_directory(const Directory& directory);

  const ReadFile& file_;
  std::unordered_map<std::string, Entry> entries_;
};

// CRC-32 of ZIP and PNG (polynomial 0xEDB88320) of what came before, whose CRC is `crc`, and `data`.
uint32_t crc32(const void* data, uint64_t bytes, uint32_t crc = 0);

}  // namespace acinus

#include "core/io/safetensors.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "core/io/json.h"
#include "core/io/read_file.h"

namespace acinus {

namespace {

constexpr uint64_t kMaxHeader = 100'000'000;  // as the reference implementation
constexpr size_t kMaxDimensions = 16;

struct Dtype {
  const char* name;
  at::ScalarType type;
};
constexpr Dtype kDtypes[] = {{"F64", at::kDouble},
                             {"F32", at::kFloat},
                             {"F16", at::kHalf},
                             {"BF16", at::kBFloat16},
                             {"F8_E4M3", at::kFloat8_e4m3fn},
                             {"F8_E5M2", at::kFloat8_e5m2},
                             {"I64", at::kLong},
                             {"I32", at::kInt},
                             {"I16", at::kShort},
                             {"I8", at::kChar},
                             {"U8", at::kByte},
                             {"BOOL", at::kBool}};

struct Entry {
  std::string name;
  at::ScalarType type = at::kFloat;
  std::vector<int64_t> shape;
  uint64_t begin = 0, end = 0;  // in the bytes behind the header
};

at::ScalarType dtype_of(const std::string& name) {
  for (const auto& known : kDtypes) {
    if (name == known.name) return known.type;
  }
  throw std::invalid_argument("the data type " + name +
                              " is not supported (F64, F32, F16, BF16, F8_E4M3, F8_E5M2, I64, I32, I16, I8, U8, BOOL are)");
}

const char* name_of(at::ScalarType type) {
  for (const auto& known : kDtypes) {
    if (type == known.type) return known.name;
  }
  throw Error("ACINUS_INVALID_ARGUMENT", std::string("tensors of type ") + c10::toString(type) + " cannot be saved");
}

// Bytes of a tensor; refuses a product that overflows, in an empty tensor too, whose strides would.
uint64_t byte_count(const std::vector<int64_t>& shape, at::ScalarType type) {
  auto bytes = static_cast<int64_t>(c10::elementSize(type));
  bool empty = false;
  for (const int64_t length : shape) {
    empty = empty || length == 0;
    if (__builtin_mul_overflow(bytes, std::max<int64_t>(length, 1), &bytes))
      throw std::invalid_argument("a shape is too large");
  }
  return empty ? 0 : static_cast<uint64_t>(bytes);
}

Entry parse_entry(const std::string& name, const Json& description) {
  Entry entry;
  entry.name = name;
  bool typed = false, shaped = false, placed = false;
  for (const auto& [key, value] : description.object(name.c_str())) {
    if (key == "dtype") {
      entry.type = dtype_of(value.text("dtype"));
      typed = true;
    } else if (key == "shape") {
      const auto& lengths = value.array("shape");
      if (lengths.size() > kMaxDimensions) throw std::invalid_argument("\"" + name + "\" has too many dimensions");
      for (const auto& length : lengths) {
        const uint64_t extent = length.integer("a length in a shape");
        if (extent > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
          throw std::invalid_argument("a shape is too large");
        entry.shape.push_back(static_cast<int64_t>(extent));
      }
      shaped = true;
    } else if (key == "data_offsets") {
      const auto& offsets = value.array("data_offsets");
      if (offsets.size() != 2) throw std::invalid_argument("\"" + name + "\" has data_offsets that are not a pair");
      entry.begin = offsets[0].integer("a data offset");
      entry.end = offsets[1].integer("a data offset");
      placed = true;
    } else {
      throw std::invalid_argument("\"" + name + "\" has the unknown key \"" + key + "\"");
    }
  }
  if (!typed || !shaped || !placed) throw std::invalid_argument("\"" + name + "\" lacks dtype, shape or data_offsets");
  return entry;
}

// The format's own rule: the tensors fill the bytes behind the header, without overlap and without holes.
void check_layout(const std::vector<Entry>& entries, uint64_t available) {
  std::vector<size_t> order(entries.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::pair(entries[a].begin, entries[a].end) < std::pair(entries[b].begin, entries[b].end);
  });
  uint64_t at = 0;
  for (const size_t i : order) {
    const Entry& entry = entries[i];
    if (entry.begin > entry.end || entry.end > available) {
      throw std::invalid_argument("\"" + entry.name + "\" reaches beyond the end of the file, which is truncated or damaged");
    }
    if (entry.begin != at) throw std::invalid_argument("\"" + entry.name + "\" overlaps another tensor or leaves a hole");
    if (entry.end - entry.begin != byte_count(entry.shape, entry.type)) {
      throw std::invalid_argument("the bytes of \"" + entry.name + "\" do not fit its shape and type");
    }
    at = entry.end;
  }
  if (at != available) throw std::invalid_argument("there are bytes that belong to no tensor");
}

Tensor read_tensor(const ReadFile& file, const Entry& entry, uint64_t data_start) {
  // Bytes other than 0 and 1 are no valid bool to C++.
  const bool is_bool = entry.type == at::kBool;
  Tensor tensor = at::empty(entry.shape, is_bool ? at::kByte : entry.type);
  if (entry.end > entry.begin) file.read(data_start + entry.begin, tensor.data_ptr(), entry.end - entry.begin);
  return is_bool ? tensor.ne(0) : tensor;
}

SafetensorsFile read_checked(const std::filesystem::path& path) {
  const ReadFile file(path);
  if (file.size() < 8) throw std::invalid_argument("it is too short for a safetensors file");
  std::array<unsigned char, 8> prefix{};
  file.read(0, prefix.data(), prefix.size());
  uint64_t length = 0;
  for (size_t i = 8; i-- > 0;) length = length << 8 | prefix[i];  // little-endian
  if (length > kMaxHeader || length > file.size() - 8) {
    throw std::invalid_argument("its header length does not fit: it is truncated, or no safetensors file");
  }
  std::string header(length, '\0');
  file.read(8, header.data(), length);
  if (header.empty() || header.front() != '{') throw std::invalid_argument("it has no JSON header: it is no safetensors file");

  SafetensorsFile out;
  std::vector<Entry> entries;
  const Json document = parse_json(header);
  for (const auto& [name, value] : document.object("the header")) {
    if (name == "__metadata__") {
      for (const auto& [key, text] : value.object("__metadata__"))
        out.metadata.emplace(key, text.text("a value of __metadata__"));
    } else {
      entries.push_back(parse_entry(name, value));
    }
  }
  check_layout(entries, file.size() - 8 - length);
  for (const Entry& entry : entries) out.tensors.emplace_back(entry.name, read_tensor(file, entry, 8 + length));
  return out;
}

}  // namespace

SafetensorsFile read_safetensors(const std::filesystem::path& path) {
  try {
    return read_checked(path);
  } catch (const std::invalid_argument& fault) {
    throw Error("ACINUS_CHECKPOINT", "Cannot read " + path.string() + ": " + fault.what() + ".", {.file = path.string()});
  }
}

void write_safetensors(const std::filesystem::path& path, const StateDict& tensors,
                       const std::map<std::string, std::string>& metadata) {
  // Wide types first, so that every tensor is aligned to its own width; readers that map the file need that.
  std::vector<size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return tensors[a].second.element_size() > tensors[b].second.element_size(); });
  std::vector<uint64_t> begin(tensors.size());
  uint64_t at = 0;
  for (const size_t i : order) {
    begin[i] = at;
    at += tensors[i].second.nbytes();
  }

  std::string header = "{";
  if (!metadata.empty()) {
    header += "\"__metadata__\":{";
    for (const auto& [key, value] : metadata) header += json_string(key) + ":" + json_string(value) + ",";
    header.back() = '}';
    header += ',';
  }
  for (size_t i = 0; i < tensors.size(); ++i) {
    const auto& [name, tensor] = tensors[i];
    header += json_string(name) + ":{\"dtype\":\"" + name_of(tensor.scalar_type()) + "\",\"shape\":[";
    for (int64_t d = 0; d < tensor.dim(); ++d) header += (d > 0 ? "," : "") + std::to_string(tensor.size(d));
    header += "],\"data_offsets\":[" + std::to_string(begin[i]) + "," + std::to_string(begin[i] + tensor.nbytes()) + "]},";
  }
  if (header.back() == ',') header.pop_back();
  header += '}';
  header.resize((header.size() + 7) / 8 * 8, ' ');

  AtomicFile file(path);
  std::array<unsigned char, 8> prefix{};
  for (size_t i = 0; i < 8; ++i) prefix[i] = static_cast<unsigned char>(header.size() >> 8 * i);
  file.write(prefix.data(), prefix.size());
  file.write(header.data(), header.size());
  for (const size_t i : order) {
    const Tensor bytes = tensors[i].second.detach().to(at::kCPU).contiguous();
    file.write(bytes.data_ptr(), bytes.nbytes());
  }
  file.commit();
}

}  // namespace acinus

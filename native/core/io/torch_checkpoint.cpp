#include "core/io/torch_checkpoint.h"

#include <algorithm>
#include <stdexcept>
#include <unordered_set>

#include "core/io/pickle.h"
#include "core/io/zip_archive.h"

namespace acinus {

namespace {

// Where training programs put the network among other things, most telling first.
constexpr const char* kWrappers[] = {"state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights"};
constexpr size_t kMaxWrappers = 4;
constexpr int64_t kLegacyProtocol = 1001;
constexpr size_t kShownKeys = 5;
// Tensors may share a storage or repeat a value with stride 0, so that a file can describe more than it holds. This much more.
constexpr uint64_t kMostRepetition = 16;

using Entries = std::vector<std::pair<std::string, const PickleTensor*>>;

const PickleDict& dict_at(const Pickle& pickle, PickleRef ref) { return std::get<PickleDict>(pickle.at(ref)); }

bool is_dict(const Pickle& pickle, PickleRef ref) { return std::holds_alternative<PickleDict>(pickle.at(ref)); }

Entries tensors_of(const Pickle& pickle, const PickleDict& dict) {
  Entries out;
  std::unordered_map<std::string, size_t> places;
  for (const auto& [key, value] : dict.items) {
    const auto* name = std::get_if<std::string>(&pickle.at(key));
    const auto* tensor = std::get_if<PickleTensor>(&pickle.at(value));
    if (name == nullptr || tensor == nullptr) continue;
    const auto [place, is_new] = places.emplace(*name, out.size());
    if (is_new) {
      out.emplace_back(*name, tensor);
    } else {
      out[place->second].second = tensor;  // as in Python, the last one counts
    }
  }
  return out;
}

std::string keys_of(const Pickle& pickle, const PickleDict& dict) {
  std::string out;
  size_t shown = 0;
  for (const auto& item : dict.items) {
    const auto* name = std::get_if<std::string>(&pickle.at(item.first));
    if (name == nullptr) continue;
    if (shown++ == kShownKeys) return out + ", …";
    out += (out.empty() ? "" : ", ") + name->substr(0, 80);
  }
  return out.empty() ? "nothing with a name" : out;
}

// The state dict and, in `path`, what it was wrapped in.
Entries find_state_dict(const Pickle& pickle, std::vector<std::string>& path) {
  if (!std::holds_alternative<PickleDict>(pickle.root())) throw std::invalid_argument("it holds no state dict");
  const PickleDict* dict = &std::get<PickleDict>(pickle.root());
  for (size_t depth = 0; depth < kMaxWrappers; ++depth) {
    Entries entries = tensors_of(pickle, *dict);
    const PickleDict* inner = nullptr;
    std::string wrapper_name;
    for (const char* wrapper : kWrappers) {
      for (const auto& [key, value] : dict->items) {
        const auto* name = std::get_if<std::string>(&pickle.at(key));
        if (inner == nullptr && name != nullptr && *name == wrapper && is_dict(pickle, value)) {
          inner = &dict_at(pickle, value);
          wrapper_name = *name;
        }
      }
    }
    // A few tensors beside a whole network are a loss or a score.
    if (!entries.empty() && (inner == nullptr || entries.size() >= tensors_of(pickle, *inner).size())) return entries;
    if (inner == nullptr) break;
    path.push_back(wrapper_name);
    dict = inner;
  }
  throw std::invalid_argument("it holds no state dict, but " + keys_of(pickle, *dict));
}

void check_budget(const Entries& entries, uint64_t file_bytes) {
  uint64_t bytes = 0;
  for (const auto& item : entries) {
    const PickleTensor& tensor = *item.second;
    uint64_t count = c10::elementSize(tensor.type);
    for (const int64_t size : tensor.sizes) {
      if (__builtin_mul_overflow(count, static_cast<uint64_t>(size), &count)) count = UINT64_MAX;
    }
    if (__builtin_add_overflow(bytes, count, &bytes) || bytes / kMostRepetition > file_bytes)
      throw std::invalid_argument("its tensors claim to hold far more than the file does");
  }
}

// Bytes other than 0 and 1 are no valid bool to C++.
void make_valid_bool(const Tensor& storage) {
  if (storage.scalar_type() == at::kBool) storage.view(at::kByte).ne_(0);
}

Tensor viewed(const Tensor& storage, const PickleTensor& tensor, int64_t offset) {
  const Tensor typed = storage.scalar_type() == tensor.type ? storage : storage.view(tensor.type);
  return typed.as_strided(tensor.sizes, tensor.strides, tensor.offset + offset);
}

int64_t little_endian_count(PickleSource& source) {
  std::array<unsigned char, 8> bytes{};
  source.read(bytes.data(), bytes.size());
  uint64_t value = 0;
  for (size_t i = 8; i-- > 0;) value = value << 8 | bytes[i];
  return static_cast<int64_t>(value);
}

}  // namespace

TorchCheckpoint read_torch_zip(const ReadFile& file, const std::string& path) {
  const ZipArchive archive(file);
  std::string folder;  // every name begins with that of the file when it was written
  bool found = false;
  for (const auto& item : archive.entries()) {
    const std::string& name = item.first;
    if (!name.ends_with("/data.pkl") || (found && name.size() >= folder.size() + 8)) continue;
    folder = name.substr(0, name.size() - 8);
    found = true;
  }
  if (!found) throw std::invalid_argument("it is a ZIP archive, but PyTorch did not write it");
  if (archive.contains(folder + "constants.pkl")) {
    throw std::invalid_argument(
        "it is a TorchScript program (torch.jit.save), not a state dict: open it with torch.jit.load in Python and save its "
        "state_dict()");
  }
  if (archive.contains(folder + "byteorder")) {
    const auto& record = archive.at(folder + "byteorder");
    std::string order(std::min<uint64_t>(record.size, 16), '\0');
    file.read(record.offset, order.data(), order.size());
    if (order != "little") throw std::invalid_argument("it was written on a big-endian machine");
  }
  const auto& record = archive.at(folder + "data.pkl");
  archive.verify(record);
  PickleSource source(file, record.offset, record.offset + record.size);
  const Pickle pickle = Pickle::read(source, path);

  TorchCheckpoint out;
  const Entries entries = find_state_dict(pickle, out.path);
  check_budget(entries, file.size());
  std::unordered_map<std::string, Tensor> storages;
  for (const auto& [name, tensor] : entries) {
    const auto& storage = std::get<PickleStorage>(pickle.at(tensor->storage));
    Tensor& values = storages[storage.key];
    if (!values.defined()) {
      const auto& data = archive.at(folder + "data/" + storage.key);
      if (data.size / c10::elementSize(storage.type) != static_cast<uint64_t>(storage.count) ||
          data.size % c10::elementSize(storage.type) != 0)
        throw std::invalid_argument("the bytes of \"" + name + "\" do not fit its shape and type");
      values = at::empty({storage.count}, storage.type);
      archive.read(data, values.data_ptr());
      make_valid_bool(values);
    }
    if (values.scalar_type() != storage.type || values.numel() < storage.count)
      throw std::invalid_argument("\"" + name + "\" shares a storage that is of another type");
    out.tensors.emplace_back(name, viewed(values, *tensor, 0));
  }
  return out;
}

// Three small pickles (a magic number, the protocol, the machine), the object, the keys of its storages, then for each its
// count and its values.
TorchCheckpoint read_torch_legacy(const ReadFile& file, const std::string& path) {
  PickleSource source(file, 0, file.size());
  if (!std::holds_alternative<PickleBytes>(Pickle::read(source, path).root()))
    throw std::invalid_argument("it is a pickle, but PyTorch did not write it");
  const Pickle protocol = Pickle::read(source, path);
  const auto* version = std::get_if<int64_t>(&protocol.root());
  if (version == nullptr || *version != kLegacyProtocol)
    throw std::invalid_argument("it is a pickle of a protocol that is not PyTorch's");
  const Pickle machine = Pickle::read(source, path);
  if (const auto* about = std::get_if<PickleDict>(&machine.root())) {
    for (const auto& [key, value] : about->items) {
      const auto* name = std::get_if<std::string>(&machine.at(key));
      const auto* little = std::get_if<bool>(&machine.at(value));
      if (name != nullptr && *name == "little_endian" && little != nullptr && !*little)
        throw std::invalid_argument("it was written on a big-endian machine");
    }
  }
  const Pickle pickle = Pickle::read(source, path);
  const Pickle keys = Pickle::read(source, path);
  TorchCheckpoint out;
  const Entries entries = find_state_dict(pickle, out.path);
  check_budget(entries, file.size());

  // The values carry no type: each storage has that of the tensors which look into it.
  std::unordered_map<std::string, at::ScalarType> types;
  std::unordered_set<std::string> wanted;
  for (const auto& item : entries) wanted.insert(std::get<PickleStorage>(pickle.at(item.second->storage)).key);
  for (PickleRef ref = 0; ref < pickle.size(); ++ref) {
    const auto* storage = std::get_if<PickleStorage>(&pickle.at(ref));
    if (storage != nullptr && !types.emplace(storage->key, storage->type).second && types[storage->key] != storage->type)
      throw std::invalid_argument("a storage has two types");
  }
  const auto* order = std::get_if<PickleList>(&keys.root());
  if (order == nullptr) throw std::invalid_argument("the list of its storages is missing");
  std::unordered_map<std::string, Tensor> storages;
  for (const PickleRef ref : order->items) {
    const auto* key = std::get_if<std::string>(&keys.at(ref));
    const auto type = key != nullptr ? types.find(*key) : types.end();
    if (type == types.end()) throw std::invalid_argument("the list of its storages is damaged");
    const int64_t count = little_endian_count(source);
    const auto width = static_cast<int64_t>(c10::elementSize(type->second));
    if (count < 0 || static_cast<uint64_t>(count) > source.left() / static_cast<uint64_t>(width))
      throw std::invalid_argument("it ends before its storages do: it is truncated or damaged");
    if (!wanted.contains(*key)) {
      source.skip(static_cast<uint64_t>(count * width));
      continue;
    }
    Tensor values = at::empty({count}, type->second);
    if (count > 0) source.read(values.data_ptr(), static_cast<uint64_t>(count * width));
    make_valid_bool(values);
    storages[*key] = values;
  }
  for (const auto& [name, tensor] : entries) {
    const auto& storage = std::get<PickleStorage>(pickle.at(tensor->storage));
    const auto values = storages.find(storage.key);
    if (values == storages.end()) throw std::invalid_argument("the values of \"" + name + "\" are missing");
    int64_t end = 0;
    if (__builtin_add_overflow(storage.offset, storage.count, &end) || end > values->second.numel())
      throw std::invalid_argument("\"" + name + "\" reaches beyond its storage");
    out.tensors.emplace_back(name, viewed(values->second, *tensor, storage.offset));
  }
  return out;
}

}  // namespace acinus

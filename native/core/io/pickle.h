// A reader of Python pickles that executes nothing: names are looked up in a short list, and what they stand for is data here.
#pragma once

#include <memory>
#include <variant>

#include "core/io/pickle_source.h"
#include "core/torch.h"

namespace acinus {

// Values refer to each other by number. So an object may stand in many places, or in itself, and neither building nor dropping
// the whole ever recurses.
using PickleRef = uint32_t;

struct PickleTuple {
  std::vector<PickleRef> items;
};
struct PickleList {
  std::vector<PickleRef> items;  // of a list or a set
};
struct PickleDict {
  std::vector<std::pair<PickleRef, PickleRef>> items;  // in order; a later equal key counts
};
enum class PickleCall { kOrderedDict, kTensor, kTensorV3, kParameter, kStorageType, kDtype, kSize, kDevice };
struct PickleGlobal {
  PickleCall call;
  std::optional<at::ScalarType> type;  // of a storage type or dtype; none for an untyped storage
};
struct PickleStorage {
  std::string key;
  at::ScalarType type;
  int64_t count = 0;   // elements, from `offset` on
  int64_t offset = 0;  // of a view into the storage, elements
};
struct PickleTensor {
  PickleRef storage;
  at::ScalarType type;
  std::vector<int64_t> sizes, strides;
  int64_t offset = 0;  // elements
};
struct PickleBytes {};  // contents are of no use here
using PickleValue = std::variant<std::monostate, bool, int64_t, double, std::string, PickleBytes, PickleTuple, PickleList,
                                 PickleDict, PickleGlobal, PickleStorage, PickleTensor>;

class Pickle {
 public:
  // Reads one pickle and leaves `source` behind it. Throws std::invalid_argument on damage, and acinus::Error
  // ACINUS_CHECKPOINT, naming `file`, on a name outside of the list: such a file asks for code to be run.
  static Pickle read(PickleSource& source, const std::string& file);

  const PickleValue& root() const { return at(root_); }
  const PickleValue& at(PickleRef ref) const { return values_[ref]; }
  PickleRef size() const { return static_cast<PickleRef>(values_.size()); }

 private:
  friend class Unpickler;
  std::vector<PickleValue> values_;
  PickleRef root_ = 0;
};

}  // namespace acinus

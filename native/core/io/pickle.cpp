// The machine is that of Python's Lib/pickle.py (`_Unpickler`), the opcodes those of Lib/pickletools.py.
#include "core/io/pickle.h"

#include <cstring>
#include <stdexcept>

#include "core/error.h"
#include "core/io/pickle_globals.h"

namespace acinus {

namespace {

constexpr size_t kMaxValues = 5'000'000;  // a hundred times what the largest encoder needs with its optimizer

[[noreturn]] void bad_pickle(const std::string& what) { throw std::invalid_argument("its pickle is damaged: " + what); }

}  // namespace

class Unpickler {
 public:
  Unpickler(PickleSource& source, const std::string& file) : source_(source), file_(file) {}

  Pickle run() {
    while (step()) {
      if (std::max(out_.values_.size(), stack_.size()) > kMaxValues) bad_pickle("it holds too much");
    }
    out_.root_ = pop();
    return std::move(out_);
  }

 private:
  bool step();
  void step_container(uint8_t opcode);
  void step_memo(uint8_t opcode);
  void global(const std::string& module, const std::string& name);
  void reduce();
  void persistent_id();
  PickleTensor tensor(const PickleTuple& arguments, bool v3);
  std::vector<int64_t> integers(PickleRef ref);

  uint64_t number(size_t bytes) {
    std::array<unsigned char, 8> data{};
    source_.read(data.data(), bytes);
    uint64_t value = 0;
    for (size_t i = bytes; i-- > 0;) value = value << 8 | data[i];
    return value;
  }
  template <class T>
  void push(T value) {
    stack_.push_back(static_cast<PickleRef>(out_.values_.size()));
    out_.values_.emplace_back(std::move(value));
  }
  PickleRef pop() {
    if (stack_.empty() || (!marks_.empty() && marks_.back() == stack_.size())) bad_pickle("its stack is empty");
    const PickleRef top = stack_.back();
    stack_.pop_back();
    return top;
  }
  PickleRef top() {
    const PickleRef ref = pop();
    stack_.push_back(ref);
    return ref;
  }
  std::vector<PickleRef> pop_to_mark() {
    if (marks_.empty()) bad_pickle("a mark is missing");
    const auto from = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleRef> items(from, stack_.end());
    stack_.erase(from, stack_.end());
    marks_.pop_back();
    return items;
  }
  template <class T>
  T& get(PickleRef ref, const char* what) {
    T* value = std::get_if<T>(&out_.values_[ref]);
    if (value == nullptr) bad_pickle(std::string("something is no ") + what);
    return *value;
  }
  template <class T>
  const T& get(PickleRef ref, const char* what) const {
    const T* value = std::get_if<T>(&out_.values_[ref]);
    if (value == nullptr) bad_pickle(std::string("something is no ") + what);
    return *value;
  }
  // Some opcodes copy what a few bytes refer to: the sum of it is bounded, or a small file could ask for any amount.
  void spend(size_t items) {
    if ((spent_ += items) > kMaxValues) bad_pickle("it holds too much");
  }
  void set_items(PickleRef dict, const std::vector<PickleRef>& items) {
    spend(items.size());
    if (items.size() % 2 != 0) bad_pickle("a key has no value");
    auto& out = get<PickleDict>(dict, "dict").items;
    for (size_t i = 0; i < items.size(); i += 2) out.emplace_back(items[i], items[i + 1]);
  }

  PickleSource& source_;
  const std::string& file_;
  Pickle out_;
  std::vector<PickleRef> stack_;
  std::vector<size_t> marks_;  // heights of the stack
  std::unordered_map<uint64_t, PickleRef> memo_;
  size_t spent_ = 0;
};

// False at the end of the pickle.
bool Unpickler::step() {
  uint8_t opcode = 0;
  source_.read(&opcode, 1);
  switch (opcode) {
    case '.':  // STOP
      return false;
    case 0x80:  // PROTO
      if (number(1) > 5) bad_pickle("its protocol is unknown");
      break;
    case 0x95:  // FRAME: only a hint for readers
      number(8);
      break;
    case 'N':  // NONE
      push(std::monostate{});
      break;
    case 0x88:  // NEWTRUE
    case 0x89:  // NEWFALSE
      push(opcode == 0x88);
      break;
    case 'J':  // BININT
      push(static_cast<int64_t>(static_cast<int32_t>(number(4))));
      break;
    case 'K':  // BININT1
      push(static_cast<int64_t>(number(1)));
      break;
    case 'M':  // BININT2
      push(static_cast<int64_t>(number(2)));
      break;
    case 0x8a: {  // LONG1: two's complement
      const uint64_t bytes = number(1);
      if (bytes > 8) {
        source_.text(bytes);
        push(PickleBytes{});
        break;
      }
      const uint64_t value = number(bytes);
      const auto unused = static_cast<unsigned>(64 - 8 * bytes);
      push(bytes == 0 ? int64_t{0} : static_cast<int64_t>(value << unused) >> unused);
      break;
    }
    case 'G': {  // BINFLOAT: big-endian
      uint64_t bits = 0;
      for (int i = 0; i < 8; ++i) bits = bits << 8 | number(1);
      double value = 0;
      std::memcpy(&value, &bits, sizeof(value));
      push(value);
      break;
    }
    case 0x8c:  // SHORT_BINUNICODE
    case 'U':   // SHORT_BINSTRING
      push(source_.text(number(1)));
      break;
    case 'X':  // BINUNICODE
    case 'T':  // BINSTRING
      push(source_.text(number(4)));
      break;
    case 0x8d:  // BINUNICODE8
      push(source_.text(number(8)));
      break;
    case 'C':   // SHORT_BINBYTES
    case 'B':   // BINBYTES
    case 0x8e:  // BINBYTES8
    case 0x96:  // BYTEARRAY8
      source_.text(number(opcode == 'C' ? 1 : opcode == 'B' ? 4 : 8));
      push(PickleBytes{});
      break;
    case 'c': {  // GLOBAL
      const std::string module = source_.line();
      global(module, source_.line());
      break;
    }
    case 0x93: {  // STACK_GLOBAL
      const std::string name = get<std::string>(pop(), "name");
      global(get<std::string>(pop(), "name"), name);
      break;
    }
    case 'R':   // REDUCE
    case 0x81:  // NEWOBJ
      reduce();
      break;
    case 'b':  // BUILD: attributes such as the _metadata of a state dict
      pop();
      get<PickleDict>(top(), "dict");
      break;
    case 'Q':  // BINPERSID
      persistent_id();
      break;
    case 'h':
    case 'j':
    case 'q':
    case 'r':
    case 0x94:
      step_memo(opcode);
      break;
    default:
      step_container(opcode);
  }
  return true;
}

void Unpickler::step_memo(uint8_t opcode) {
  if (opcode == 'h' || opcode == 'j') {  // BINGET, LONG_BINGET
    const auto found = memo_.find(number(opcode == 'h' ? 1 : 4));
    if (found == memo_.end()) bad_pickle("it refers to something that is not there");
    stack_.push_back(found->second);
  } else {  // BINPUT, LONG_BINPUT, MEMOIZE
    const uint64_t key = opcode == 0x94 ? memo_.size() : number(opcode == 'q' ? 1 : 4);
    memo_[key] = top();
  }
}

void Unpickler::step_container(uint8_t opcode) {
  switch (opcode) {
    case '(':  // MARK
      marks_.push_back(stack_.size());
      break;
    case '0':  // POP
      pop();
      break;
    case '1':  // POP_MARK
      pop_to_mark();
      break;
    case '2':  // DUP
      stack_.push_back(top());
      break;
    case ')':  // EMPTY_TUPLE
      push(PickleTuple{});
      break;
    case 't':  // TUPLE
      push(PickleTuple{pop_to_mark()});
      break;
    case 0x85:    // TUPLE1
    case 0x86:    // TUPLE2
    case 0x87: {  // TUPLE3
      PickleTuple tuple;
      for (int i = opcode - 0x84; i > 0; --i) tuple.items.insert(tuple.items.begin(), pop());
      push(std::move(tuple));
      break;
    }
    case ']':   // EMPTY_LIST
    case 0x8f:  // EMPTY_SET
      push(PickleList{});
      break;
    case 'l':   // LIST
    case 0x91:  // FROZENSET
      push(PickleList{pop_to_mark()});
      break;
    case 'a': {  // APPEND
      const PickleRef item = pop();
      get<PickleList>(top(), "list").items.push_back(item);
      break;
    }
    case 'e':     // APPENDS
    case 0x90: {  // ADDITEMS
      const auto items = pop_to_mark();
      auto& list = get<PickleList>(top(), "list").items;
      list.insert(list.end(), items.begin(), items.end());
      break;
    }
    case '}':  // EMPTY_DICT
      push(PickleDict{});
      break;
    case 'd': {  // DICT
      const auto items = pop_to_mark();
      push(PickleDict{});
      set_items(top(), items);
      break;
    }
    case 's': {  // SETITEM
      const PickleRef value = pop(), key = pop();
      set_items(top(), {key, value});
      break;
    }
    case 'u': {  // SETITEMS
      const auto items = pop_to_mark();
      set_items(top(), items);
      break;
    }
    default:
      bad_pickle("its opcode " + std::to_string(opcode) + " is none that a state dict needs");
  }
}

void Unpickler::global(const std::string& module, const std::string& name) {
  const auto known = known_global(module, name);
  if (known) return push(*known);
  const std::string shown = (module + "." + name).substr(0, 200);
  throw Error(
      "ACINUS_CHECKPOINT",
      file_ + " asks for \"" + shown +
          "\", which is no part of a state dict; nothing of it was executed. If you trust the file, open it in Python and "
          "save its state_dict() alone: torch.save(model.state_dict(), path).",
      {.file = file_, .value = shown});
}

void Unpickler::reduce() {
  const PickleRef tuple = pop();
  spend(get<PickleTuple>(tuple, "tuple").items.size());
  const PickleTuple arguments = get<PickleTuple>(tuple, "tuple");
  const PickleGlobal function = get<PickleGlobal>(pop(), "known function");
  const auto argument = [&](size_t i) {
    if (i >= arguments.items.size()) bad_pickle("an argument is missing");
    return arguments.items[i];
  };
  switch (function.call) {
    case PickleCall::kOrderedDict: {
      push(PickleDict{});
      if (arguments.items.empty()) return;  // protocols below 2 give the pairs as a list
      for (const PickleRef pair : get<PickleList>(argument(0), "list").items) {
        const auto* items = std::get_if<PickleTuple>(&out_.values_[pair]);
        set_items(top(), items != nullptr ? items->items : get<PickleList>(pair, "pair").items);
      }
      return;
    }
    case PickleCall::kTensor:
    case PickleCall::kTensorV3:
      return push(tensor(arguments, function.call == PickleCall::kTensorV3));
    case PickleCall::kParameter:
      get<PickleTensor>(argument(0), "tensor");
      stack_.push_back(argument(0));
      return;
    case PickleCall::kSize:
      stack_.push_back(argument(0));
      return;
    case PickleCall::kDevice:
      return push(std::monostate{});
    case PickleCall::kStorageType:
    case PickleCall::kDtype:
      bad_pickle("it calls a type");
  }
}

std::vector<int64_t> Unpickler::integers(PickleRef ref) {
  std::vector<int64_t> out;
  spend(get<PickleTuple>(ref, "tuple").items.size());
  for (const PickleRef item : get<PickleTuple>(ref, "tuple").items) out.push_back(get<int64_t>(item, "integer"));
  return out;
}

// (storage, offset, size, stride, requires_grad, hooks), and in its third version a dtype for a storage of bytes.
PickleTensor Unpickler::tensor(const PickleTuple& arguments, bool v3) {
  const auto& items = arguments.items;
  if (items.size() < (v3 ? 7 : 4)) bad_pickle("a tensor lacks arguments");
  PickleStorage storage = get<PickleStorage>(items[0], "storage");
  PickleTensor out{items[0], storage.type, integers(items[2]), integers(items[3]), get<int64_t>(items[1], "integer")};
  if (v3) {
    const auto& dtype = get<PickleGlobal>(items[6], "dtype");
    if (dtype.call != PickleCall::kDtype || storage.type != at::kByte) bad_pickle("a tensor's dtype is none");
    out.type = *dtype.type;
    storage.count /= static_cast<int64_t>(c10::elementSize(out.type));
  }
  check_tensor(out, storage);
  return out;
}

// ("storage", type, key, location, count), and in the older layout a view into it: (key, offset, count) or None.
void Unpickler::persistent_id() {
  const PickleRef tuple = pop();
  spend(get<PickleTuple>(tuple, "tuple").items.size());
  const PickleTuple id = get<PickleTuple>(tuple, "tuple");
  if (id.items.size() < 5 || id.items.size() > 6 || get<std::string>(id.items[0], "text") != "storage")
    bad_pickle("a persistent id is no storage");
  const auto& type = get<PickleGlobal>(id.items[1], "storage type");
  if (type.call != PickleCall::kStorageType) bad_pickle("a storage has no type");
  PickleStorage storage{get<std::string>(id.items[2], "text"), type.type.value_or(at::kByte),
                        get<int64_t>(id.items[4], "integer")};
  if (storage.count < 0) bad_pickle("a storage has a negative size");
  if (id.items.size() == 6) {
    if (const auto* view = std::get_if<PickleTuple>(&out_.values_[id.items[5]])) {
      if (view->items.size() != 3) bad_pickle("a view into a storage is incomplete");
      const auto offset = get<int64_t>(view->items[1], "integer"), count = get<int64_t>(view->items[2], "integer");
      if (offset < 0 || count < 0 || offset > storage.count || count > storage.count - offset)
        bad_pickle("a view reaches beyond its storage");
      storage.offset = offset;
      storage.count = count;
    }
  }
  push(std::move(storage));
}

Pickle Pickle::read(PickleSource& source, const std::string& file) { return Unpickler(source, file).run(); }

}  // namespace acinus

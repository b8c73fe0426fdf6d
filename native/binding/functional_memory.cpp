// exerciseAllocator of acinus/functional: the tensor allocator by itself, for its tests.
#include <c10/core/CPUAllocator.h>

#include <cstring>

#include "binding/functional.h"
#include "binding/runtime.h"

namespace acinus::binding {

namespace {

struct Block {
  c10::DataPtr memory;
  size_t bytes = 0;
  uint8_t pattern = 0;

  bool intact() const {
    const auto* data = static_cast<const uint8_t*>(memory.get());
    for (size_t i = 0; i < bytes; ++i) {
      if (data[i] != pattern) return false;
    }
    return true;
  }
};

// exerciseAllocator(operations)
Napi::Value exercise_allocator(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto operations = info[0].As<Napi::Float64Array>();
    std::vector<Block> blocks(operations.ElementLength());
    bool aligned = true, intact = true;
    for (size_t i = 0; i < blocks.size(); ++i) {
      if (operations[i] >= 0) {
        Block& block = blocks[i];
        block.bytes = static_cast<size_t>(operations[i]);
        block.memory = c10::GetCPUAllocator()->allocate(block.bytes);
        block.pattern = static_cast<uint8_t>(i * 37 + 1);
        std::memset(block.memory.get(), block.pattern, block.bytes);
        aligned = aligned && reinterpret_cast<uintptr_t>(block.memory.get()) % 64 == 0;
      } else {
        Block& block = blocks.at(static_cast<size_t>(-1 - operations[i]));
        intact = intact && block.intact();
        block = {};
      }
    }
    for (const Block& block : blocks) intact = intact && block.intact();
    Napi::Object out = memory_to_js(env);
    out.Set("aligned", aligned);
    out.Set("intact", intact);
    return out;
  });
}

}  // namespace

void add_memory_functions(Napi::Env env, Napi::Object functional) {
  functional.Set("exerciseAllocator", Napi::Function::New(env, exercise_allocator, "exerciseAllocator"));
}

}  // namespace acinus::binding

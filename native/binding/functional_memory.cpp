// exerciseAllocator of acinus/functional: the tensor allocator by itself, for its tests.
#include <c10/core/CPUAllocator.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "binding/functional.h"
#include "binding/runtime.h"
#include "core/error.h"

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

struct Exercise {
  std::vector<Block> blocks;
  bool aligned = true, intact = true;

  void run(const std::vector<double>& operations, size_t number) {
    blocks.resize(operations.size());
    for (size_t i = 0; i < blocks.size(); ++i) {
      if (operations[i] >= 0) {
        Block& block = blocks[i];
        block.bytes = static_cast<size_t>(operations[i]);
        block.memory = c10::GetCPUAllocator()->allocate(block.bytes);
        block.pattern = static_cast<uint8_t>(i * 37 + number * 101 + 1);
        if (block.bytes > 0) std::memset(block.memory.get(), block.pattern, block.bytes);
        aligned = aligned && reinterpret_cast<uintptr_t>(block.memory.get()) % 64 == 0;
      } else {
        Block& block = blocks[static_cast<size_t>(-1 - operations[i])];
        intact = intact && block.intact();
        block = {};
      }
    }
    for (const Block& block : blocks) intact = intact && block.intact();
  }
};

std::vector<double> checked(const Napi::Float64Array& given) {
  std::vector<double> operations(given.Data(), given.Data() + given.ElementLength());
  for (size_t i = 0; i < operations.size(); ++i) {
    if (operations[i] <= -1.0 - static_cast<double>(i)) {
      throw Error("ACINUS_INVALID_ARGUMENT", "Entry " + std::to_string(i) + " frees a block that no entry before it made.");
    }
  }
  return operations;
}

// exerciseAllocator(operations, threads)
Napi::Value exercise_allocator(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const std::vector<double> operations = checked(info[0].As<Napi::Float64Array>());
    std::vector<Exercise> exercises(info[1].As<Napi::Number>().Uint32Value());
    std::vector<std::thread> others;
    for (size_t i = 1; i < exercises.size(); ++i) {
      others.emplace_back([&, i] { exercises[i].run(operations, i); });
    }
    exercises[0].run(operations, 0);
    for (auto& thread : others) thread.join();
    const auto all = [&](bool Exercise::*fact) {
      return std::all_of(exercises.begin(), exercises.end(), [&](const Exercise& one) { return one.*fact; });
    };
    Napi::Object out = memory_to_js(env);
    out.Set("aligned", all(&Exercise::aligned));
    out.Set("intact", all(&Exercise::intact));
    return out;
  });
}

}  // namespace

void add_memory_functions(Napi::Env env, Napi::Object functional) {
  functional.Set("exerciseAllocator", Napi::Function::New(env, exercise_allocator, "exerciseAllocator"));
}

}  // namespace acinus::binding

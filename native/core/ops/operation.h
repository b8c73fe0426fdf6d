// The door of an operation: behind it stand its definition and the implementations that devices have of their own.
#pragma once

#include <atomic>
#include <initializer_list>
#include <ranges>
#include <string>
#include <type_traits>
#include <vector>

#include "core/error.h"
#include "core/torch.h"

namespace acinus::ops {

// Calls visit(device) for every tensor of an argument that is defined. A struct that holds tensors names them in a member
// `visit_tensors(visit)`; what has no such member must be trivially copyable, because then it cannot hold one.
template <class T, class Visit>
void visit_devices(const T& argument, Visit& visit) {
  const auto inner = [&](const auto& part) { visit_devices(part, visit); };
  if constexpr (std::is_same_v<T, Tensor>) {
    if (argument.defined()) visit(argument.device());
  } else if constexpr (std::is_same_v<T, torch::Device>) {
    visit(argument);
  } else if constexpr (std::is_pointer_v<T>) {
    if (argument) inner(*argument);
  } else if constexpr (requires { argument.visit_tensors(inner); }) {
    argument.visit_tensors(inner);
  } else if constexpr (std::ranges::range<T>) {
    for (const auto& part : argument) inner(part);
  } else {
    static_assert(std::is_trivially_copyable_v<T>, "A struct that holds tensors needs visit_tensors.");
  }
}

// What stands behind a door, and how often it has been called in this process.
struct ImplementationUse {
  std::string operation;
  std::string implementation;             // "definition" or the name of a row
  std::optional<c10::DeviceType> device;  // none: any
  int64_t calls = 0;
};

class OperationUse {
 public:
  virtual void append_to(std::vector<ImplementationUse>& uses) const = 0;

 protected:
  ~OperationUse() = default;
};

template <class Signature>
class Operation;

// `definition` works on any device and is differentiable by autograd. A row takes the calls whose tensors are on its device and
// for which `fits` holds; rows are tried in order, and the definition comes last. Tensors on different devices are an error.
template <class Result, class... Arguments>
class Operation<Result(Arguments...)> final : public OperationUse {
 public:
  using Run = Result (*)(Arguments...);
  struct Row {
    c10::DeviceType device = at::kCPU;
    const char* name = nullptr;
    bool (*fits)(Arguments...) = nullptr;
    Run run = nullptr;
  };

  constexpr Operation(const char* name, Run definition, std::initializer_list<Row> rows)
      : name_(name), definition_(definition) {
    for (const Row& row : rows) rows_[count_++] = row;
  }

  Result operator()(Arguments... arguments) const {
    const c10::DeviceType device = device_of(arguments...);
    for (size_t i = 0; i < count_; ++i) {
      if (rows_[i].device != device || !rows_[i].fits(arguments...)) continue;
      calls_[i].fetch_add(1, std::memory_order_relaxed);
      return rows_[i].run(arguments...);
    }
    calls_[kMostRows].fetch_add(1, std::memory_order_relaxed);
    return definition_(arguments...);
  }

  void append_to(std::vector<ImplementationUse>& uses) const override {
    for (size_t i = 0; i < count_; ++i) uses.push_back({name_, rows_[i].name, rows_[i].device, calls_[i]});
    uses.push_back({name_, "definition", std::nullopt, calls_[kMostRows]});
  }

 private:
  static constexpr size_t kMostRows = 8;

  c10::DeviceType device_of(const Arguments&... arguments) const {
    std::optional<torch::Device> found;
    auto visit = [&](torch::Device device) {
      if (!found) found = device;
      if (*found != device) {
        throw Error("ACINUS_INVALID_ARGUMENT", std::string(name_) + " was given tensors on " + found->str() + " and on " +
                                                   device.str() + "; move all of them to one device first.");
      }
    };
    (visit_devices(arguments, visit), ...);
    return found ? found->type() : at::kCPU;
  }

  const char* name_;
  Run definition_;
  std::array<Row, kMostRows> rows_{};  // the first `count_`
  size_t count_ = 0;
  mutable std::array<std::atomic<int64_t>, kMostRows + 1> calls_{};  // of each row, and of the definition
};

template <class Result, class... Arguments>
Operation(const char*, Result (*)(Arguments...),
          std::initializer_list<typename Operation<Result(Arguments...)>::Row>) -> Operation<Result(Arguments...)>;

// Of every operation, in the order of the table (ops/table.cpp).
std::vector<ImplementationUse> implementations();

}  // namespace acinus::ops

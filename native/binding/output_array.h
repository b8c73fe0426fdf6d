// A typed array that a job fills from its own thread, so that nothing is copied on the event loop. JavaScript sees it when the
// job has settled: until then nobody can change or detach it. Made and destroyed on the event loop.
#pragma once

#include <memory>

#include "binding/js.h"

namespace acinus::binding {

template <class T>
class OutputArray {
 public:
  OutputArray(Napi::Env env, size_t length) : size_(length) {
    auto array = Napi::TypedArrayOf<T>::New(env, length);
    data_ = array.Data();
    reference_ = Napi::Persistent(array);
  }
  T* data() const { return data_; }
  size_t size() const { return size_; }
  Napi::Value value() const { return reference_.Value(); }

 private:
  T* data_;
  size_t size_;
  Napi::Reference<Napi::TypedArrayOf<T>> reference_;
};

}  // namespace acinus::binding

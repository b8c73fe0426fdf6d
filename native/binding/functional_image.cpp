// The edge channel, the network's input and test-time transforms in acinus/functional.
#include "binding/functional.h"
#include "binding/options.h"
#include "binding/tensors.h"
#include "core/image/network_input.h"
#include "core/image/tta.h"

namespace acinus::binding {

namespace {

// gaborKernels(options)
Napi::Value kernels(const Napi::CallbackInfo& info) {
  return guarded(info.Env(),
                 [&] { return typed_tensor(info.Env(), gabor_kernels(read_edge_options(info[0].As<Napi::Object>()))); });
}

// gaborEdges(rgb, height, width, options)
Napi::Value edges(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Tensor rgb = rgb_view(info[0], read_size(info[1], info[2]));
    return tensor_floats(info.Env(), edge_map(rgb, read_edge_options(info[3].As<Napi::Object>())));
  });
}

// networkInput(rgb, height, width, channels, options)
Napi::Value input(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Tensor rgb = rgb_view(info[0], read_size(info[1], info[2]));
    const int64_t channels = info[3].As<Napi::Number>().Int64Value();
    return typed_tensor(info.Env(), network_input(rgb, read_edge_options(info[4].As<Napi::Object>()), channels));
  });
}

// testTimeTransform(image, shape, transform, inverse)
Napi::Value transform(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Tensor image = read_floats(info[0], integers(info[1]), "image");
    const int number = info[2].As<Napi::Number>().Int32Value();
    const bool inverse = info[3].As<Napi::Boolean>().Value();
    return typed_tensor(info.Env(), inverse ? inverse_test_time_transform(image, number) : test_time_transform(image, number));
  });
}

// testTimeTransformNames()
Napi::Value transform_names(const Napi::CallbackInfo& info) {
  Napi::Array names = Napi::Array::New(info.Env(), kTestTimeTransforms);
  for (int i = 0; i < kTestTimeTransforms; ++i) {
    names.Set(static_cast<uint32_t>(i), Napi::String::New(info.Env(), test_time_transform_name(i)));
  }
  return names;
}

}  // namespace

void add_image_functions(Napi::Env env, Napi::Object functional) {
  functional.Set("gaborKernels", Napi::Function::New(env, kernels, "gaborKernels"));
  functional.Set("gaborEdges", Napi::Function::New(env, edges, "gaborEdges"));
  functional.Set("networkInput", Napi::Function::New(env, input, "networkInput"));
  functional.Set("testTimeTransform", Napi::Function::New(env, transform, "testTimeTransform"));
  functional.Set("testTimeTransformNames", Napi::Function::New(env, transform_names, "testTimeTransformNames"));
}

}  // namespace acinus::binding

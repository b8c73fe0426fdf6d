// The edge channel, the network's input and test-time transforms in acinus/functional.
#include "binding/functional.h"
#include "binding/options.h"
#include "binding/tensors.h"
#include "core/image/network_input.h"
#include "core/image/tta.h"
#include "core/predict/dense_crf.h"

namespace acinus::binding {

namespace {

// gaborKernels(options)
Napi::Value kernels(const Napi::CallbackInfo& info) {
  return guarded(info.Env(),
                 [&] { return typed_tensor(info.Env(), gabor_kernels(read_edge_options(to_object(info[0], "options")))); });
}

// gaborEdges(rgb, height, width, options)
Napi::Value edges(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Tensor rgb = rgb_view(info[0], read_size(info[1], info[2]));
    return tensor_floats(info.Env(), edge_map(rgb, read_edge_options(to_object(info[3], "options"))));
  });
}

// networkInput(rgb, height, width, channels, options)
Napi::Value input(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Tensor rgb = rgb_view(info[0], read_size(info[1], info[2]));
    const int64_t channels = to_whole(info[3], "channels", 3, 4);
    return typed_tensor(info.Env(), network_input(rgb, read_edge_options(to_object(info[4], "options")), channels));
  });
}

// testTimeTransform(image, shape, transform, inverse)
Napi::Value transform(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Tensor image = read_floats(info[0], to_shape(info[1], "shape", 2), "image");
    const int number = static_cast<int>(to_whole(info[2], "transform", 0, kTestTimeTransforms - 1));
    const bool inverse = to_boolean(info[3], "inverse");
    return typed_tensor(info.Env(), inverse ? inverse_test_time_transform(image, number) : test_time_transform(image, number));
  });
}

// denseCrf(probability, rgb, height, width, {crf})
Napi::Value dense_field(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const ImageSize size = read_size(info[2], info[3]);
    const Tensor probability = read_floats(info[0], {size.height, size.width}, "probability");
    const Tensor rgb = rgb_view(info[1], size)[0];
    const auto options = read_crf_options(to_object(info[4], "options"));
    return tensor_floats(info.Env(), options ? dense_crf(probability, rgb, *options) : probability);
  });
}

// testTimeTransformNames()
Napi::Value transform_names(const Napi::CallbackInfo& info) {
  std::vector<std::string> names;
  for (int i = 0; i < kTestTimeTransforms; ++i) names.emplace_back(test_time_transform_name(i));
  return text_list(info.Env(), names);
}

}  // namespace

void add_image_functions(Napi::Env env, Napi::Object functional) {
  functional.Set("gaborKernels", Napi::Function::New(env, kernels, "gaborKernels"));
  functional.Set("gaborEdges", Napi::Function::New(env, edges, "gaborEdges"));
  functional.Set("networkInput", Napi::Function::New(env, input, "networkInput"));
  functional.Set("denseCrf", Napi::Function::New(env, dense_field, "denseCrf"));
  functional.Set("testTimeTransform", Napi::Function::New(env, transform, "testTimeTransform"));
  functional.Set("testTimeTransformNames", Napi::Function::New(env, transform_names, "testTimeTransformNames"));
}

}  // namespace acinus::binding

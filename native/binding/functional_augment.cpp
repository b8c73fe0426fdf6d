// Augmentation in acinus/functional, whole and in parts.
#include "binding/functional.h"
#include "binding/options.h"
#include "binding/tensors.h"
#include "core/image/augment.h"
#include "core/image/elastic.h"

namespace acinus::binding {

namespace {

AugmentKey read_key(const Napi::Object& key) { return {seed_value(key, "seed"), seed_value(key, "epoch")}; }

// augment(rgb, mask, height, width, {seed, epoch, index}, options)
Napi::Value augmented(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    const ImageSize size = read_size(info[2], info[3]);
    const auto key = to_object(info[4], "key");
    const auto pixels = static_cast<size_t>(size.pixels());
    const auto image = Napi::Uint8Array::New(env, 3 * pixels), mask = Napi::Uint8Array::New(env, pixels);
    augment(rgb_view(info[0], size, "image"), mask_view(info[1], size), {integer(key, "index")}, read_key(key),
            read_augment_options(to_object(info[5], "options")), {rgb_view(image, size), mask_view(mask, size)});
    Napi::Object out = Napi::Object::New(env);
    out.Set("image", image);
    out.Set("mask", mask);
    return out;
  });
}

// augmentDecisions({seed, epoch, index}, options)
Napi::Value decisions(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    const auto key = to_object(info[0], "key");
    const AugmentDecisions drawn =
        draw_augmentation(integer(key, "index"), read_key(key), read_augment_options(to_object(info[1], "options")));
    Napi::Object out = Napi::Object::New(env);
    out.Set("horizontalFlip", drawn.horizontal_flip);
    out.Set("verticalFlip", drawn.vertical_flip);
    out.Set("quarterTurns", static_cast<double>(drawn.quarter_turns));
    out.Set("elastic", drawn.elastic);
    out.Set("contrast", drawn.contrast);
    out.Set("brightness", drawn.brightness);
    return out;
  });
}

// displacementField(height, width, {seed, epoch, index}, options)
Napi::Value displacements(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const ImageSize size = read_size(info[0], info[1]);
    const auto key = to_object(info[2], "key");
    const AugmentOptions options = read_augment_options(to_object(info[3], "options"));
    return typed_tensor(info.Env(), displacement_field(size.height, size.width, options.elastic_alpha, options.elastic_sigma,
                                                       elastic_stream(integer(key, "index"), read_key(key)), torch::kCPU));
  });
}

// remap(image, [C, H, W], field, nearest)
Napi::Value remapped(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const std::vector<int64_t> shape = to_shape(info[1], "shape", 3);
    const Tensor image = read_floats(info[0], shape, "image");
    const Tensor field = read_floats(info[2], {2, shape.at(1), shape.at(2)}, "field");
    const auto interpolation = to_boolean(info[3], "nearest") ? ops::Interpolation::kNearest : ops::Interpolation::kBilinear;
    return typed_tensor(info.Env(), ops::remap(image, field, interpolation));
  });
}

}  // namespace

void add_augment_functions(Napi::Env env, Napi::Object functional) {
  functional.Set("augment", Napi::Function::New(env, augmented, "augment"));
  functional.Set("augmentDecisions", Napi::Function::New(env, decisions, "augmentDecisions"));
  functional.Set("displacementField", Napi::Function::New(env, displacements, "displacementField"));
  functional.Set("remap", Napi::Function::New(env, remapped, "remap"));
}

}  // namespace acinus::binding

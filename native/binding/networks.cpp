#include "binding/networks.h"

#include "binding/segmenter.h"
#include "binding/words.h"
#include "core/image/color.h"
#include "core/model/registry.h"
#include "core/ops/luma.h"

namespace acinus::binding {

namespace {

template <class Values>
Napi::Array numbers(Napi::Env env, const Values& values) {
  const auto out = Napi::Array::New(env);
  for (const auto value : values) out.Set(out.Length(), static_cast<double>(value));
  return out;
}

// networks()
Napi::Value networks(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto nets = Napi::Object::New(env), backbones = Napi::Object::New(env), least = Napi::Object::New(env);
    for (const auto& entry : architectures()) {
      const auto one = Napi::Object::New(env);
      one.Set("title", entry.title);
      if (entry.over) {
        one.Set("decoderChannels", numbers(env, entry.over->decoder_channels));
        one.Set("decoderAttention", word_of(entry.over->decoder_attention, kDecoderAttentions));
      }
      if (entry.own) {
        one.Set("stride", static_cast<double>(entry.own->stride));
        one.Set("width", static_cast<double>(entry.own->width));
        one.Set("dropout", entry.own->dropout);
        one.Set("atrousRates", numbers(env, entry.own->atrous_rates));
      }
      nets.Set(entry.name, one);
    }
    for (const auto& entry : encoders()) {
      const auto one = Napi::Object::New(env);
      one.Set("levels", static_cast<double>(entry.features.size()));
      one.Set("stride", static_cast<double>(entry.features.back().stride));
      backbones.Set(entry.name, one);
    }
    for (const auto& [text, attention] : kDecoderAttentions) {
      least.Set(text, static_cast<double>(minimum_decoder_channels(attention)));
    }
    const auto out = Napi::Object::New(env);
    out.Set("architectures", nets);
    out.Set("encoders", backbones);
    out.Set("minimumDecoderChannels", least);
    return out;
  });
}

// recogniseNetwork(names, shapes)
Napi::Value recognise_network(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto names = texts(info[0], "names");
    const auto shapes = to_list(info[1], "shapes");
    EntryShapes entries;
    for (uint32_t i = 0; i < names.size(); ++i) entries.emplace(names[i], to_shape(shapes.Get(i), "the shape of " + names[i]));
    const auto found = recognise(entries);
    if (!found) return env.Null();
    const auto out = Napi::Object::New(env);
    out.Set("architecture", found->architecture);
    out.Set("inputMode", word_of(found->input_mode, kInputModes));
    if (found->width > 0) {
      out.Set("width", static_cast<double>(found->width));
    } else {
      out.Set("encoder", found->encoder);
      out.Set("decoderChannels", numbers(env, found->decoder_channels));
      out.Set("decoderAttention", word_of(found->decoder_attention, kDecoderAttentions));
    }
    if (found->input_mode == InputMode::kProjection) out.Set("projectionWidth", static_cast<double>(found->projection_width));
    return out;
  });
}

Napi::Object convolution_of(Napi::Env env, const PlanLayer& layer) {
  const auto& options = layer.convolution;
  const auto out = Napi::Object::New(env);
  const std::array<int64_t, 4> shape{options.out_channels, options.in_channels / options.groups, options.kernel,
                                     options.kernel};
  const auto& [left, right, top, bottom] = options.padding;
  out.Set("shape", numbers(env, shape));
  out.Set("stride", static_cast<double>(options.stride));
  out.Set("groups", static_cast<double>(options.groups));
  out.Set("dilation", static_cast<double>(options.dilation));
  out.Set("pads", numbers(env, std::array<int64_t, 4>{top, left, bottom, right}));
  out.Set("bias", options.bias);
  if (layer.norm.empty()) {
    out.Set("norm", env.Null());
  } else {
    const auto norm = Napi::Object::New(env);
    norm.Set("path", layer.norm);
    norm.Set("epsilon", layer.epsilon);
    out.Set("norm", norm);
  }
  return out;
}

}  // namespace

// plan()
Napi::Value SegmenterObject::plan(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const Plan plan = open()->network().plan();
    const auto layers = Napi::Array::New(env);
    for (const auto& layer : plan.layers()) {
      const auto one = Napi::Object::New(env);
      one.Set("kind", layer.kind);
      one.Set("path", layer.path);
      one.Set("inputs", numbers(env, layer.inputs));
      one.Set("channels", static_cast<double>(layer.channels));
      if (layer.convolution.out_channels > 0) one.Set("convolution", convolution_of(env, layer));
      if (layer.multiple > 1) one.Set("multiple", static_cast<double>(layer.multiple));
      layers.Set(layers.Length(), one);
    }
    const auto pixels = Napi::Object::New(env);
    pixels.Set("mean", numbers(env, kImagenetMean));
    pixels.Set("deviation", numbers(env, kImagenetDeviation));
    pixels.Set("luma", numbers(env, ops::kLuma));
    pixels.Set("flatEdges", kFlatEdges);
    pixels.Set("largestResponse", largest_response(open()->config().edges));
    const auto out = Napi::Object::New(env);
    out.Set("layers", layers);
    out.Set("unused", text_list(env, plan.unused()));
    out.Set("pixels", pixels);
    return out;
  });
}

void add_networks(Napi::Env env, Napi::Object exports) {
  exports.Set("networks", Napi::Function::New(env, networks, "networks"));
  exports.Set("recogniseNetwork", Napi::Function::New(env, recognise_network, "recogniseNetwork"));
}

}  // namespace acinus::binding

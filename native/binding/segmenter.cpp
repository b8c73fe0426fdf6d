#include "binding/segmenter.h"

#include "binding/environment.h"
#include "binding/options.h"
#include "binding/tensors.h"
#include "core/error.h"
#include "core/io/torch_checkpoint.h"
#include "core/io/weights_file.h"
#include "core/model/weights.h"
#include "core/predict/predictor.h"

namespace acinus::binding {

// Shared with the jobs that run: `close` drops the network for JavaScript, a running job keeps its own hold on it.
struct SegmenterObject::State {
  SegmenterConfig config;
  std::shared_ptr<Segmenter> segmenter;
  bool closed = false;
};

namespace {

using Lock = std::lock_guard<FairMutex>;

// Marks JavaScript objects of this class; anything else handed to a trainer is refused instead of being reinterpreted.
constexpr napi_type_tag kTag = {0x6163696e75735365, 0x676d656e74657221};

SegmenterConfig segmenter_config(const Napi::Object& options) {
  SegmenterConfig out;
  out.model.architecture = text(options, "architecture");
  out.model.encoder = text(options, "encoder");
  out.model.input_mode = text(options, "inputMode");
  out.model.decoder_channels = integers(object(options, "decoderChannels"));
  out.model.decoder_attention = text(options, "decoderAttention");
  out.model.drop_connect_rate = number(options, "dropConnectRate");
  out.model.projection_width = integer(options, "projectionWidth");
  out.model.projection_init = text(options, "projectionInit");
  out.model.seed = seed_value(options, "seed");
  out.edges = read_edge_options(object(options, "edges"));
  out.channels_last = boolean(options, "channelsLast");
  return out;
}

// A copy of the caller's values as a tensor. Throws ACINUS_INVALID_ARGUMENT when the shape does not hold as many.
Tensor tensor_of(const Napi::Float32Array& data, const std::vector<int64_t>& shape) {
  int64_t count = 1;
  bool fits = true;
  for (const int64_t length : shape) fits = fits && length >= 0 && !__builtin_mul_overflow(count, length, &count);
  if (!fits || static_cast<size_t>(count) != data.ElementLength()) {
    throw Error("ACINUS_INVALID_ARGUMENT", "The shape " + c10::str(at::IntArrayRef(shape)) + " does not hold " +
                                               std::to_string(data.ElementLength()) + " values.");
  }
  Tensor out = at::empty(shape, at::kFloat);
  if (count > 0) std::memcpy(out.data_ptr<float>(), data.Data(), static_cast<size_t>(count) * sizeof(float));
  return out;
}

Napi::Array shape_of(Napi::Env env, at::IntArrayRef sizes) {
  const auto out = Napi::Array::New(env, sizes.size());
  for (size_t i = 0; i < sizes.size(); ++i) out.Set(static_cast<uint32_t>(i), static_cast<double>(sizes[i]));
  return out;
}

Napi::Array names(Napi::Env env, const std::vector<std::string>& values) {
  const auto out = Napi::Array::New(env, values.size());
  for (size_t i = 0; i < values.size(); ++i) out.Set(static_cast<uint32_t>(i), values[i]);
  return out;
}

Napi::Value load_report(Napi::Env env, const LoadReport& report) {
  const auto out = Napi::Object::New(env);
  out.Set("loaded", static_cast<double>(report.loaded));
  out.Set("adapted", names(env, report.adapted));
  out.Set("missing", names(env, report.missing));
  out.Set("unexpected", names(env, report.unexpected));
  out.Set("mismatched", names(env, report.mismatched));
  const auto nearest = Napi::Object::New(env);
  for (const auto& [name, near] : report.nearest) nearest.Set(name, near);
  out.Set("nearest", nearest);
  return out;
}

const char* dtype_name(at::ScalarType type) {
  switch (type) {
    case at::kHalf:
      return "F16";
    case at::kBFloat16:
      return "BF16";
    case at::kLong:
      return "I64";
    default:
      return "F32";
  }
}

Napi::Value undefined(Napi::Env env, bool&) { return env.Undefined(); }

}  // namespace

void SegmenterObject::install(Napi::Env env, Napi::Object exports) {
  using Self = SegmenterObject;
  exports.Set("Segmenter",
              DefineClass(env, "Segmenter",
                          {InstanceMethod<&Self::build>("build"), InstanceMethod<&Self::forward>("forward"),
                           InstanceMethod<&Self::features>("features"), InstanceMethod<&Self::plan>("plan"),
                           InstanceMethod<&Self::gradients>("gradients"), InstanceMethod<&Self::to>("to"),
                           InstanceMethod<&Self::device>("device"), InstanceMethod<&Self::entries>("entries"),
                           InstanceMethod<&Self::parameter_count>("parameterCount"), InstanceMethod<&Self::read>("read"),
                           InstanceMethod<&Self::load_files>("loadFiles"), InstanceMethod<&Self::load_state>("loadState"),
                           InstanceMethod<&Self::save>("save"), InstanceMethod<&Self::close>("close")}));
}

SegmenterObject::SegmenterObject(const Napi::CallbackInfo& info) : ObjectWrap(info), state_(std::make_shared<State>()) {
  guarded(info.Env(), [&] {
    if (!info[0].IsObject()) throw Napi::TypeError::New(info.Env(), "Segmenter takes its configuration");
    state_->config = segmenter_config(info[0].As<Napi::Object>());
    info.This().As<Napi::Object>().TypeTag(&kTag);
  });
}

std::shared_ptr<Segmenter> SegmenterObject::unwrap(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag)) {
    throw Error("ACINUS_INVALID_ARGUMENT", "This is no network; pass a Model.");
  }
  return SegmenterObject::Unwrap(value.As<Napi::Object>())->open();
}

std::shared_ptr<Segmenter> SegmenterObject::open() const {
  if (state_->closed) throw Error("ACINUS_CLOSED", "This model was closed and cannot be used any more.");
  if (!state_->segmenter) throw Error("ACINUS_CLOSED", "This model is not built yet: wait for build() first.");
  return state_->segmenter;
}

Napi::Value SegmenterObject::build(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return Environment::of(info.Env())
        .start<std::shared_ptr<Segmenter>>(
            info.Env(), [config = state_->config](JobContext&) { return std::make_shared<Segmenter>(config); },
            [state = state_](Napi::Env env, std::shared_ptr<Segmenter>& built) -> Napi::Value {
              if (!state->closed) state->segmenter = std::move(built);
              return env.Undefined();
            });
  });
}

// forward(data, shape, options)
Napi::Value SegmenterObject::forward(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Tensor input = tensor_of(info[0].As<Napi::Float32Array>(), integers(info[1]));
    const auto options = info[2].As<Napi::Object>();
    const auto work = [segmenter = open(), input, precision = text(options, "precision"),
                       prepared = boolean(options, "prepared")](JobContext&) {
      const InferenceScope scope(*segmenter, precision);
      const at::AutoGradMode with_gradients(!prepared);  // where gradients may be wanted nothing is prepared
      return segmenter->forward(input).detach().to(at::kCPU).contiguous();
    };
    return Environment::of(info.Env()).start<Tensor>(info.Env(), work, [](Napi::Env env, Tensor& logits) {
      return typed_tensor(env, logits);
    });
  });
}

Napi::Value SegmenterObject::to(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto work = [segmenter = open(), device = info[0].As<Napi::String>().Utf8Value()](JobContext&) {
      const Lock lock(segmenter->mutex());
      segmenter->to(device);
      return true;
    };
    return Environment::of(info.Env()).start<bool>(info.Env(), work, undefined);
  });
}

Napi::Value SegmenterObject::device(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return Napi::String::New(info.Env(), open()->device().str()); });
}

Napi::Value SegmenterObject::entries(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const StateDict state = state_dict(open()->network());
    const auto out = Napi::Array::New(info.Env(), state.size());
    for (size_t i = 0; i < state.size(); ++i) {
      const auto entry = Napi::Object::New(info.Env());
      entry.Set("name", state[i].first);
      entry.Set("shape", shape_of(info.Env(), state[i].second.sizes()));
      entry.Set("dtype", dtype_name(state[i].second.scalar_type()));
      out.Set(static_cast<uint32_t>(i), entry);
    }
    return out;
  });
}

Napi::Value SegmenterObject::parameter_count(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    int64_t count = 0;
    for (const auto& parameter : open()->network().parameters()) count += parameter.numel();
    return Napi::Number::New(info.Env(), static_cast<double>(count));
  });
}

Napi::Value SegmenterObject::read(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto segmenter = open();
    const std::string name = info[0].As<Napi::String>();
    const Lock lock(segmenter->mutex());
    const Tensor entry = state_entry(segmenter->network(), name);
    if (!entry.defined()) {
      throw Error("ACINUS_INVALID_ARGUMENT", "The network has no entry \"" + name + "\".", {.value = name});
    }
    return tensor_floats(info.Env(), entry.to(at::kCPU));
  });
}

Napi::Value SegmenterObject::load_files(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto given = info[1].As<Napi::Object>();
    const auto paths = texts(info[0]);
    const WeightsOptions options{boolean(given, "strict"), text(given, "part"), "The weights in " + paths.at(0), paths.at(0)};
    const auto work = [segmenter = open(), paths, options](JobContext&) {
      StateDict state;
      std::vector<std::string> wrappers;
      for (const auto& path : paths) {
        WeightsFile file = read_weights_file(path);
        state.insert(state.end(), file.tensors.begin(), file.tensors.end());
        wrappers.insert(wrappers.end(), file.path.begin(), file.path.end());
      }
      const Lock lock(segmenter->mutex());
      LoadReport report = load_weights(segmenter->network(), std::move(state), options);
      for (const auto& wrapper : wrappers)
        report.adapted.insert(report.adapted.begin(), "took what stands under \"" + wrapper + "\"");
      return report;
    };
    return Environment::of(info.Env()).start<LoadReport>(info.Env(), work, load_report);
  });
}

Napi::Value SegmenterObject::load_state(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto segmenter = open();
    const auto keys = texts(info[0]);
    const auto tensors = info[1].As<Napi::Array>();
    StateDict state;
    for (uint32_t i = 0; i < keys.size(); ++i) {
      const auto tensor = tensors.Get(i).As<Napi::Object>();
      state.emplace_back(keys[i], tensor_of(tensor.Get("data").As<Napi::Float32Array>(), integers(tensor.Get("shape"))));
    }
    const Lock lock(segmenter->mutex());
    return load_report(info.Env(),
                       load_weights(segmenter->network(), std::move(state), {.strict = info[2].As<Napi::Boolean>().Value()}));
  });
}

Napi::Value SegmenterObject::save(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto options = info[1].As<Napi::Object>();
    std::map<std::string, std::string> metadata;
    const auto given = object(options, "metadata");
    for (const auto& key : texts(given.GetPropertyNames())) metadata[key] = text(given, key.c_str());
    const auto work = [segmenter = open(), path = info[0].As<Napi::String>().Utf8Value(), metadata,
                       part = text(options, "part"), format = text(options, "format")](JobContext&) {
      const Lock lock(segmenter->mutex());
      const StateDict state = part_of(segmenter->network(), part);
      if (format == "pth") {
        write_torch_checkpoint(path, state);
      } else {
        write_safetensors(path, state, metadata);
      }
      return true;
    };
    return Environment::of(info.Env()).start<bool>(info.Env(), work, undefined);
  });
}

Napi::Value SegmenterObject::close(const Napi::CallbackInfo& info) {
  state_->closed = true;
  state_->segmenter.reset();
  return info.Env().Undefined();
}

}  // namespace acinus::binding

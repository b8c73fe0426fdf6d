#include "binding/segmenter.h"

#include <algorithm>
#include <cstring>

#include "binding/environment.h"
#include "binding/options.h"
#include "binding/output_array.h"
#include "binding/tensors.h"
#include "binding/words.h"
#include "core/error.h"
#include "core/io/torch_checkpoint.h"
#include "core/io/weights_file.h"
#include "core/model/weights.h"
#include "core/predict/predictor.h"

namespace acinus::binding {

// One of the state dict.
struct SegmenterObject::Entry {
  std::string name;
  std::vector<int64_t> shape;
  const char* dtype;
};

// Shared with the jobs that run: `close` drops the network for JavaScript, a running job keeps its own hold on it.
// Touched on the event loop only. What JavaScript may ask at any time is kept beside the network, whose lock a prediction may
// hold for minutes.
struct SegmenterObject::State {
  SegmenterConfig config;
  std::shared_ptr<Segmenter> segmenter;
  std::vector<Entry> entries;
  int64_t parameter_count = 0;
  bool closed = false;
};

namespace {

using Lock = std::lock_guard<FairMutex>;

SegmenterConfig segmenter_config(const Napi::Object& options) {
  SegmenterConfig out{};
  out.model.architecture = text(options, "architecture");
  out.model.input_mode = word(options, "inputMode", kInputModes);
  if (options.Has("encoder")) {
    out.model.encoder = text(options, "encoder");
    out.model.decoder_channels = integers(options.Get("decoderChannels"), "decoderChannels");
    out.model.decoder_attention = word(options, "decoderAttention", kDecoderAttentions);
    out.model.drop_connect_rate = number(options, "dropConnectRate");
  } else {
    out.model.width = integer(options, "width");
    out.model.dropout = number(options, "dropout");
    out.model.atrous_rates = integers(options.Get("atrousRates"), "atrousRates");
  }
  out.model.projection_width = integer(options, "projectionWidth");
  out.model.projection_init = word(options, "projectionInit", kProjectionInits);
  out.model.norm_momentum = word(options, "normMomentum", kNormMomenta);
  out.model.seed = seed_value(options, "seed");
  out.edges = read_edge_options(object(options, "edges"));
  out.channels_last = boolean(options, "channelsLast");
  return out;
}

Napi::Value load_report(Napi::Env env, const LoadReport& report) {
  const auto out = Napi::Object::New(env);
  out.Set("loaded", static_cast<double>(report.loaded));
  out.Set("adapted", text_list(env, report.adapted));
  out.Set("missing", text_list(env, report.missing));
  out.Set("unexpected", text_list(env, report.unexpected));
  out.Set("mismatched", text_list(env, report.mismatched));
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

SegmenterObject::SegmenterObject(const Napi::CallbackInfo& info) : Handle(info), state_(std::make_shared<State>()) {
  guarded(info.Env(), [&] { state_->config = segmenter_config(to_object(info[0], "config")); });
}

std::shared_ptr<Segmenter> SegmenterObject::unwrap(const Napi::Value& value) { return of(value, "model").open(); }

std::vector<std::shared_ptr<Segmenter>> SegmenterObject::unwrap_all(const Napi::Value& value) {
  const auto list = to_list(value, "models");
  std::vector<std::shared_ptr<Segmenter>> out;
  for (uint32_t i = 0; i < list.Length(); ++i) out.push_back(unwrap(list.Get(i)));
  return out;
}

std::shared_ptr<Segmenter> SegmenterObject::open() const {
  if (state_->closed) throw Error("ACINUS_CLOSED", "This model was closed and cannot be used any more.");
  if (!state_->segmenter) throw Error("ACINUS_CLOSED", "This model is not built yet: wait for build() first.");
  return state_->segmenter;
}

Napi::Value SegmenterObject::build(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto work = [config = state_->config](JobContext&) {
      State built{config, std::make_shared<Segmenter>(config), {}, 0, false};
      for (const auto& [name, value] : state_dict(built.segmenter->network())) {
        built.entries.push_back({name, value.sizes().vec(), dtype_name(value.scalar_type())});
      }
      for (const auto& parameter : built.segmenter->network().parameters()) built.parameter_count += parameter.numel();
      return built;
    };
    return Environment::of(info.Env()).start<State>(info.Env(), work, [state = state_](Napi::Env env, State& built) {
      if (!state->closed) *state = std::move(built);
      return env.Undefined();
    });
  });
}

// forward(data, shape, options)
Napi::Value SegmenterObject::forward(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Tensor input = read_floats(info[0], to_shape(info[1], "shape"), "data");
    const auto options = to_object(info[2], "options");
    const auto work = [segmenter = open(), input, precision = word(options, "precision", kPrecisions),
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
    const auto work = [segmenter = open(), device = to_text(info[0], "device")](JobContext&) {
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
    open();
    const auto out = Napi::Array::New(info.Env(), state_->entries.size());
    for (uint32_t i = 0; i < state_->entries.size(); ++i) {
      const auto& [name, shape, dtype] = state_->entries[i];
      const auto entry = Napi::Object::New(info.Env());
      entry.Set("name", name);
      entry.Set("shape", number_list(info.Env(), shape.data(), shape.size()));
      entry.Set("dtype", dtype);
      out.Set(i, entry);
    }
    return out;
  });
}

Napi::Value SegmenterObject::parameter_count(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    open();
    return Napi::Number::New(info.Env(), static_cast<double>(state_->parameter_count));
  });
}

Napi::Value SegmenterObject::read(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    using Values = std::vector<std::shared_ptr<OutputArray<float>>>;
    Values values;
    const auto names = texts(info[0], "names");
    for (const auto& name : names) {
      const auto entry =
          std::find_if(state_->entries.begin(), state_->entries.end(), [&](const auto& one) { return one.name == name; });
      if (entry == state_->entries.end()) {
        open();  // a closed model says so
        throw Error("ACINUS_INVALID_ARGUMENT", "The network has no entry \"" + name + "\".", {.value = name});
      }
      values.push_back(std::make_shared<OutputArray<float>>(info.Env(), static_cast<size_t>(product(entry->shape))));
    }
    const auto work = [segmenter = open(), names, values](JobContext&) {
      const Lock lock(segmenter->mutex());
      for (size_t i = 0; i < names.size(); ++i) {
        const Tensor entry = state_entry(segmenter->network(), names[i]).to(at::kCPU, at::kFloat).contiguous();
        if (entry.numel() > 0) std::memcpy(values[i]->data(), entry.const_data_ptr<float>(), entry.nbytes());
      }
      return values;
    };
    return Environment::of(info.Env()).start<Values>(info.Env(), work, [](Napi::Env env, Values& read) -> Napi::Value {
      const auto out = Napi::Array::New(env, read.size());
      for (uint32_t i = 0; i < read.size(); ++i) out.Set(i, read[i]->value());
      return out;
    });
  });
}

Napi::Value SegmenterObject::load_files(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto given = to_object(info[1], "options");
    const auto paths = texts(info[0], "paths");
    if (paths.empty()) refuse(info[0], "paths", "a list of at least one file");
    const WeightsOptions options{boolean(given, "strict"), word(given, "part", kLoadParts), "The weights in " + paths[0],
                                 paths[0]};
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
    const auto keys = texts(info[0], "names");
    const auto tensors = to_list(info[1], "tensors");
    StateDict state;
    for (uint32_t i = 0; i < keys.size(); ++i) {
      const std::string name = "the entry \"" + keys[i] + "\"";
      const auto tensor = to_object(tensors.Get(i), name);
      const auto shape = to_shape(tensor.Get("shape"), "the shape of " + name);
      state.emplace_back(keys[i], read_floats(tensor.Get("data"), shape, ("the data of " + name).c_str()));
    }
    const auto work = [segmenter = open(), state,
                       options =
                           WeightsOptions{to_boolean(info[2], "strict"), LoadPart::kAll, "The weights", {}}](JobContext&) {
      const Lock lock(segmenter->mutex());
      return load_weights(segmenter->network(), state, options);
    };
    return Environment::of(info.Env()).start<LoadReport>(info.Env(), work, load_report);
  });
}

Napi::Value SegmenterObject::save(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto options = to_object(info[1], "options");
    const auto work = [segmenter = open(), path = to_path(info[0], "path"), metadata = dictionary(options, "metadata"),
                       part = word(options, "part", kSaveParts), format = text(options, "format")](JobContext&) {
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

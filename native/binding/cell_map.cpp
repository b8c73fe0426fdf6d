#include "binding/cell_map.h"

#include <algorithm>
#include <cstring>

#include "binding/cell_values.h"
#include "binding/environment.h"
#include "binding/options.h"
#include "binding/output_array.h"
#include "core/error.h"
#include "core/image/grey.h"
#include "core/image/regions.h"
#include "core/image/run_lengths.h"
#include "core/predict/rescaled.h"

namespace acinus::binding {

namespace {

template <class T>
std::unique_ptr<T[]> uncleared(int64_t count) {
  return std::make_unique_for_overwrite<T[]>(static_cast<size_t>(count));
}

// A stretch of values that begins at `offset`, of `length` values in all.
template <class T>
void write_stretch(const Napi::CallbackInfo& info, const char* name, int64_t length, T* out) {
  const auto values = read_array<T>(info[1], name);
  const int64_t offset = to_whole(info[0], "offset", 0, length);
  if (static_cast<int64_t>(values.size()) > length - offset) {
    throw Error("ACINUS_INVALID_ARGUMENT", std::string(name) + " is longer than its image.",
                {.value = static_cast<double>(values.size())});
  }
  if (!values.empty()) std::memcpy(out + offset, values.data(), values.size_bytes());
}

// An array over memory of the map, which it keeps alive.
template <class T>
Napi::Value view(Napi::Env env, const std::shared_ptr<CellMap>& map, T* data, int64_t count) {
  using Kept = std::shared_ptr<CellMap>;
  const auto bytes = static_cast<size_t>(count) * sizeof(T);
  const auto buffer = Napi::ArrayBuffer::New(
      env, data, bytes, [](Napi::Env, void*, Kept* kept) { delete kept; }, std::make_unique<Kept>(map).release());
  return Napi::TypedArrayOf<T>::New(env, static_cast<size_t>(count), buffer, 0);
}

// A job that fills as many values as there are pixels.
template <class T, class Convert>
Napi::Value grey_job(Napi::Env env, const std::shared_ptr<CellMap>& map, Convert convert) {
  using Output = std::shared_ptr<OutputArray<T>>;
  const auto output = std::make_shared<OutputArray<T>>(env, static_cast<size_t>(map->size.pixels()));
  const auto work = [map, output, convert](JobContext&) {
    convert(*map, map->size.pixels(), output->data());
    return output;
  };
  return Environment::of(env).start<Output>(env, work, [](Napi::Env, Output& done) -> Napi::Value { return done->value(); });
}

}  // namespace

CellMap::CellMap(const ImageSize& given)
    : size(given),
      probability(uncleared<float>(given.pixels())),
      mask(uncleared<uint8_t>(given.pixels())),
      labels(uncleared<int32_t>(given.pixels())) {}

void CellMap::find(double threshold, const SeparationOptions& separation) {
  const int32_t count = separate(probability.get(), size.height, size.width, threshold, separation, mask.get(), labels.get());
  cells = measure_cells(labels.get(), probability.get(), size.height, size.width, count);
}

void CellMap::find(const Tensor& found, double threshold, const SeparationOptions& separation) {
  if (found.size(0) == size.height && found.size(1) == size.width) {
    std::memcpy(probability.get(), found.const_data_ptr<float>(), found.nbytes());
    return find(threshold, separation);
  }
  const int32_t count =
      separate_rescaled(found, size.height, size.width, threshold, separation, probability.get(), mask.get(), labels.get());
  cells = measure_cells(labels.get(), probability.get(), size.height, size.width, count);
}

Tensor CellMap::image() const {
  if (!rgb) throw Error("ACINUS_INVALID_ARGUMENT", "There is no image.");
  return torch::from_blob(rgb.get(), {size.height, size.width, 3}, torch::kUInt8).permute({2, 0, 1}).contiguous();
}

std::unique_ptr<int32_t[]> CellMap::labels_now() const {
  auto out = uncleared<int32_t>(size.pixels());
  std::memcpy(out.get(), labels.get(), static_cast<size_t>(size.pixels()) * sizeof(int32_t));
  const auto count = static_cast<int32_t>(cells.size());
  const auto* end = out.get() + size.pixels();
  const auto* wrong =
      std::find_if(out.get(), out.get() + size.pixels(), [&](int32_t label) { return label < 0 || label > count; });
  if (wrong == end) return out;
  throw Error("ACINUS_INVALID_ARGUMENT",
              "labels holds " + std::to_string(*wrong) + "; they must be 0 to " + std::to_string(count) + ".",
              {.value = static_cast<double>(*wrong)});
}

void CellMapObject::install(Napi::Env env, Napi::Object exports) {
  exports.Set(
      "CellMap",
      DefineClass(env, "CellMap",
                  {InstanceMethod<&CellMapObject::write_probability>("writeProbability"),
                   InstanceMethod<&CellMapObject::write_rgb>("writeRgb"), InstanceMethod<&CellMapObject::find>("find"),
                   InstanceMethod<&CellMapObject::probability>("probability"), InstanceMethod<&CellMapObject::mask>("mask"),
                   InstanceMethod<&CellMapObject::labels>("labels"), InstanceMethod<&CellMapObject::outlines>("outlines"),
                   InstanceMethod<&CellMapObject::run_lengths>("runLengths"), InstanceMethod<&CellMapObject::grey>("grey"),
                   InstanceMethod<&CellMapObject::regions>("regions"), InstanceMethod<&CellMapObject::overlay>("overlay")}));
}

// CellMap(height, width)
CellMapObject::CellMapObject(const Napi::CallbackInfo& info) : Handle(info) {
  guarded(info.Env(), [&] {
    map_ = std::make_shared<CellMap>(read_size(info[0], info[1]));
    count_memory(9 * map_->size.pixels());
    return info.Env().Undefined();
  });
}

CellMapObject::~CellMapObject() { Napi::MemoryManagement::AdjustExternalMemory(Env(), -bytes_); }

void CellMapObject::count_memory(int64_t bytes) {
  bytes_ += bytes;
  Napi::MemoryManagement::AdjustExternalMemory(Env(), bytes);
}

std::shared_ptr<CellMap> CellMapObject::map_of(const Napi::Value& value) { return of(value, "map").map_; }

Napi::Value CellMapObject::measures(Napi::Env env, const CellMap& map) { return cell_measures(env, map.cells); }

// writeProbability(offset, values)
Napi::Value CellMapObject::write_probability(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    write_stretch(info, "probability", map_->size.pixels(), map_->probability.get());
    return info.Env().Undefined();
  });
}

// writeRgb(offset, bytes)
Napi::Value CellMapObject::write_rgb(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    if (!map_->rgb) {
      map_->rgb = uncleared<uint8_t>(3 * map_->size.pixels());
      count_memory(3 * map_->size.pixels());
    }
    write_stretch(info, "rgb", 3 * map_->size.pixels(), map_->rgb.get());
    return info.Env().Undefined();
  });
}

// find({threshold, separation})
Napi::Value CellMapObject::find(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto rule = to_object(info[0], "options");
    const auto work = [map = map_, threshold = number(rule, "threshold"),
                       separation = read_separation_options(object(rule, "separation"))](JobContext&) {
      map->find(threshold, separation);
      return map;
    };
    using Result = std::shared_ptr<CellMap>;
    return Environment::of(env).start<Result>(env, work,
                                              [](Napi::Env loop, Result& map) -> Napi::Value { return measures(loop, *map); });
  });
}

Napi::Value CellMapObject::probability(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return view(info.Env(), map_, map_->probability.get(), map_->size.pixels()); });
}

Napi::Value CellMapObject::mask(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return view(info.Env(), map_, map_->mask.get(), map_->size.pixels()); });
}

Napi::Value CellMapObject::labels(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return view(info.Env(), map_, map_->labels.get(), map_->size.pixels()); });
}

Napi::Value CellMapObject::outlines(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto work = [map = map_](JobContext&) {
      const auto labels = map->labels_now();
      return trace_outlines(labels.get(), map->size.height, map->size.width, static_cast<int32_t>(map->cells.size()));
    };
    return Environment::of(env).start<Outlines>(
        env, work, [](Napi::Env loop, Outlines& traced) -> Napi::Value { return outlines_object(loop, traced); });
  });
}

Napi::Value CellMapObject::run_lengths(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto work = [map = map_](JobContext&) {
      const auto labels = map->labels_now();
      return acinus::run_lengths(labels.get(), map->size.height, map->size.width, static_cast<int32_t>(map->cells.size()));
    };
    return Environment::of(env).start<std::vector<std::string>>(
        env, work, [](Napi::Env loop, std::vector<std::string>& runs) -> Napi::Value { return text_list(loop, runs); });
  });
}

// grey(what, bits)
Napi::Value CellMapObject::grey(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const std::string what = to_text(info[0], "what");
    const int64_t bits = to_whole(info[1], "bits", 8, 32);
    if (what == "mask") {
      return grey_job<uint8_t>(env, map_,
                               [](const CellMap& map, int64_t count, uint8_t* out) { grey_mask(map.mask.get(), count, out); });
    }
    if (what == "labels" && bits == 32) {
      return grey_job<uint32_t>(
          env, map_, [](const CellMap& map, int64_t count, uint32_t* out) { grey_labels(map.labels.get(), count, out); });
    }
    if (what == "labels") {
      return grey_job<uint16_t>(
          env, map_, [](const CellMap& map, int64_t count, uint16_t* out) { grey_labels(map.labels.get(), count, out); });
    }
    if (bits == 8) {
      return grey_job<uint8_t>(env, map_, [](const CellMap& map, int64_t count, uint8_t* out) {
        grey_probability(map.probability.get(), count, out);
      });
    }
    return grey_job<uint16_t>(env, map_, [](const CellMap& map, int64_t count, uint16_t* out) {
      grey_probability(map.probability.get(), count, out);
    });
  });
}

// Five numbers a cell: perimeter, eccentricity, mean red, green and blue.
Napi::Value CellMapObject::regions(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto work = [map = map_](JobContext&) {
      const auto labels = map->labels_now();
      return measure_regions(labels.get(), map->rgb.get(), map->size.height, map->size.width,
                             static_cast<int32_t>(map->cells.size()));
    };
    using Regions = std::vector<Region>;
    return Environment::of(env).start<Regions>(
        env, work, [](Napi::Env loop, Regions& regions) -> Napi::Value { return region_values(loop, regions); });
  });
}

// overlay([red, green, blue])
Napi::Value CellMapObject::overlay(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    if (!map_->rgb) throw Error("ACINUS_INVALID_ARGUMENT", "There is no image to draw on.");
    const auto colour = read_colour(info[0]);
    using Output = std::shared_ptr<OutputArray<uint8_t>>;
    const auto output = std::make_shared<OutputArray<uint8_t>>(env, static_cast<size_t>(3 * map_->size.pixels()));
    const auto work = [map = map_, output, colour](JobContext&) {
      paint_outlines(map->labels.get(), map->rgb.get(), map->size.height, map->size.width, colour, output->data());
      return output;
    };
    return Environment::of(env).start<Output>(env, work, [](Napi::Env, Output& done) -> Napi::Value { return done->value(); });
  });
}

}  // namespace acinus::binding

#include "binding/intensity.h"

#include <memory>

#include "binding/environment.h"
#include "binding/output_array.h"
#include "binding/pixels.h"
#include "binding/sample_store.h"
#include "core/data/brightness.h"
#include "core/image/intensity.h"

namespace acinus::binding {

namespace {

constexpr int64_t kMostChannels = 4096;

// An image as a job reads it: a copy, since JavaScript goes on. Shared, since a job's closure is copied.
template <class T>
struct Image {
  Channels channels;
  std::vector<T> values;
};

// (values, channels, height, width, picks)
template <class T>
std::shared_ptr<const Image<T>> read_image(const Napi::CallbackInfo& info) {
  const ImageSize size = read_size(info[2], info[3]);
  const int64_t count = to_whole(info[1], "channels", 1, kMostChannels);
  Channels channels{size.height, size.width, count, integers(info[4], "picks")};
  if (channels.picks.empty() || channels.picks.size() > 3) refuse(info[4], "picks", "a list of one to three channels");
  for (const int64_t pick : channels.picks) {
    if (pick < 0 || pick >= count) refuse(info[4], "picks", "channels of the image");
  }
  const auto values = read_array<T>(info[0], "values", size.pixels() * count);
  return std::make_shared<Image<T>>(Image<T>{std::move(channels), {values.begin(), values.end()}});
}

// Calls body(T{}) for the type of a typed array of numbers.
template <class Body>
Napi::Value with_type(const Napi::Value& values, Body&& body) {
  if (is_array_of<uint8_t>(values)) return body(uint8_t{});
  if (is_array_of<int8_t>(values)) return body(int8_t{});
  if (is_array_of<uint16_t>(values)) return body(uint16_t{});
  if (is_array_of<int16_t>(values)) return body(int16_t{});
  if (is_array_of<uint32_t>(values)) return body(uint32_t{});
  if (is_array_of<int32_t>(values)) return body(int32_t{});
  if (is_array_of<float>(values)) return body(float{});
  if (is_array_of<double>(values)) return body(double{});
  refuse(values, "values", "a typed array of numbers");
}

// Counts that JavaScript gets, and what else is known of them.
template <class Count>
struct Measured {
  std::shared_ptr<OutputArray<Count>> counts;
  Spread spread;

  Napi::Value value(Napi::Env env) const {
    const auto out = Napi::Object::New(env);
    out.Set("counts", counts->value());
    out.Set("notFinite", static_cast<double>(spread.not_finite));
    out.Set("minimum", spread.minimum);
    out.Set("maximum", spread.maximum);
    out.Set("noise", double_array(env, spread.noise));
    return out;
  }
};

template <class Count>
Napi::Value start(Napi::Env env, std::function<Measured<Count>(JobContext&)> work) {
  using Result = Measured<Count>;
  return Environment::of(env).start<Result>(env, std::move(work),
                                            [](Napi::Env loop, Result& done) -> Napi::Value { return done.value(loop); });
}

// measureIntensity(values, channels, height, width, picks)
Napi::Value measured(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    return with_type(info[0], [&]<class T>(T) -> Napi::Value {
      const auto image = read_image<T>(info);
      const size_t bins = image->channels.picks.size() * static_cast<size_t>(intensity_bins<T>());
      const auto counts = std::make_shared<OutputArray<uint32_t>>(env, bins);
      return start<uint32_t>(env, [image, counts](JobContext&) {
        return Measured<uint32_t>{counts, measure_intensity(image->values.data(), image->channels, counts->data())};
      });
    });
  });
}

// measureStore(store, indices): of all images together; noise three to an image
Napi::Value store_measured(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto store = unwrap_sample_store(info[0], "store");
    const auto indices = std::make_shared<std::vector<int64_t>>(integers(info[1], "indices"));
    const auto counts = std::make_shared<OutputArray<double>>(env, 3 * static_cast<size_t>(intensity_bins<uint8_t>()));
    return start<double>(env, [store, indices, counts](JobContext&) {
      return Measured<double>{counts, measure_samples(*store, *indices, counts->data())};
    });
  });
}

std::vector<Window> read_windows(const Napi::Value& value, size_t count) {
  const auto numbers = read_array<double>(value, "windows", 4 * static_cast<int64_t>(count));
  std::vector<Window> windows;
  for (size_t i = 0; i < numbers.size(); i += 4) {
    windows.push_back({numbers[i], numbers[i + 1], numbers[i + 2], numbers[i + 3]});
  }
  return windows;
}

// mapIntensity(values, channels, height, width, picks, windows, fill, hot)
Napi::Value mapped(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    return with_type(info[0], [&]<class T>(T) -> Napi::Value {
      using Output = std::shared_ptr<OutputArray<uint8_t>>;
      const auto image = read_image<T>(info);
      const auto windows = read_windows(info[5], image->channels.picks.size());
      const double fill = to_number(info[6], "fill");
      const bool hot = to_boolean(info[7], "hot");
      const auto output = std::make_shared<OutputArray<uint8_t>>(env, 3 * static_cast<size_t>(image->channels.pixels()));
      const auto work = [image, windows, fill, hot, output](JobContext&) {
        map_intensity(image->values.data(), image->channels, windows, fill, hot, output->data());
        return output;
      };
      return Environment::of(env).start<Output>(env, work,
                                                [](Napi::Env, Output& done) -> Napi::Value { return done->value(); });
    });
  });
}

}  // namespace

void add_intensity_functions(Napi::Env env, Napi::Object exports) {
  exports.Set("measureIntensity", Napi::Function::New(env, measured, "measureIntensity"));
  exports.Set("measureStore", Napi::Function::New(env, store_measured, "measureStore"));
  exports.Set("mapIntensity", Napi::Function::New(env, mapped, "mapIntensity"));
}

}  // namespace acinus::binding

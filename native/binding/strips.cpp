#include "binding/strips.h"

#include <atomic>
#include <mutex>

#include "binding/cell_values.h"
#include "binding/environment.h"
#include "binding/members.h"
#include "binding/options.h"
#include "binding/output_array.h"
#include "binding/predictor.h"
#include "binding/progress.h"
#include "binding/tensors.h"
#include "core/error.h"
#include "core/image/grey.h"
#include "core/predict/predictor.h"
#include "core/predict/rescaled.h"

namespace acinus::binding {

struct StripPredictorObject::State {
  std::vector<std::shared_ptr<Segmenter>> segmenters;
  Precision precision;
  int64_t width;
  std::mutex mutex;  // of the predictor, which one job at a time works on
  RescaledStripPredictor predictor;
  const std::vector<int64_t> strips;
  const int64_t tiles;
  size_t given = 0;                 // strips, by the event loop
  std::atomic<int64_t> skipped{0};  // known without waiting for a job

  State(std::vector<std::shared_ptr<Segmenter>> networks, const ImageSize& size, double scale, const PredictOptions& options)
      : segmenters(std::move(networks)),
        precision(options.precision),
        width(size.width),
        predictor(members_of(segmenters), size.height, size.width, scale, options),
        strips(predictor.strips()),
        tiles(predictor.tiles()) {}
};

void StripPredictorObject::install(Napi::Env env, Napi::Object exports) {
  exports.Set("StripPredictor", DefineClass(env, "StripPredictor",
                                            {InstanceMethod<&StripPredictorObject::next>("next"),
                                             InstanceMethod<&StripPredictorObject::strips>("strips"),
                                             InstanceMethod<&StripPredictorObject::tiles>("tiles"),
                                             InstanceMethod<&StripPredictorObject::skipped>("skipped"),
                                             InstanceMethod<&StripPredictorObject::close>("close")}));
}

std::shared_ptr<StripPredictorObject::State> StripPredictorObject::open() const {
  if (!state_) throw Error("ACINUS_CLOSED", "This prediction was closed and cannot be used any more.");
  return state_;
}

void StripPredictorObject::close(const Napi::CallbackInfo&) { state_.reset(); }

// new StripPredictor(segmenter, height, width, options)
StripPredictorObject::StripPredictorObject(const Napi::CallbackInfo& info) : Handle(info) {
  guarded(info.Env(), [&] {
    const auto given = to_object(info[3], "options");
    state_ = std::make_shared<State>(SegmenterObject::unwrap_all(info[0]), read_size(info[1], info[2]), number(given, "scale"),
                                     predict_options(given));
  });
}

// next(rgb, onProgress)
Napi::Value StripPredictorObject::next(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto state = open();
    if (state->given == state->strips.size()) throw Error("ACINUS_INVALID_ARGUMENT", "All rows of the image were given.");
    const Tensor rgb = rgb_copy(info[0], {state->strips[state->given], state->width})[0];
    auto progress = std::make_shared<Progress>(to_function(info[1], "onProgress"));
    ++state->given;
    using Found = RescaledStripPredictor::Found;
    const auto work = [state, rgb, progress](JobContext& context) {
      const std::lock_guard lock(state->mutex);
      const Members members = members_of(state->segmenters);
      const InferenceScopes scopes(members, state->precision);
      const Found found = state->predictor.next(members, rgb, context.stop, progress->on(context));
      state->skipped = state->predictor.skipped();
      return found;
    };
    return Environment::of(env).start<Found>(env, work, [](Napi::Env loop, Found& found) -> Napi::Value {
      const auto out = Napi::Object::New(loop);
      out.Set("own", tensor_floats(loop, found.own));
      if (found.seen.defined()) out.Set("seen", tensor_floats(loop, found.seen));
      return out;
    });
  });
}

namespace {

template <class Read>
Napi::Value number_of(const Napi::CallbackInfo& info, Read read) {
  return guarded(info.Env(), [&] { return Napi::Number::New(info.Env(), static_cast<double>(read())); });
}

}  // namespace

Napi::Value StripPredictorObject::strips(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto state = open();
    return number_list(info.Env(), state->strips.data(), state->strips.size());
  });
}

Napi::Value StripPredictorObject::tiles(const Napi::CallbackInfo& info) {
  return number_of(info, [&] { return open()->tiles; });
}

Napi::Value StripPredictorObject::skipped(const Napi::CallbackInfo& info) {
  return number_of(info, [&] { return open()->skipped.load(); });
}

struct StripCellsObject::State {
  ImageSize size;
  int64_t seen_width = 0;                        // of a rescaled image
  std::mutex mutex;                              // of the cells, which one job at a time works on
  std::unique_ptr<RescaledStripCells> rescaled;  // until a rescaled image is finished
  std::unique_ptr<StripCells> cells;

  State(const ImageSize& of, double threshold, const SeparationOptions& separation)
      : size(of), cells(std::make_unique<StripCells>(of.height, of.width, threshold, separation)) {}
  State(const ImageSize& of, const ImageSize& seen, double threshold, const SeparationOptions& separation)
      : State(of, threshold, separation) {
    seen_width = seen.width;
    rescaled = std::make_unique<RescaledStripCells>(of.height, of.width, seen.height, seen.width, threshold, separation);
  }
};

void StripCellsObject::install(Napi::Env env, Napi::Object exports) {
  exports.Set(
      "StripCells",
      DefineClass(
          env, "StripCells",
          {InstanceMethod<&StripCellsObject::add>("add"), InstanceMethod<&StripCellsObject::finish>("finish"),
           InstanceMethod<&StripCellsObject::labels>("labels"), InstanceMethod<&StripCellsObject::mask>("mask"),
           InstanceMethod<&StripCellsObject::grey>("grey"), InstanceMethod<&StripCellsObject::outlines>("outlines"),
           InstanceMethod<&StripCellsObject::regions>("regions"), InstanceMethod<&StripCellsObject::run_lengths>("runLengths"),
           InstanceMethod<&StripCellsObject::look>("look"), InstanceMethod<&StripCellsObject::overlay>("overlay"),
           InstanceMethod<&StripCellsObject::close>("close")}));
}

// new StripCells(height, width, {threshold, separation}, {height, width}?)
StripCellsObject::StripCellsObject(const Napi::CallbackInfo& info) : Handle(info) {
  guarded(info.Env(), [&] {
    const auto rule = to_object(info[2], "rule");
    const auto separation = read_separation_options(object(rule, "separation"));
    const double threshold = number(rule, "threshold");
    const ImageSize size = read_size(info[0], info[1]);
    if (info[3].IsUndefined()) {
      state_ = std::make_shared<State>(size, threshold, separation);
    } else {
      const auto seen = to_object(info[3], "seen");
      state_ = std::make_shared<State>(size, read_size(seen.Get("height"), seen.Get("width")), threshold, separation);
    }
  });
}

std::shared_ptr<StripCellsObject::State> StripCellsObject::open() const {
  if (!state_) throw Error("ACINUS_CLOSED", "These cells were closed and cannot be used any more.");
  return state_;
}

namespace {

// Whole rows of so many values, copied.
template <class T>
std::shared_ptr<std::vector<T>> image_rows(const Napi::Value& value, const char* name, int64_t width) {
  const auto given = read_array<T>(value, name);
  if (static_cast<int64_t>(given.size()) % width != 0) refuse(value, name, "whole rows of the image");
  return std::make_shared<std::vector<T>>(given.begin(), given.end());
}

}  // namespace

// add(probability, seen?)
Napi::Value StripCellsObject::add(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto state = open();
    const int64_t width = state->size.width, seen_width = state->seen_width;
    const auto own = image_rows<float>(info[0], "probability", width);
    const auto seen = seen_width > 0 ? image_rows<float>(info[1], "seen", seen_width) : nullptr;
    const auto work = [state, own, seen, width, seen_width](JobContext&) {
      const std::lock_guard lock(state->mutex);
      const int64_t rows = static_cast<int64_t>(own->size()) / width;
      if (state->rescaled) {
        state->rescaled->add(own->data(), rows, seen->data(), static_cast<int64_t>(seen->size()) / seen_width);
      } else {
        state->cells->add(own->data(), rows);
      }
      return true;
    };
    return Environment::of(env).start<bool>(env, work, [](Napi::Env loop, bool&) -> Napi::Value { return loop.Undefined(); });
  });
}

// grey(probability)
Napi::Value StripCellsObject::grey(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    using Output = std::shared_ptr<OutputArray<uint8_t>>;
    const auto given = read_array<float>(info[0], "probability");
    const auto output = std::make_shared<OutputArray<uint8_t>>(env, given.size());
    const auto work = [output, probability = std::make_shared<std::vector<float>>(given.begin(), given.end())](JobContext&) {
      grey_probability(probability->data(), static_cast<int64_t>(probability->size()), output->data());
      return output;
    };
    return Environment::of(env).start<Output>(env, work, [](Napi::Env, Output& done) -> Napi::Value { return done->value(); });
  });
}

// finish()
Napi::Value StripCellsObject::finish(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto work = [state = open()](JobContext&) {
      const std::lock_guard lock(state->mutex);
      if (state->rescaled) {
        state->cells = state->rescaled->finish();
        state->rescaled.reset();
      } else {
        state->cells->finish();
      }
      return state;
    };
    return Environment::of(env).start<std::shared_ptr<State>>(env, work,
                                                              [](Napi::Env loop, std::shared_ptr<State>& state) -> Napi::Value {
                                                                return cell_measures(loop, state->cells->cells());
                                                              });
  });
}

namespace {

// A job that fills an array with values of `rows` rows from `top` on.
template <class T, class State, class Fill>
Napi::Value rows_job(const Napi::CallbackInfo& info, std::shared_ptr<State> state, Fill fill) {
  using Output = std::shared_ptr<OutputArray<T>>;
  const Napi::Env env = info.Env();
  const int64_t top = to_whole(info[0], "top", 0, state->size.height);
  const int64_t rows = to_whole(info[1], "rows", 0, state->size.height - top);
  const auto output = std::make_shared<OutputArray<T>>(env, static_cast<size_t>(rows * state->size.width));
  const auto work = [state, top, rows, output, fill](JobContext&) {
    const std::lock_guard lock(state->mutex);
    fill(*state->cells, top, rows, output->data());
    return output;
  };
  return Environment::of(env).start<Output>(env, work, [](Napi::Env, Output& done) -> Napi::Value { return done->value(); });
}

}  // namespace

// labels(top, rows)
Napi::Value StripCellsObject::labels(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return rows_job<int32_t>(
        info, open(), [](const StripCells& cells, int64_t top, int64_t rows, int32_t* out) { cells.labels(top, rows, out); });
  });
}

// mask(top, rows)
Napi::Value StripCellsObject::mask(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return rows_job<uint8_t>(
        info, open(), [](const StripCells& cells, int64_t top, int64_t rows, uint8_t* out) { cells.mask(top, rows, out); });
  });
}

namespace {

// A job on the cells first … last.
template <class Found, class State, class Find, class Convert>
Napi::Value cells_job(const Napi::CallbackInfo& info, std::shared_ptr<State> state, Find find, Convert convert) {
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  const auto first = static_cast<int32_t>(to_whole(info[0], "first", 1, kMost));
  const auto last = static_cast<int32_t>(to_whole(info[1], "last", 0, kMost));
  const auto work = [state, first, last, find](JobContext&) {
    const std::lock_guard lock(state->mutex);
    return find(*state->cells, first, last);
  };
  return Environment::of(info.Env()).start<Found>(info.Env(), work, [convert](Napi::Env loop, Found& found) -> Napi::Value {
    return convert(loop, found);
  });
}

}  // namespace

// outlines(first, last)
Napi::Value StripCellsObject::outlines(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto find = [](const StripCells& cells, int32_t first, int32_t last) { return cells.outlines(first, last); };
    return cells_job<Outlines>(info, open(), find, outlines_object);
  });
}

// regions(first, last)
Napi::Value StripCellsObject::regions(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto find = [](const StripCells& cells, int32_t first, int32_t last) { return cells.regions(first, last); };
    return cells_job<std::vector<Region>>(info, open(), find, region_values);
  });
}

// runLengths(first, last)
Napi::Value StripCellsObject::run_lengths(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto find = [](const StripCells& cells, int32_t first, int32_t last) { return cells.run_lengths(first, last); };
    return cells_job<std::vector<std::string>>(info, open(), find, text_list);
  });
}

// look(rgb)
Napi::Value StripCellsObject::look(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto state = open();
    const auto rgb = image_rows<uint8_t>(info[0], "rgb", 3 * state->size.width);
    const auto work = [state, rgb](JobContext&) {
      const std::lock_guard lock(state->mutex);
      state->cells->look(rgb->data(), static_cast<int64_t>(rgb->size()) / (3 * state->size.width));
      return true;
    };
    return Environment::of(env).start<bool>(env, work, [](Napi::Env loop, bool&) -> Napi::Value { return loop.Undefined(); });
  });
}

// overlay(top, rgb, [red, green, blue])
Napi::Value StripCellsObject::overlay(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    using Output = std::shared_ptr<OutputArray<uint8_t>>;
    const auto state = open();
    const int64_t top = to_whole(info[0], "top", 0, state->size.height);
    const auto rgb = image_rows<uint8_t>(info[1], "rgb", 3 * state->size.width);
    const auto colour = read_colour(info[2]);
    const auto output = std::make_shared<OutputArray<uint8_t>>(env, rgb->size());
    const auto work = [state, top, rgb, colour, output](JobContext&) {
      const std::lock_guard lock(state->mutex);
      const int64_t rows = static_cast<int64_t>(rgb->size()) / (3 * state->size.width);
      state->cells->paint_outlines(top, rows, rgb->data(), colour, output->data());
      return output;
    };
    return Environment::of(env).start<Output>(env, work, [](Napi::Env, Output& done) -> Napi::Value { return done->value(); });
  });
}

void StripCellsObject::close(const Napi::CallbackInfo&) { state_.reset(); }

}  // namespace acinus::binding

#include "binding/cells.h"

#include <algorithm>

#include "core/error.h"
#include "core/image/grey.h"
#include "core/image/outlines.h"
#include "core/image/run_lengths.h"

namespace acinus::binding {

CellsOutput::CellsOutput(Napi::Env env, const ImageSize& size)
    : size_(size), mask_(env, static_cast<size_t>(size.pixels())), labels_(env, static_cast<size_t>(size.pixels())) {}

void CellsOutput::find(const float* probability, double threshold) {
  cells_ = find_cells(probability, size_.height, size_.width, threshold, mask_.data(), labels_.data());
}

void CellsOutput::set(Napi::Env env, Napi::Object& out) const {
  std::vector<double> measures;
  measures.reserve(8 * cells_.size());
  for (const Cell& cell : cells_) {
    for (const double value :
         {static_cast<double>(cell.area), cell.x, cell.y, static_cast<double>(cell.left), static_cast<double>(cell.top),
          static_cast<double>(cell.right - cell.left + 1), static_cast<double>(cell.bottom - cell.top + 1), cell.score}) {
      measures.push_back(value);
    }
  }
  out.Set("mask", mask_.value());
  out.Set("labels", labels_.value());
  out.Set("measures", double_array(env, measures));
}

namespace {

// Labels as a job reads them: a copy, since JavaScript goes on. Shared, since a job's closure is copied and hundreds of
// megabytes must not be.
struct Labelled {
  ImageSize size;
  int32_t count;
  std::vector<int32_t> labels;

  void check() const {
    const auto wrong = std::find_if(labels.begin(), labels.end(), [&](int32_t label) { return label < 0 || label > count; });
    if (wrong == labels.end()) return;
    throw Error("ACINUS_INVALID_ARGUMENT",
                "labels holds " + std::to_string(*wrong) + "; they must be 0 to " + std::to_string(count) + ".",
                {.value = static_cast<double>(*wrong)});
  }
};

// (labels, height, width, count)
std::shared_ptr<const Labelled> read_labels(const Napi::CallbackInfo& info) {
  const ImageSize size = read_size(info[1], info[2]);
  const auto count = static_cast<int32_t>(to_whole(info[3], "count", 0, std::numeric_limits<int32_t>::max()));
  const auto labels = read_array<int32_t>(info[0], "labels", size.pixels());
  return std::make_shared<Labelled>(Labelled{size, count, {labels.begin(), labels.end()}});
}

// findCells(probability, height, width, threshold)
Napi::Value cells_found(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const ImageSize size = read_size(info[1], info[2]);
    const auto given = read_array<float>(info[0], "probability", size.pixels());
    const auto output = std::make_shared<CellsOutput>(env, size);
    const auto work = [probability = std::make_shared<std::vector<float>>(given.begin(), given.end()),
                       threshold = to_number(info[3], "threshold"), output](JobContext&) {
      output->find(probability->data(), threshold);
      return output;
    };
    return Environment::of(env).start<std::shared_ptr<CellsOutput>>(
        env, work, [](Napi::Env loop, std::shared_ptr<CellsOutput>& found) -> Napi::Value {
          auto out = Napi::Object::New(loop);
          found->set(loop, out);
          return out;
        });
  });
}

// outlines(labels, height, width, count)
Napi::Value outlines_traced(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto work = [given = read_labels(info)](JobContext&) {
      given->check();
      return trace_outlines(given->labels.data(), given->size.height, given->size.width, given->count);
    };
    return Environment::of(env).start<Outlines>(env, work, [](Napi::Env loop, Outlines& traced) -> Napi::Value {
      const auto out = Napi::Object::New(loop);
      out.Set("corners", int_array(loop, traced.corners));
      out.Set("ringStarts", double_array(loop, traced.ring_starts));
      out.Set("polygonStarts", double_array(loop, traced.polygon_starts));
      out.Set("cellStarts", double_array(loop, traced.cell_starts));
      return out;
    });
  });
}

// runLengths(labels, height, width, count)
Napi::Value runs_compressed(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto work = [given = read_labels(info)](JobContext&) {
      given->check();
      return run_lengths(given->labels.data(), given->size.height, given->size.width, given->count);
    };
    return Environment::of(env).start<std::vector<std::string>>(
        env, work, [](Napi::Env loop, std::vector<std::string>& runs) -> Napi::Value { return text_list(loop, runs); });
  });
}

// A job that turns a copy of `from` into as many values of another type.
template <class To, class From, class Convert>
Napi::Value grey_job(Napi::Env env, std::span<const From> from, Convert convert) {
  using Output = std::shared_ptr<OutputArray<To>>;
  const auto output = std::make_shared<OutputArray<To>>(env, from.size());
  const auto work = [values = std::make_shared<std::vector<From>>(from.begin(), from.end()), output, convert](JobContext&) {
    convert(values->data(), static_cast<int64_t>(values->size()), output->data());
    return output;
  };
  return Environment::of(env).start<Output>(env, work, [](Napi::Env, Output& done) -> Napi::Value { return done->value(); });
}

// greyPixels(values, bits)
Napi::Value grey_pixels(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const int64_t bits = to_whole(info[1], "bits", 8, 16);
    if (is_array_of<uint8_t>(info[0])) return grey_job<uint8_t>(env, read_array<uint8_t>(info[0], "mask"), grey_mask);
    if (is_array_of<int32_t>(info[0])) return grey_job<uint16_t>(env, read_array<int32_t>(info[0], "labels"), grey_labels);
    const auto probability = read_array<float>(info[0], "probability");
    if (bits == 8) {
      return grey_job<uint8_t>(env, probability,
                               [](const float* values, int64_t count, uint8_t* out) { grey_probability(values, count, out); });
    }
    return grey_job<uint16_t>(env, probability,
                              [](const float* values, int64_t count, uint16_t* out) { grey_probability(values, count, out); });
  });
}

}  // namespace

void add_cell_functions(Napi::Env env, Napi::Object exports) {
  exports.Set("findCells", Napi::Function::New(env, cells_found, "findCells"));
  exports.Set("outlines", Napi::Function::New(env, outlines_traced, "outlines"));
  exports.Set("runLengths", Napi::Function::New(env, runs_compressed, "runLengths"));
  exports.Set("greyPixels", Napi::Function::New(env, grey_pixels, "greyPixels"));
}

}  // namespace acinus::binding

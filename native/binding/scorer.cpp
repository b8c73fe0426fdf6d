#include "binding/scorer.h"

#include "binding/cell_map.h"
#include "binding/cell_values.h"
#include "binding/environment.h"
#include "binding/evaluation_result.h"
#include "binding/pixels.h"
#include "binding/sample_store.h"

namespace acinus::binding {

void ScorerObject::install(Napi::Env env, Napi::Object exports) {
  exports.Set("Scorer",
              DefineClass(env, "Scorer",
                          {InstanceMethod<&ScorerObject::add>("add"), InstanceMethod<&ScorerObject::add_found>("addFound"),
                           InstanceMethod<&ScorerObject::summary>("summary")}));
}

namespace {

// Four numbers a cell: partner, IoU, and how many it holds and lies beside.
Napi::Float64Array fate_values(Napi::Env env, const std::vector<CellFate>& fates) {
  std::vector<double> values;
  values.reserve(4 * fates.size());
  for (const CellFate& fate : fates) {
    for (const double value :
         {static_cast<double>(fate.partner), fate.iou, static_cast<double>(fate.holds), static_cast<double>(fate.beside)}) {
      values.push_back(value);
    }
  }
  return double_array(env, values);
}

}  // namespace

ScorerObject::ScorerObject(const Napi::CallbackInfo& info) : Handle(info) {}

// add(store, index, labels, height, width, toldApart, emptyScore)
Napi::Value ScorerObject::add(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const ImageSize size = read_size(info[3], info[4]);
    const auto given = read_array<int32_t>(info[2], "labels", size.pixels());
    const auto work = [scorer = scorer_, store = unwrap_sample_store(info[0], "store"), index = to_whole(info[1], "index", 0),
                       labels = std::make_shared<std::vector<int32_t>>(given.begin(), given.end()), size,
                       told_apart = to_boolean(info[5], "toldApart"),
                       empty_score = to_number(info[6], "emptyScore")](JobContext&) {
      scorer->add(*store, index, *labels, size.height, size.width, told_apart, empty_score);
      return true;
    };
    return Environment::of(env).start<bool>(env, work, [](Napi::Env loop, bool&) -> Napi::Value { return loop.Undefined(); });
  });
}

// addFound(store, index, map, emptyScore)
Napi::Value ScorerObject::add_found(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto work = [scorer = scorer_, store = unwrap_sample_store(info[0], "store"), index = to_whole(info[1], "index", 0),
                       map = CellMapObject::map_of(info[2]), empty_score = to_number(info[3], "emptyScore")](JobContext&) {
      const auto labels = map->labels_now();
      const FoundCells found{.probability = map->probability.get(),
                             .mask = map->mask.get(),
                             .labels = labels.get(),
                             .height = map->size.height,
                             .width = map->size.width};
      return scorer->add_found(*store, index, found, empty_score);
    };
    return Environment::of(env).start<ScoredCells>(env, work, [](Napi::Env loop, ScoredCells& cells) -> Napi::Value {
      Napi::Object out = Napi::Object::New(loop);
      out.Set("truth", cell_measures(loop, cells.truth));
      out.Set("trueFates", fate_values(loop, cells.fates.truth));
      out.Set("predictedFates", fate_values(loop, cells.fates.predicted));
      return out;
    });
  });
}

// summary({threshold, emptyScore, bootstrapRounds, seed})
Napi::Value ScorerObject::summary(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto given = to_object(info[0], "options");
    const SummaryOptions options{.threshold = number(given, "threshold"),
                                 .measure = {.pixel_only = false, .empty_score = number(given, "emptyScore")},
                                 .bootstrap_rounds = integer(given, "bootstrapRounds"),
                                 .seed = seed_value(given, "seed")};
    const auto work = [scorer = scorer_, options](JobContext&) { return scorer->summary(options); };
    return Environment::of(env).start<Evaluation>(
        env, work, [](Napi::Env loop, Evaluation& result) -> Napi::Value { return to_js(loop, result); });
  });
}

}  // namespace acinus::binding

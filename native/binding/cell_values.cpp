#include "binding/cell_values.h"

namespace acinus::binding {

Napi::Float64Array cell_measures(Napi::Env env, const std::vector<Cell>& cells) {
  std::vector<double> measures;
  measures.reserve(8 * cells.size());
  for (const Cell& cell : cells) {
    for (const double value :
         {static_cast<double>(cell.area), cell.x, cell.y, static_cast<double>(cell.left), static_cast<double>(cell.top),
          static_cast<double>(cell.right - cell.left + 1), static_cast<double>(cell.bottom - cell.top + 1), cell.score}) {
      measures.push_back(value);
    }
  }
  return double_array(env, measures);
}

Napi::Float64Array region_values(Napi::Env env, const std::vector<Region>& regions) {
  std::vector<double> values;
  values.reserve(5 * regions.size());
  for (const Region& region : regions) {
    values.push_back(region.perimeter);
    values.push_back(region.eccentricity);
    values.insert(values.end(), region.intensity.begin(), region.intensity.end());
  }
  return double_array(env, values);
}

std::array<uint8_t, 3> read_colour(const Napi::Value& value) {
  const auto given = integers(value, "colour");
  if (given.size() != 3) refuse(value, "colour", "three numbers from 0 to 255");
  std::array<uint8_t, 3> colour{};
  std::copy(given.begin(), given.end(), colour.begin());
  return colour;
}

Napi::Object outlines_object(Napi::Env env, const Outlines& traced) {
  const auto out = Napi::Object::New(env);
  out.Set("corners", int_array(env, traced.corners));
  out.Set("ringStarts", double_array(env, traced.ring_starts));
  out.Set("polygonStarts", double_array(env, traced.polygon_starts));
  out.Set("cellStarts", double_array(env, traced.cell_starts));
  return out;
}

}  // namespace acinus::binding

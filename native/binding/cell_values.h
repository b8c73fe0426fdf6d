// Cells and outlines as JavaScript takes them.
#pragma once

#include <array>

#include "binding/arguments.h"
#include "binding/js.h"
#include "core/image/cells.h"
#include "core/image/outlines.h"
#include "core/image/regions.h"

namespace acinus::binding {

Napi::Float64Array cell_measures(Napi::Env env, const std::vector<Cell>& cells);      // contract `NativeMeasures`
Napi::Float64Array region_values(Napi::Env env, const std::vector<Region>& regions);  // contract `NativeCellMap.regions`
Napi::Object outlines_object(Napi::Env env, const Outlines& traced);                  // contract `NativeOutlines`
std::array<uint8_t, 3> read_colour(const Napi::Value& value);                         // [red, green, blue]

}  // namespace acinus::binding

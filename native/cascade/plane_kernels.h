// The compiled cascades over two axes, as the rest of the extension sees them.
#pragma once

#include "plane_tables.h"

namespace subband {

template <class T>
using PlaneMap = void (*)(const PlaneTables<T>&, const PlaneMemory<T>&, const PlaneWork<T>&);

template <class T>
struct PlaneMaps {
    PlaneMap<T> forward, backward;
};

struct PlaneKernels {
    PlaneMaps<float> narrow;
    PlaneMaps<double> wide;
};

}  // namespace subband

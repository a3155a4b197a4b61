// The compiled cascades over one axis, as the rest of the extension sees them.
#pragma once

#include "line_tables.h"

namespace subband {

template <class T>
struct LineMaps {
    void (*forward)(const T* x, T* out, LineHeld<T>, const LineTables<T>&, const LineMemory<T>&, const LineWork&);
    void (*backward)(const T* x, const T* given, LineHeld<T>, T* out, const LineTables<T>&, const LineMemory<T>&,
                     const LineWork&);
};

struct LineKernels {
    LineMaps<float> narrow;
    LineMaps<double> wide;
};

}  // namespace subband

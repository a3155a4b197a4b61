// The compiled joint scattering, as the rest of the extension sees it.
#pragma once

#include "tables.h"

namespace subband {

template <class T>
struct JointMaps {
    void (*scalogram)(const T* x, const LineTables<T>&, const LineMemory<T>&, Index first, Index last,
                      const Kept* kept, T* y, T* smooth);
    void (*patterns)(const T* y, const PatternTables<T>&, const PatternMemory<T>&, T* averaged);
};

struct JointKernels {
    JointMaps<float> narrow;
    JointMaps<double> wide;
};

}  // namespace subband

// The compiled undecimated filter banks, as the rest of the extension sees them.
#pragma once

#include "tables.h"

namespace subband {

template <class T>
struct DilatedMaps {
    /// out ← the bands of x: the approximation, then the details from coarse to fine.
    void (*analyse)(const T* x, T* out, const DilatedTables<T>& t, const DilatedScratch<T>& scratch);
    /// y ← the approximation of level `least` (0 is the signal) from the bands of all levels.
    void (*synthesise)(const T* bands, T* y, Index least, const DilatedTables<T>& t, const DilatedScratch<T>& scratch);
};

struct DilatedKernels {
    DilatedMaps<float> narrow;
    DilatedMaps<double> wide;
};

}  // namespace subband

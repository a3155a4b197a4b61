// The compiled loops of analytic filters, as the rest of the extension sees them.
#pragma once

#include "tables.h"

namespace subband {

template <class T>
struct AnalyticLoops {
    void (*find_bands)(const T* bank, Index bins, T tail, Index* bands, Index start, Index stop);
    void (*multiply)(const Spectra<T>&, const Grid<T>&, const Filters<T>&, Items, Number<T>* products, Index points);
    void (*spread)(const Samples<T>&, const Grid<T>&, const Filters<T>&, Items);
};

struct AnalyticKernels {
    AnalyticLoops<float> narrow;
    AnalyticLoops<double> wide;
};

}  // namespace subband

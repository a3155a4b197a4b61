// The compiled filtered leaky ReLU, as the rest of the extension sees it.
#pragma once

#include "tables.h"

namespace subband {

template <class T>
using ReluMap = void (*)(const Pass<T>& pass, const Images<T>& images, const Rectifier<T>& f, Index start, Index stop,
                         const ReluScratch<T>& scratch);

struct ReluKernels {
    ReluMap<float> narrow;
    ReluMap<double> wide;
};

}  // namespace subband

// The compiled transforms, as the rest of the extension sees them.
#pragma once

#include "steps.h"

namespace subband {

template <class T>
struct FourierMaps {
    /// y ← the transforms down the columns of a plane of n × m numbers, imaginary parts `gap` numbers behind.
    void (*columns)(const T* x, T* y, Index gap, Index n, Index m, const Steps<T>& steps, T* work);
    /// y ← the transform of a sequence.
    void (*sequence)(const T* x, T* y, Index gap, const Sequence<T>& sequence, T* work);
};

struct FourierKernels {
    FourierMaps<float> narrow;
    FourierMaps<double> wide;
};

}  // namespace subband

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
    /// As in rows.h.
    void (*rows)(const T* x, T* y, Index rows, Index n, bool inverse, const Steps<T>& steps, T* work);
    void (*long_rows)(const T* x, T* y, Index rows, bool inverse, const Sequence<T>& sequence, T* work);
    void (*planes)(T* x, Index planes, Index n, Index m, bool inverse, const Steps<T>& steps, T* work);
    void (*real_rows)(const T* x, T* y, Index rows, Index n, const Steps<T>& steps, const T* turns, T* work);
    void (*half_rows)(const T* x, T* y, Index rows, Index n, const Steps<T>& steps, const T* turns, T* work);
};

struct FourierKernels {
    FourierMaps<float> narrow;
    FourierMaps<double> wide;
};

}  // namespace subband

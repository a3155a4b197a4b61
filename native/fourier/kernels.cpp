// The Fourier transforms for one instruction set.
#include "kernels.h"

#include "../instructions.h"
#include "rows.h"

namespace subband::SUBBAND_INSTRUCTIONS {

template <class T>
void plane_columns(const T* x, T* y, Index gap, Index n, Index m, const Steps<T>& steps, T* work) {
    columns<T>({x, gap, m}, {y, gap, m}, n, m, steps, work);
}

template <class T>
void whole_sequence(const T* x, T* y, Index gap, const Sequence<T>& sequence, T* work) {
    transform<T>({x, gap, 0}, {y, gap, 0}, sequence, work);
}

template <class T>
constexpr FourierMaps<T> TRANSFORMS{plane_columns<T>,     whole_sequence<T>,      transform_rows<T>,     transform_long_rows<T>,
                                    transform_planes<T>, transform_real_rows<T>, transform_half_rows<T>};

const FourierKernels& fourier_kernels() {
    static constexpr FourierKernels kernels{TRANSFORMS<float>, TRANSFORMS<double>};
    return kernels;
}

}  // namespace subband::SUBBAND_INSTRUCTIONS

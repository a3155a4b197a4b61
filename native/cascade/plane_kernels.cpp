// The cascades over two axes for one instruction set.
#include "plane_kernels.h"

#include "../instructions.h"
#include "plane_gradient.h"

namespace subband::SUBBAND_INSTRUCTIONS {

template <class T>
constexpr PlaneMaps<T> MAPS{forward<T>, backward<T>};

const PlaneKernels& plane_kernels() {
    static constexpr PlaneKernels kernels{MAPS<float>, MAPS<double>};
    return kernels;
}

}  // namespace subband::SUBBAND_INSTRUCTIONS

// The cascades over one axis for one instruction set.
#include "line_kernels.h"

#include "../instructions.h"
#include "line_gradient.h"

namespace subband::SUBBAND_INSTRUCTIONS {

template <class T>
constexpr LineMaps<T> LINES{line::forward<T>, line::backward<T>};

const LineKernels& line_kernels() {
    static constexpr LineKernels kernels{LINES<float>, LINES<double>};
    return kernels;
}

}  // namespace subband::SUBBAND_INSTRUCTIONS

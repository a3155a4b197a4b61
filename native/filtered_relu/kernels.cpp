// The filtered leaky ReLU for one instruction set.
#include "kernels.h"

#include "../instructions.h"
#include "loops.h"

namespace subband::SUBBAND_INSTRUCTIONS {

const ReluKernels& relu_kernels() {
    static constexpr ReluKernels kernels{rectify<float>, rectify<double>};
    return kernels;
}

}  // namespace subband::SUBBAND_INSTRUCTIONS

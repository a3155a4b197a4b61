// The search of the fractal codec for one instruction set.
#include "kernels.h"

#include "../instructions.h"
#include "search.h"

namespace subband::SUBBAND_INSTRUCTIONS {

const FractalKernels& fractal_kernels() {
    static constexpr FractalKernels kernels{PANEL, fill, nearest};
    return kernels;
}

}  // namespace subband::SUBBAND_INSTRUCTIONS

// Undecimated filter banks for one instruction set.
#include "kernels.h"

#include "../instructions.h"
#include "loops.h"

namespace subband::SUBBAND_INSTRUCTIONS {

template <class T>
constexpr DilatedMaps<T> DILATED{analyse<T>, synthesise<T>};

const DilatedKernels& dilated_kernels() {
    static constexpr DilatedKernels kernels{DILATED<float>, DILATED<double>};
    return kernels;
}

}  // namespace subband::SUBBAND_INSTRUCTIONS

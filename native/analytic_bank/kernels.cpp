// Analytic filters for one instruction set.
#include "kernels.h"

#include "../instructions.h"
#include "bands.h"
#include "blocks.h"

namespace subband::SUBBAND_INSTRUCTIONS {

template <class T>
constexpr AnalyticLoops<T> LOOPS{find_bands<T>, multiply<T>, spread<T>};

const AnalyticKernels& analytic_kernels() {
    static constexpr AnalyticKernels kernels{LOOPS<float>, LOOPS<double>};
    return kernels;
}

}  // namespace subband::SUBBAND_INSTRUCTIONS

// The kernels of each instruction set, and the set that this processor can run.
#pragma once

#include "cascade/plane_kernels.h"
#include "filterbank/kernels.h"

namespace subband {

/// All kernels, compiled for one instruction set.
struct Kernels {
    const char* name;
    Index register_bytes;  // of one vector register
    const FilterBankKernels& filterbank;
    const PlaneKernels& plane;
};

/// The kernels for the best instruction set of this processor, or for the one named by $SUBBAND_INSTRUCTIONS.
const Kernels& kernels();

#define SUBBAND_DECLARE(set)                        \
    namespace set {                                 \
    extern const Index register_bytes;              \
    const FilterBankKernels& filterbank_kernels();  \
    const PlaneKernels& plane_kernels();            \
    }
#include "instruction_sets.inc"
#undef SUBBAND_DECLARE

}  // namespace subband

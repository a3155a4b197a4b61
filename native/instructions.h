// The kernels of each instruction set, and the set that this processor can run.
#pragma once

#include "analytic_bank/kernels.h"
#include "best_path/kernels.h"
#include "filterbank/kernels.h"

namespace subband {

/// All kernels, compiled for one instruction set.
struct Kernels {
    const char* name;
    Index register_bytes;  // of one vector register
    const FilterBankKernels& filterbank;
    const AnalyticKernels& analytic;
    const BestPathKernels& best_path;
};

/// The kernels for the best instruction set of this processor, or for the one named by $SUBBAND_INSTRUCTIONS.
const Kernels& kernels();

#define SUBBAND_DECLARE(set)                        \
    namespace set {                                 \
    extern const Index register_bytes;              \
    const FilterBankKernels& filterbank_kernels();  \
    const AnalyticKernels& analytic_kernels();      \
    const BestPathKernels& best_path_kernels();     \
    }
#include "instruction_sets.inc"
#undef SUBBAND_DECLARE

}  // namespace subband

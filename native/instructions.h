// The kernels of each instruction set, and the set that this processor can run.
#pragma once

#include "analytic_bank/kernels.h"
#include "best_path/kernels.h"
#include "cascade/line_kernels.h"
#include "cascade/plane_kernels.h"
#include "dilated/kernels.h"
#include "filterbank/kernels.h"
#include "filtered_relu/kernels.h"
#include "fourier/kernels.h"
#include "fractal/kernels.h"
#include "joint/kernels.h"
#include "radon/kernels.h"

namespace subband {

/// All kernels, compiled for one instruction set.
struct Kernels {
    const char* name;
    Index register_bytes;  // of one vector register
    const AnalyticKernels& analytic;
    const BestPathKernels& best_path;
    const DilatedKernels& dilated;
    const FilterBankKernels& filterbank;
    const FourierKernels& fourier;
    const FractalKernels& fractal;
    const JointKernels& joint;
    const LineKernels& line;
    const PlaneKernels& plane;
    const RadonKernels& radon;
    const ReluKernels& relu;
};

/// The kernels for the best instruction set of this processor, or for the one named by $SUBBAND_INSTRUCTIONS.
const Kernels& kernels();

#define SUBBAND_DECLARE(set)                        \
    namespace set {                                 \
    extern const Index register_bytes;              \
    const AnalyticKernels& analytic_kernels();      \
    const BestPathKernels& best_path_kernels();     \
    const DilatedKernels& dilated_kernels();        \
    const FilterBankKernels& filterbank_kernels();  \
    const FourierKernels& fourier_kernels();        \
    const FractalKernels& fractal_kernels();        \
    const JointKernels& joint_kernels();            \
    const LineKernels& line_kernels();              \
    const PlaneKernels& plane_kernels();            \
    const RadonKernels& radon_kernels();            \
    const ReluKernels& relu_kernels();              \
    }
#include "instruction_sets.inc"
#undef SUBBAND_DECLARE

}  // namespace subband

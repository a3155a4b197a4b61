// Joint scattering for one instruction set.
#include "kernels.h"

#include "../instructions.h"
#include "patterns.h"
#include "scalogram.h"

namespace subband::SUBBAND_INSTRUCTIONS {

template <class T>
constexpr JointMaps<T> JOINT{joint::scalogram<T>, joint::patterns<T>};

const JointKernels& joint_kernels() {
    static constexpr JointKernels kernels{JOINT<float>, JOINT<double>};
    return kernels;
}

}  // namespace subband::SUBBAND_INSTRUCTIONS

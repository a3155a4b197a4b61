// Line integrals of images for one instruction set.
#include "kernels.h"

#include "../instructions.h"
#include "loops.h"

namespace subband::SUBBAND_INSTRUCTIONS {

template <class T>
constexpr RadonMaps<T> RADON{project_view<T>, spread_view<T>, smear_line<T>, project_ray<T>, smear_ray<T>};

const RadonKernels& radon_kernels() {
    static constexpr RadonKernels kernels{RADON<float>, RADON<double>};
    return kernels;
}

}  // namespace subband::SUBBAND_INSTRUCTIONS

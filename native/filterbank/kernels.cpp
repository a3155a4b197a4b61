// The filter banks for one instruction set.
#include "kernels.h"

#include "../instructions.h"
#include "maps.h"

namespace subband::SUBBAND_INSTRUCTIONS {

template <class T>
constexpr FilterBankMaps<T> MAPS{pyramid_analysis<T>, pyramid_synthesis<T>, tree_analysis<T>, tree_synthesis<T>};

const Index register_bytes = REGISTER;

const FilterBankKernels& filterbank_kernels() {
    static constexpr FilterBankKernels kernels{MAPS<float>, MAPS<double>};
    return kernels;
}

}  // namespace subband::SUBBAND_INSTRUCTIONS

// The search for the best path, for one instruction set.
#include "kernels.h"

#include "../instructions.h"
#include "path.h"

namespace subband::SUBBAND_INSTRUCTIONS {

const BestPathKernels& best_path_kernels() {
    static constexpr BestPathKernels kernels{forward<std::int8_t>, forward<std::int16_t>, forward<std::int32_t>};
    return kernels;
}

}  // namespace subband::SUBBAND_INSTRUCTIONS

// The compiled search for the best path, as the rest of the extension sees it.
#pragma once

#include <cstdint>

#include "../index.h"

namespace subband {

template <class Jump>
using BestPathForward = void (*)(const double* gain, Index steps, Index cells, const double* price, Index jumps,
                                 double* score, Jump* came, double* next);

struct BestPathKernels {
    BestPathForward<std::int8_t> small;
    BestPathForward<std::int16_t> middle;
    BestPathForward<std::int32_t> large;
};

}  // namespace subband

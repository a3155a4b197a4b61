// The compiled search of the fractal codec, as the rest of the extension sees it.
#pragma once

#include <cstdint>

#include "../index.h"

namespace subband {

/// Domains: blocks of n × n pixels of the reduced image at every `step` pixels, from a first position on.
struct DomainGrid {
    const float* reduced;
    Index stride;  // pixels in a row of the reduced image
    Index n, step, first_row, first_column, rows, columns;
};

/// The features of all domains: cosine coefficients of unit length, by classes of parity, and |s|max times their norm.
struct DomainFeatures {
    const float* unit;   // (panels, n² − 1, positions in a panel)
    const float* reach;  // (panels, positions in a panel)
    const Index* ends;   // [4] where each class of parity ends
    Index panels, length;
};

struct FractalKernels {
    Index positions;  // in a panel
    /// As `reference.features`; `scratch` has room for 2 n² panels.
    void (*fill)(const DomainGrid& grid, const float* basis, const Index* order, float limit, float* unit, float* reach,
                 float* scratch);
    void (*nearest)(const DomainFeatures& domains, const float* queries, Index start, Index stop, float* gain,
                    std::int32_t* place);
};

}  // namespace subband

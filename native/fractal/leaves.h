// Leaves of the quadtree of a plane, and what both sides of the codec know before them.
#pragma once

#include <cstdint>
#include <stdexcept>

#include "../index.h"

namespace subband {

inline constexpr int LEVELS = 5;  // leaves of 4, 8, 16, 32 and 64 pixels
inline constexpr int TERMS = 14;  // cosines of a leaf beside its mean, u + v of 1 … 4
inline constexpr int TOP = 5;     // their indices are below
inline constexpr Index SMALLEST = 4;
inline constexpr int FRACTION = 6;  // binary places of pixel values
inline constexpr std::int32_t WHITE = 255 << FRACTION;

struct Leaf {
    std::int32_t y, x, level;
    std::int32_t contrast, isometry, row, column;  // of the domain; no domain has contrast 0
    std::int32_t mean;                             // × 2^FRACTION
    std::int32_t terms[TERMS];                     // in steps
};
inline constexpr Index LEAF = sizeof(Leaf) / sizeof(std::int32_t);

struct PlaneHeader {
    std::int32_t height, width;                  // multiples of SMALLEST
    std::int32_t root;                           // level of the largest leaves
    std::int32_t step;                           // of the cosine terms, × 16
    std::int32_t contrasts;                      // positive contrasts
    std::int32_t window;                         // at most so many rows and columns of domains around a tile
    std::int32_t rows[LEVELS], columns[LEVELS];  // positions of domains at each level; 0 for none
};

struct Drawing {
    std::int32_t height, width, zoom;
    std::int32_t step;             // as above
    std::int32_t contrast;         // contrast 1, × 64
    std::int32_t spacing[LEVELS];  // of domains, in pixels of the reduced image
    std::int32_t smoothing;        // of the edges of leaves, 0 … 15
    std::int32_t iterations;       // at most
};

/// Leaves in one tile of pixels choose among the same domains.
inline constexpr Index TILE = 256;

/// The first of `window` of `positions` domains in a row (or column), which lie around the tile of a pixel.
inline std::int32_t first_domain(Index pixel, std::int32_t positions, std::int32_t window, Index extent) {
    if (positions <= window) return 0;
    const Index middle = (pixel / TILE * TILE + TILE / 2) * positions / extent;
    const Index first = middle - window / 2, last = positions - window;
    return std::int32_t(first < 0 ? 0 : first > last ? last : first);
}

/// The step of cosine terms in units of pixel values; that of means is as large in an orthonormal basis.
inline std::int32_t term_step(std::int32_t step) { return step << (FRACTION - 4); }
inline std::int32_t mean_step(std::int32_t step, Index n) {
    const std::int32_t fine = std::int32_t(term_step(step) / n), least = 1 << (FRACTION - 1);
    return fine < least ? least : fine;
}

}  // namespace subband

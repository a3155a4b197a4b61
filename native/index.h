// The type of sizes and offsets, and functions that are always inlined.
//
// Headers are compiled once for each instruction set. Of a function that is not inlined the linker keeps one copy, which
// must not be another set's: those that depend on the set are in its namespace, and all others use SUBBAND_INLINE.
#pragma once

#include <cstddef>

#define SUBBAND_INLINE inline __attribute__((always_inline))

namespace subband {

using Index = std::ptrdiff_t;

}  // namespace subband

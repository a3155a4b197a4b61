// Squares of one register's numbers a side, their rows and columns exchanged in registers.
#pragma once

#include <utility>

#include "lanes.h"

namespace subband::SUBBAND_INSTRUCTIONS {

/// Lanes of two rows whose halves of `half` lanes change places: the first row, or the second.
template <class T, int half, bool second, int... i>
SUBBAND_INLINE Lanes<T> exchanged(Lanes<T> a, Lanes<T> b, std::integer_sequence<int, i...>) {
    constexpr int n = int(count<T>);
    if constexpr (second) return {__builtin_shufflevector(a.v, b.v, ((i & half) ? i + n : i + half)...)};
    return {__builtin_shufflevector(a.v, b.v, ((i & half) ? i + n - half : i)...)};
}

template <class T, int half, std::size_t n>
SUBBAND_INLINE void exchange(Lanes<T> (&rows)[n]) {
    constexpr auto lanes = std::make_integer_sequence<int, int(n)>{};
    for (std::size_t i = 0; i < n; ++i) {
        if (i & half) continue;
        const auto a = rows[i], b = rows[i + half];
        rows[i] = exchanged<T, half, false>(a, b, lanes), rows[i + half] = exchanged<T, half, true>(a, b, lanes);
    }
    if constexpr (half > 1) exchange<T, half / 2>(rows);
}

/// y[j y_pitch + i] ← x[i x_pitch + j] for a square of `count<T>` numbers a side.
///
/// Halves of registers change places, then quarters, and so on (Eklundh, IEEE Trans. Computers C-21, 1972).
template <class T>
SUBBAND_INLINE void transpose(const T* x, Index x_pitch, T* y, Index y_pitch) {
    constexpr std::size_t n = count<T>;
    Lanes<T> rows[n];
#pragma GCC unroll 16
    for (std::size_t i = 0; i < n; ++i) rows[i] = load(x + Index(i) * x_pitch);
    exchange<T, int(n / 2)>(rows);
#pragma GCC unroll 16
    for (std::size_t i = 0; i < n; ++i) store(y + Index(i) * y_pitch, rows[i]);
}

}  // namespace subband::SUBBAND_INSTRUCTIONS

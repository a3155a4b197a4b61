// Lanes in another order: the two phases of a signal, every second number of two neighbouring registers, how they are
// put together again, and registers backwards.
#pragma once

#include <utility>

#include "lanes.h"

namespace subband::SUBBAND_INSTRUCTIONS {

#if defined(__AVX2__) && !defined(__AVX512F__)

// GCC 12 makes four `vpermd` of the general shuffle; within halves and then across them two instructions do.

SUBBAND_INLINE Lanes<float> joined(__m256 inside) {
    return {(Lanes<float>::Vector)_mm256_permute4x64_pd((__m256d)inside, 0xd8)};
}
/// Lanes 0, 2, … of a, then those of b.
SUBBAND_INLINE Lanes<float> even(Lanes<float> a, Lanes<float> b) {
    return joined(_mm256_shuffle_ps((__m256)a.v, (__m256)b.v, 0x88));
}
/// Lanes 1, 3, … of a, then those of b.
SUBBAND_INLINE Lanes<float> odd(Lanes<float> a, Lanes<float> b) {
    return joined(_mm256_shuffle_ps((__m256)a.v, (__m256)b.v, 0xdd));
}
SUBBAND_INLINE Lanes<double> even(Lanes<double> a, Lanes<double> b) {
    return {(Lanes<double>::Vector)_mm256_permute4x64_pd(_mm256_unpacklo_pd((__m256d)a.v, (__m256d)b.v), 0xd8)};
}
SUBBAND_INLINE Lanes<double> odd(Lanes<double> a, Lanes<double> b) {
    return {(Lanes<double>::Vector)_mm256_permute4x64_pd(_mm256_unpackhi_pd((__m256d)a.v, (__m256d)b.v), 0xd8)};
}
/// The first half of a[0], b[0], a[1], b[1], …
SUBBAND_INLINE Lanes<float> front(Lanes<float> a, Lanes<float> b) {
    auto low = _mm256_unpacklo_ps((__m256)a.v, (__m256)b.v), high = _mm256_unpackhi_ps((__m256)a.v, (__m256)b.v);
    return {(Lanes<float>::Vector)_mm256_permute2f128_ps(low, high, 0x20)};
}
/// The second half of a[0], b[0], a[1], b[1], …
SUBBAND_INLINE Lanes<float> back(Lanes<float> a, Lanes<float> b) {
    auto low = _mm256_unpacklo_ps((__m256)a.v, (__m256)b.v), high = _mm256_unpackhi_ps((__m256)a.v, (__m256)b.v);
    return {(Lanes<float>::Vector)_mm256_permute2f128_ps(low, high, 0x31)};
}
SUBBAND_INLINE Lanes<double> front(Lanes<double> a, Lanes<double> b) {
    auto low = _mm256_unpacklo_pd((__m256d)a.v, (__m256d)b.v), high = _mm256_unpackhi_pd((__m256d)a.v, (__m256d)b.v);
    return {(Lanes<double>::Vector)_mm256_permute2f128_pd(low, high, 0x20)};
}
SUBBAND_INLINE Lanes<double> back(Lanes<double> a, Lanes<double> b) {
    auto low = _mm256_unpacklo_pd((__m256d)a.v, (__m256d)b.v), high = _mm256_unpackhi_pd((__m256d)a.v, (__m256d)b.v);
    return {(Lanes<double>::Vector)_mm256_permute2f128_pd(low, high, 0x31)};
}

#else

/// Lanes `order(i)` of a (0 … n − 1) and b (n …), for n lanes.
template <class T, class Order, int... i>
SUBBAND_INLINE Lanes<T> picked(Lanes<T> a, Lanes<T> b, Order, std::integer_sequence<int, i...>) {
    return {__builtin_shufflevector(a.v, b.v, Order::at(i, int(count<T>))...)};
}
template <class Order, class T>
SUBBAND_INLINE Lanes<T> pick(Lanes<T> a, Lanes<T> b) {
    return picked(a, b, Order{}, std::make_integer_sequence<int, int(count<T>)>{});
}

struct Even { static constexpr int at(int i, int) { return 2 * i; } };
struct Odd { static constexpr int at(int i, int) { return 2 * i + 1; } };
struct Front { static constexpr int at(int i, int n) { return i / 2 + i % 2 * n; } };
struct Back { static constexpr int at(int i, int n) { return (n + i) / 2 + i % 2 * n; } };

template <class T> SUBBAND_INLINE Lanes<T> even(Lanes<T> a, Lanes<T> b) { return pick<Even>(a, b); }
template <class T> SUBBAND_INLINE Lanes<T> odd(Lanes<T> a, Lanes<T> b) { return pick<Odd>(a, b); }
template <class T> SUBBAND_INLINE Lanes<T> front(Lanes<T> a, Lanes<T> b) { return pick<Front>(a, b); }
template <class T> SUBBAND_INLINE Lanes<T> back(Lanes<T> a, Lanes<T> b) { return pick<Back>(a, b); }

#endif

/// p[0], p[1], p[0], p[1], …
#if defined(__AVX512F__)
SUBBAND_INLINE Lanes<float> pairs(const float* p) {
    return {(Lanes<float>::Vector)_mm512_maskz_broadcastsd_pd(0xff, _mm_load_sd((const double*)p))};
}
SUBBAND_INLINE Lanes<double> pairs(const double* p) {
    return {(Lanes<double>::Vector)_mm512_maskz_broadcast_f64x2(0xff, _mm_loadu_pd(p))};
}
#elif defined(__AVX2__)
SUBBAND_INLINE Lanes<float> pairs(const float* p) {
    return {(Lanes<float>::Vector)_mm256_broadcast_sd((const double*)p)};
}
SUBBAND_INLINE Lanes<double> pairs(const double* p) {
    return {(Lanes<double>::Vector)_mm256_broadcast_pd((const __m128d*)p)};
}
#else
SUBBAND_INLINE Lanes<float> pairs(const float* p) { return {Lanes<float>::Vector{p[0], p[1], p[0], p[1]}}; }
SUBBAND_INLINE Lanes<double> pairs(const double* p) { return load(p); }
#endif

template <class T, int... i>
SUBBAND_INLINE Lanes<T> neighbours(Lanes<T> a, std::integer_sequence<int, i...>) {
    return {__builtin_shufflevector(a.v, a.v, (i ^ 1)...)};
}
/// a[1], a[0], a[3], a[2], …
template <class T>
SUBBAND_INLINE Lanes<T> neighbours(Lanes<T> a) {
    return neighbours(a, std::make_integer_sequence<int, int(count<T>)>{});
}

/// −1, 1, −1, 1, …
template <class T>
SUBBAND_INLINE Lanes<T> alternating() {
    static constexpr T signs[] = {-1, 1};
    return pairs(signs);
}

template <class T, int... i>
SUBBAND_INLINE Lanes<T> reversed(Lanes<T> a, std::integer_sequence<int, i...>) {
    return {__builtin_shufflevector(a.v, a.v, (int(count<T>) - 1 - i)...)};
}

/// The lanes in the opposite order.
template <class T>
SUBBAND_INLINE Lanes<T> reverse(Lanes<T> a) {
    return reversed(a, std::make_integer_sequence<int, int(count<T>)>{});
}

}  // namespace subband::SUBBAND_INSTRUCTIONS

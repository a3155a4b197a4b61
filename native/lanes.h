// One vector register as a value: what is written for a number computes for a row of lanes.
//
//     auto v = load(x + i);              // count<T> numbers from x[i] on
//     store(y + i, 0.5f * v + w);        // contracted to one fused multiply-add
//
// Everything that depends on the instruction set lives in a namespace of its own, because the same templates are
// compiled once for each: the linker would otherwise keep one copy of a function, for any processor.
#pragma once

#include <cstdint>
#include <utility>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "index.h"

#ifndef SUBBAND_INSTRUCTIONS
#error "SUBBAND_INSTRUCTIONS names the instruction set that this file is compiled for"
#endif

namespace subband {

namespace SUBBAND_INSTRUCTIONS {

#if defined(__AVX512F__)
inline constexpr Index REGISTER = 64;
#elif defined(__AVX2__)
inline constexpr Index REGISTER = 32;
#else
inline constexpr Index REGISTER = 16;
#endif

/// Numbers of type T in one register.
template <class T>
inline constexpr Index count = REGISTER / Index(sizeof(T));

/// A register full of float or double.
template <class T>
struct Lanes {
    typedef T Vector __attribute__((vector_size(REGISTER)));
    typedef T Unaligned __attribute__((vector_size(REGISTER), aligned(alignof(T)), may_alias));
    Vector v;

    friend SUBBAND_INLINE Lanes operator+(Lanes a, Lanes b) { return {a.v + b.v}; }
    friend SUBBAND_INLINE Lanes operator-(Lanes a, Lanes b) { return {a.v - b.v}; }
    friend SUBBAND_INLINE Lanes operator*(Lanes a, Lanes b) { return {a.v * b.v}; }
    friend SUBBAND_INLINE Lanes operator*(T a, Lanes b) { return {a * b.v}; }
    friend SUBBAND_INLINE Lanes operator*(Lanes a, T b) { return {a.v * b}; }
    SUBBAND_INLINE Lanes operator-() const { return {-v}; }
    SUBBAND_INLINE Lanes& operator+=(Lanes b) { v += b.v; return *this; }
    SUBBAND_INLINE Lanes& operator-=(Lanes b) { v -= b.v; return *this; }
};

template <class T>
SUBBAND_INLINE Lanes<T> zeros() {
    return {typename Lanes<T>::Vector{}};
}

template <class T>
SUBBAND_INLINE Lanes<T> load(const T* p) {
    return {*reinterpret_cast<const typename Lanes<T>::Unaligned*>(p)};
}

template <class T>
SUBBAND_INLINE void store(T* p, Lanes<T> a) {
    *reinterpret_cast<typename Lanes<T>::Unaligned*>(p) = a.v;
}

// ---- roots, and sums over the lanes ------------------------------------------------------------------------

#if defined(__AVX512F__)

// With a mask of all lanes: GCC 12 warns of its own `_mm512_sqrt_ps` (bug 105593).
SUBBAND_INLINE Lanes<float> root(Lanes<float> a) {
    return {(Lanes<float>::Vector)_mm512_maskz_sqrt_ps(0xffff, (__m512)a.v)};
}
SUBBAND_INLINE Lanes<double> root(Lanes<double> a) {
    return {(Lanes<double>::Vector)_mm512_maskz_sqrt_pd(0xff, (__m512d)a.v)};
}

#elif defined(__AVX2__)

SUBBAND_INLINE Lanes<float> root(Lanes<float> a) { return {(Lanes<float>::Vector)_mm256_sqrt_ps((__m256)a.v)}; }
SUBBAND_INLINE Lanes<double> root(Lanes<double> a) { return {(Lanes<double>::Vector)_mm256_sqrt_pd((__m256d)a.v)}; }

#elif defined(__SSE2__)

SUBBAND_INLINE Lanes<float> root(Lanes<float> a) { return {(Lanes<float>::Vector)_mm_sqrt_ps((__m128)a.v)}; }
SUBBAND_INLINE Lanes<double> root(Lanes<double> a) { return {(Lanes<double>::Vector)_mm_sqrt_pd((__m128d)a.v)}; }

#else

template <class T>
SUBBAND_INLINE Lanes<T> root(Lanes<T> a) {
    for (Index i = 0; i < count<T>; ++i) a.v[i] = T(__builtin_sqrt(a.v[i]));
    return a;
}

#endif

/// 1 / √a of each lane, and 0 where a is 0.
template <class T>
SUBBAND_INLINE Lanes<T> inverse_root(Lanes<T> a) {
    return {a.v == 0 ? zeros<T>().v : T(1) / root(a).v};
}

template <class T, int half, int... i>
SUBBAND_INLINE T total(Lanes<T> a, std::integer_sequence<int, i...> lanes) {
    const Lanes<T> sum{a.v + __builtin_shufflevector(a.v, a.v, (i ^ half)...)};
    if constexpr (half > 1)
        return total<T, half / 2>(sum, lanes);
    else
        return sum.v[0];
}

/// The sum over the lanes, in pairs.
template <class T>
SUBBAND_INLINE T total(Lanes<T> a) {
    return total<T, int(count<T>) / 2>(a, std::make_integer_sequence<int, int(count<T>)>{});
}

SUBBAND_INLINE Index least(Index a, Index b) { return a < b ? a : b; }
SUBBAND_INLINE Index most(Index a, Index b) { return a < b ? b : a; }

// ---- fewer numbers than fill a register ------------------------------------------------------------------

#if defined(__AVX512F__)

SUBBAND_INLINE __mmask16 first(float, Index wanted) {
    return wanted >= 16 ? 0xffff : wanted <= 0 ? 0 : __mmask16((1u << wanted) - 1);
}
SUBBAND_INLINE __mmask8 first(double, Index wanted) {
    return wanted >= 8 ? 0xff : wanted <= 0 ? 0 : __mmask8((1u << wanted) - 1);
}

/// The first `wanted` lanes from p on, zeros behind them; nothing else is read.
SUBBAND_INLINE Lanes<float> load_first(const float* p, Index wanted) {
    return {(Lanes<float>::Vector)_mm512_maskz_loadu_ps(first(0.f, wanted), p)};
}
SUBBAND_INLINE Lanes<double> load_first(const double* p, Index wanted) {
    return {(Lanes<double>::Vector)_mm512_maskz_loadu_pd(first(0., wanted), p)};
}
/// p[0 … wanted − 1] ← the first lanes, all of them if there are fewer.
SUBBAND_INLINE void store_first(float* p, Lanes<float> a, Index wanted) {
    _mm512_mask_storeu_ps(p, first(0.f, wanted), (__m512)a.v);
}
SUBBAND_INLINE void store_first(double* p, Lanes<double> a, Index wanted) {
    _mm512_mask_storeu_pd(p, first(0., wanted), (__m512d)a.v);
}

#elif defined(__AVX2__)

/// −1 in the first `wanted` of eight (or four) lanes: a window of this table.
alignas(64) inline constexpr std::int32_t NARROW[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
alignas(64) inline constexpr std::int64_t WIDE[8] = {-1, -1, -1, -1};

SUBBAND_INLINE __m256i first(float, Index wanted) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(NARROW + 8 - most(0, least(wanted, 8))));
}
SUBBAND_INLINE __m256i first(double, Index wanted) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(WIDE + 4 - most(0, least(wanted, 4))));
}

SUBBAND_INLINE Lanes<float> load_first(const float* p, Index wanted) {
    return {(Lanes<float>::Vector)_mm256_maskload_ps(p, first(0.f, wanted))};
}
SUBBAND_INLINE Lanes<double> load_first(const double* p, Index wanted) {
    return {(Lanes<double>::Vector)_mm256_maskload_pd(p, first(0., wanted))};
}
// Stores with a mask are microcode on AMD's processors: a whole register goes as such, a part in halves.

SUBBAND_INLINE void store_first(float* p, Lanes<float> a, Index wanted) {
    if (wanted >= 8) return store(p, a);
    if (wanted <= 0) return;
    auto rest = _mm256_castps256_ps128((__m256)a.v);
    if (wanted & 4) {
        _mm_storeu_ps(p, rest);
        rest = _mm256_extractf128_ps((__m256)a.v, 1), p += 4;
    }
    if (wanted & 2) {
        _mm_storel_pi(reinterpret_cast<__m64*>(p), rest);
        rest = _mm_movehl_ps(rest, rest), p += 2;
    }
    if (wanted & 1) _mm_store_ss(p, rest);
}
SUBBAND_INLINE void store_first(double* p, Lanes<double> a, Index wanted) {
    if (wanted >= 4) return store(p, a);
    if (wanted <= 0) return;
    auto rest = _mm256_castpd256_pd128((__m256d)a.v);
    if (wanted & 2) {
        _mm_storeu_pd(p, rest);
        rest = _mm256_extractf128_pd((__m256d)a.v, 1), p += 2;
    }
    if (wanted & 1) _mm_store_sd(p, rest);
}

#else

template <class T>
SUBBAND_INLINE Lanes<T> load_first(const T* p, Index wanted) {
    if (wanted >= count<T>) return load(p);
    Lanes<T> a = zeros<T>();
    for (Index i = 0; i < count<T>; ++i)
        if (i < wanted) a.v[i] = p[i];
    return a;
}
template <class T>
SUBBAND_INLINE void store_first(T* p, Lanes<T> a, Index wanted) {
    if (wanted >= count<T>) return store(p, a);
    for (Index i = 0; i < count<T>; ++i)
        if (i < wanted) p[i] = a.v[i];
}

#endif

}  // namespace SUBBAND_INSTRUCTIONS
}  // namespace subband

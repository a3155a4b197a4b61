// The nearest domain of each block under eight isometries and a limited contrast, by exhaustive comparison.
//
// In the cosine transform a flip changes the sign of all coefficients with an odd index along its axis, so the dot
// products with all four flips of a domain are sums of four partial ones, A (even, even), B (even, odd), C (odd, even)
// and D (odd, odd), with the signs + + + +, + − + −, + + − − and + − − +. The largest modulus is
// max(|A + B| + |C + D|, |A − B| + |C − D|). Transposed blocks are a second query. Eight isometries and both signs of
// the contrast cost two dot products.
#pragma once

#include <cstdint>

#include "../lanes.h"
#include "kernels.h"

namespace subband::SUBBAND_INSTRUCTIONS {

inline constexpr Index PANEL = 2 * count<float>;

typedef std::int32_t Bits __attribute__((vector_size(REGISTER)));

SUBBAND_INLINE Lanes<float> modulus(Lanes<float> a) {
    return {(Lanes<float>::Vector)((Bits)a.v & 0x7fffffff)};
}
SUBBAND_INLINE Lanes<float> larger(Lanes<float> a, Lanes<float> b) { return {a.v > b.v ? a.v : b.v}; }
SUBBAND_INLINE Lanes<float> smaller(Lanes<float> a, Lanes<float> b) { return {a.v < b.v ? a.v : b.v}; }

SUBBAND_INLINE bool any_above(Lanes<float> a, float b) {
    const Lanes<float> limit{zeros<float>().v + b};
#if defined(__AVX512F__)
    return _mm512_cmp_ps_mask((__m512)a.v, (__m512)limit.v, _CMP_GT_OQ) != 0;
#elif defined(__AVX2__)
    return _mm256_movemask_ps(_mm256_cmp_ps((__m256)a.v, (__m256)limit.v, _CMP_GT_OQ)) != 0;
#elif defined(__SSE2__)
    return _mm_movemask_ps(_mm_cmpgt_ps((__m128)a.v, (__m128)limit.v)) != 0;
#else
    for (Index i = 0; i < count<float>; ++i)
        if (a.v[i] > b) return true;
    return false;
#endif
}

/// One panel: the cosine coefficients of PANEL neighbouring domains in a row of the grid.
inline void fill_panel(const DomainGrid& g, const float* basis, const Index* order, float limit, Index row, Index column,
                       float* unit, float* reach, float* pixels, float* half) {
    const Index n = g.n;
    const Index wanted = least(PANEL, g.columns - column);
    const float* corner = g.reduced + (g.first_row + row) * g.step * g.stride + (g.first_column + column) * g.step;
    for (Index i = 0; i < n; ++i)
        for (Index j = 0; j < n; ++j) {
            const float* from = corner + i * g.stride + j;
            float* to = pixels + (i * n + j) * PANEL;
            for (Index lane = 0; lane < PANEL; ++lane) to[lane] = from[least(lane, wanted - 1) * g.step];
        }
    for (Index u = 0; u < n; ++u)  // half(u, j) = Σ_i basis(u, i) pixels(i, j)
        for (Index j = 0; j < n; ++j) {
            Lanes<float> a = zeros<float>(), b = zeros<float>();
            for (Index i = 0; i < n; ++i) {
                const float* p = pixels + (i * n + j) * PANEL;
                a += basis[u * n + i] * load(p), b += basis[u * n + i] * load(p + count<float>);
            }
            store(half + (u * n + j) * PANEL, a), store(half + (u * n + j) * PANEL + count<float>, b);
        }
    Lanes<float> square[2] = {zeros<float>(), zeros<float>()};
    for (Index k = 0; k < n * n - 1; ++k) {
        const Index u = order[k] / n, v = order[k] % n;
        Lanes<float> a = zeros<float>(), b = zeros<float>();
        for (Index j = 0; j < n; ++j) {
            const float* p = half + (u * n + j) * PANEL;
            a += basis[v * n + j] * load(p), b += basis[v * n + j] * load(p + count<float>);
        }
        square[0] += a * a, square[1] += b * b;
        store(unit + k * PANEL, a), store(unit + k * PANEL + count<float>, b);
    }
    for (int half_panel = 0; half_panel < 2; ++half_panel) {
        const Lanes<float> norm = root(square[half_panel]), scale = inverse_root(square[half_panel]);
        for (Index k = 0; k < n * n - 1; ++k) {
            float* p = unit + k * PANEL + half_panel * count<float>;
            store(p, scale * load(p));
        }
        store(reach + half_panel * count<float>, limit * norm);
    }
    for (Index lane = wanted; lane < PANEL; ++lane) reach[lane] = 0;  // repeated positions have no gain
}

inline void fill(const DomainGrid& g, const float* basis, const Index* order, float limit, float* unit, float* reach,
                 float* scratch) {
    const Index across = (g.columns + PANEL - 1) / PANEL, length = g.n * g.n - 1;
    for (Index row = 0; row < g.rows; ++row)
        for (Index k = 0; k < across; ++k) {
            fill_panel(g, basis, order, limit, row, k * PANEL, unit, reach, scratch, scratch + g.n * g.n * PANEL);
            unit += length * PANEL, reach += PANEL;
        }
}

/// Dot products of one class of parity: [query][register].
struct Products {
    Lanes<float> a[4][2];
};

SUBBAND_INLINE Products products(const float* panel, const float* const query[4], Index from, Index to) {
    Lanes<float> a0 = zeros<float>(), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
    for (Index k = from; k < to; ++k) {
        const Lanes<float> p = load(panel + k * PANEL), q = load(panel + k * PANEL + count<float>);
        a0 += query[0][k] * p, a1 += query[0][k] * q;
        b0 += query[1][k] * p, b1 += query[1][k] * q;
        c0 += query[2][k] * p, c1 += query[2][k] * q;
        d0 += query[3][k] * p, d1 += query[3][k] * q;
    }
    return {{{a0, a1}, {b0, b1}, {c0, c1}, {d0, d1}}};
}

/// Keep the best gain of a block over a panel: with p the dot product and t the reach, q (2p − q) where q = min(p, t).
SUBBAND_INLINE void keep(const Lanes<float> p[2], const float* reach, Index panel, float* gain, std::int32_t* place) {
    for (int r = 0; r < 2; ++r) {
        const Lanes<float> q = smaller(p[r], load(reach + r * count<float>));
        const Lanes<float> found = q * (2.f * p[r] - q);
        if (!any_above(found, *gain)) continue;
        for (Index lane = 0; lane < count<float>; ++lane)
            if (found.v[lane] > *gain) {
                *gain = found.v[lane];
                *place = std::int32_t(panel * PANEL + r * count<float> + lane);
            }
    }
}

/// gain, place ← the largest reduction of the squared error of each block, and the domain that reaches it. Queries are
/// (blocks, 2, n² − 1); places count positions panel by panel. Called with what was best before.
inline void nearest(const DomainFeatures& f, const float* queries, Index start, Index stop, float* gain,
                    std::int32_t* place) {
    for (Index panel = 0; panel < f.panels; ++panel) {
        const float* unit = f.unit + panel * f.length * PANEL;
        const float* reach = f.reach + panel * PANEL;
        for (Index block = start; block < stop; block += 2) {
            const Index other = least(block + 1, stop - 1);
            const float* const one = queries + block * 2 * f.length;
            const float* const two = queries + other * 2 * f.length;
            const float* const query[4] = {one, one + f.length, two, two + f.length};
            const Products A = products(unit, query, 0, f.ends[0]), B = products(unit, query, f.ends[0], f.ends[1]);
            const Products C = products(unit, query, f.ends[1], f.ends[2]);
            const Products D = products(unit, query, f.ends[2], f.ends[3]);
            Lanes<float> p[4][2];
            for (int k = 0; k < 4; ++k)
                for (int r = 0; r < 2; ++r) {
                    const Lanes<float> a = A.a[k][r], b = B.a[k][r], c = C.a[k][r], d = D.a[k][r];
                    p[k][r] = larger(modulus(a + b) + modulus(c + d), modulus(a - b) + modulus(c - d));
                }
            for (int k = 0; k < 2; ++k) {
                const Lanes<float> both[2] = {larger(p[2 * k][0], p[2 * k + 1][0]),
                                              larger(p[2 * k][1], p[2 * k + 1][1])};
                keep(both, reach, panel, gain + (k ? other : block), place + (k ? other : block));
            }
        }
    }
}

}  // namespace subband::SUBBAND_INSTRUCTIONS

// The smooth part of a leaf: its mean and a few cosines, in integers, so that all machines draw equal pixels.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "leaves.h"

namespace subband {

inline constexpr int COSINE_PLACES = 12;

/// Indices (u, v) of the terms of a leaf, 0 < u + v < TOP, by diagonals.
struct Orders {
    int u[TERMS], v[TERMS];
    constexpr Orders() : u{}, v{} {
        int k = 0;
        for (int sum = 1; sum < TOP; ++sum)
            for (int i = 0; i <= sum; ++i) u[k] = i, v[k] = sum - i, ++k;
    }
};
inline constexpr Orders ORDERS{};

/// Whether a leaf of n pixels has this term.
inline bool has_term(Index n, int k) { return ORDERS.u[k] < n && ORDERS.v[k] < n; }

/// Cosines u < TOP of leaves of n pixels, at n · zoom places, of unit norm over n.
class Cosines {
  public:
    Cosines(Index n, Index zoom) : length_(n * zoom), table_(std::size_t(TOP * length_)) {
        const double pi = 3.14159265358979323846;
        for (Index u = 0; u < TOP; ++u)
            for (Index i = 0; i < length_; ++i) {
                const double scale = std::sqrt((u ? 2. : 1.) / double(n)) * (1 << COSINE_PLACES);
                table_[std::size_t(u * length_ + i)] =
                    std::int32_t(std::lround(scale * std::cos(pi * double((2 * i + 1) * u) / double(2 * length_))));
            }
    }

    /// plane ← mean + Σ terms · step · cosines, within black and white.
    void draw(const Leaf& leaf, Index n, std::int32_t step, std::int32_t* plane, Index stride) const {
        bool smooth = true;
        for (int k = 0; k < TERMS; ++k) smooth = smooth && leaf.terms[k] == 0;
        if (smooth) {
            for (Index i = 0; i < length_; ++i) std::fill_n(plane + i * stride, length_, leaf.mean);
            return;
        }
        std::int64_t weights[TOP][TOP] = {};
        for (int k = 0; k < TERMS; ++k)
            if (has_term(n, k)) weights[ORDERS.u[k]][ORDERS.v[k]] = std::int64_t(leaf.terms[k]) * step;
        constexpr std::int64_t half = std::int64_t(1) << (2 * COSINE_PLACES - 1);
        for (Index j = 0; j < length_; ++j) {
            std::int64_t along[TOP] = {};
            for (int u = 0; u < TOP; ++u)
                for (int v = 0; v < TOP - u; ++v) along[u] += weights[u][v] * table_[std::size_t(v * length_ + j)];
            for (Index i = 0; i < length_; ++i) {
                std::int64_t sum = half;
                for (int u = 0; u < TOP; ++u) sum += along[u] * table_[std::size_t(u * length_ + i)];
                const std::int64_t value = leaf.mean + (sum >> (2 * COSINE_PLACES));
                plane[i * stride + j] = std::int32_t(std::clamp<std::int64_t>(value, 0, WHITE));
            }
        }
    }

  private:
    Index length_;
    std::vector<std::int32_t> table_;
};

}  // namespace subband

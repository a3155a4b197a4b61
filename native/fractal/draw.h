// The attractor of a plane: x ← base + s (isometry of a domain of the reduced x − its mean), until nothing moves.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "cosines.h"
#include "leaves.h"

namespace subband {

inline constexpr std::int32_t STILL = 1 << (FRACTION - 3);  // an eighth of a grey level

class Canvas {
  public:
    Canvas(const Drawing& d, const Leaf* leaves, Index count)
        : d_(d), leaves_(leaves), count_(count), height_(Index(d.height) * d.zoom), width_(Index(d.width) * d.zoom),
          base_(std::size_t(height_ * width_)), now_(base_.size()),
          reduced_(std::size_t(height_ / 2) * std::size_t(width_ / 2)) {
        std::vector<Cosines> cosines;
        for (int level = 0; level < LEVELS; ++level) cosines.emplace_back(SMALLEST << level, d.zoom);
        for (Index k = 0; k < count; ++k) {
            const Leaf& a = leaves[k];
            cosines[std::size_t(a.level)].draw(a, SMALLEST << a.level, term_step(d.step), base_.data() + corner(a), width_);
        }
        now_ = base_;
    }

    /// Returns the number of iterations.
    int iterate() {
        for (int k = 1; k <= d_.iterations; ++k) {
            reduce();
            std::int32_t moved = 0;
            for (Index leaf = 0; leaf < count_; ++leaf)
                if (leaves_[leaf].contrast) moved = std::max(moved, map(leaves_[leaf]));
            if (moved <= STILL) return k;
        }
        return d_.iterations;
    }

    void smooth() {
        if (d_.smoothing <= 0) return;
        level_.assign(std::size_t(d_.height / SMALLEST) * std::size_t(d_.width / SMALLEST), 0);
        for (Index k = 0; k < count_; ++k) label(leaves_[k]);
        for (Index k = 0; k < count_; ++k) edges(leaves_[k], true);
        for (Index k = 0; k < count_; ++k) edges(leaves_[k], false);
    }

    const std::vector<std::int32_t>& pixels() const { return now_; }

  private:
    Index corner(const Leaf& a) const { return (a.y * width_ + a.x) * d_.zoom; }

    /// Means of 2 × 2 pixels.
    void reduce() {
        std::int32_t* to = reduced_.data();
        for (Index i = 0; i + 1 < height_; i += 2) {
            const std::int32_t *a = now_.data() + i * width_, *b = a + width_;
            for (Index j = 0; j + 1 < width_; j += 2) *to++ = (a[j] + a[j + 1] + b[j] + b[j + 1] + 2) >> 2;
        }
    }

    /// One leaf; returns the largest change of a pixel.
    std::int32_t map(const Leaf& a) {
        const Index n = (SMALLEST << a.level) * d_.zoom, wide = width_ / 2;
        const Index spacing = Index(d_.spacing[a.level]) * d_.zoom;
        const std::int32_t* domain = reduced_.data() + a.row * spacing * wide + a.column * spacing;
        std::int64_t sum = 0;
        for (Index i = 0; i < n; ++i)
            for (Index j = 0; j < n; ++j) sum += domain[i * wide + j];
        const auto mean = std::int32_t((sum + n * n / 2) / (n * n));
        const bool transposed = a.isometry & 4;
        Index down = transposed ? 1 : wide, right = transposed ? wide : 1;
        if (a.isometry & 2) domain += (n - 1) * down, down = -down;
        if (a.isometry & 1) domain += (n - 1) * right, right = -right;
        const std::int32_t s = a.contrast * d_.contrast;
        std::int32_t moved = 0;
        for (Index i = 0; i < n; ++i) {
            const std::int32_t* from = domain + i * down;
            const Index start = corner(a) + i * width_;
            const std::int32_t* smooth = base_.data() + start;
            std::int32_t* to = now_.data() + start;
            for (Index j = 0; j < n; ++j) {
                const std::int32_t value =
                    std::clamp(smooth[j] + ((s * (from[j * right] - mean) + 32) >> 6), 0, WHITE);
                moved = std::max(moved, std::abs(value - to[j]));
                to[j] = value;
            }
        }
        return moved;
    }

    void label(const Leaf& a) {
        const Index across = d_.width / SMALLEST, cells = Index(1) << a.level;
        for (Index i = 0; i < cells; ++i)
            for (Index j = 0; j < cells; ++j)
                level_[std::size_t((a.y / SMALLEST + i) * across + a.x / SMALLEST + j)] = char(a.level);
    }

    /// Smooths the left (or upper) edge of a leaf.
    void edges(const Leaf& a, bool left) {
        const Index n = (SMALLEST << a.level) * d_.zoom, across = d_.width / SMALLEST;
        if (left ? a.x == 0 : a.y == 0) return;
        const Index over = left ? 1 : width_, along = left ? width_ : 1;
        for (Index k = 0; k < n; ++k) {
            const Index cell = k / (SMALLEST * d_.zoom);
            const Index row = a.y / SMALLEST + (left ? cell : -1), column = a.x / SMALLEST + (left ? -1 : cell);
            const int other = level_[std::size_t(row * across + column)];
            filter(now_.data() + corner(a) + k * along, over, std::min(int(a.level), other));
        }
    }

    /// Spreads the jump between two leaves, as far as it exceeds the slope on both sides, if it is small.
    void filter(std::int32_t* q, Index over, int level) const {
        const std::int32_t p0 = q[-over], p1 = q[-2 * over], q0 = q[0], q1 = q[over];
        const std::int32_t jump = (3 * (q0 - p0) - (q1 - p1)) / 2;
        if (std::abs(jump) > d_.smoothing * term_step(d_.step) / 16) return;
        const int far = level ? 3 : 2;
        static constexpr std::int32_t weight[2][3] = {{3, 1, 0}, {3, 2, 1}};
        for (int k = 0; k < far; ++k) {
            const std::int32_t part = jump * weight[level > 0][k] / 8;
            std::int32_t &p = q[-(k + 1) * over], &r = q[k * over];
            p = std::clamp(p + part, 0, WHITE), r = std::clamp(r - part, 0, WHITE);
        }
    }

    const Drawing& d_;
    const Leaf* leaves_;
    const Index count_, height_, width_;
    std::vector<std::int32_t> base_, now_, reduced_;
    std::vector<char> level_;
};

}  // namespace subband

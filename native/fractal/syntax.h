// The order of all symbols in the code of a plane, written once for the encoder and the decoder: a coder's functions
// take a value and return it, and the decoder's ignore what they are given.
#pragma once

#include <cstdlib>
#include <vector>

#include "coder.h"
#include "cosines.h"
#include "leaves.h"

namespace subband {

/// A whole number: whether it is 0, its sign, and its modulus in unary up to a limit.
struct SignedNumber {
    static constexpr int UNARY = 14, LONGEST = 15;
    Probability zero, sign, more[UNARY];

    template <class Coder>
    std::int32_t code(Coder& coder, std::int32_t value) {
        if (coder.bit(zero, value == 0)) return 0;
        const bool negative = coder.bit(sign, value < 0);
        const std::int32_t modulus = 1 + rest(coder, std::abs(value) - 1);
        return negative ? -modulus : modulus;
    }

    /// Modulus − 1: unary, then (Elias) the number of bits and the bits of what is beyond.
    template <class Coder>
    std::int32_t rest(Coder& coder, std::int32_t value) {
        for (int k = 0; k < UNARY; ++k)
            if (!coder.bit(more[k], value > k)) return k;
        const std::int32_t beyond = value - UNARY + 1;
        int bits = 0;
        while (bits < LONGEST && beyond >> (bits + 1)) ++bits;
        bits = coder.uniform(LONGEST + 1, bits);
        const std::int32_t top = 1 << bits;
        return UNARY - 1 + top + (bits ? coder.uniform(top, beyond - top) : 0);
    }
};

struct Models {
    Probability split[LEVELS][3], domain[LEVELS][3], contrast[LEVELS][16], sign[LEVELS], more[LEVELS][2][TERMS];
    Probability transposed, flip[2];
    SignedNumber mean[LEVELS][3], term[LEVELS][TOP];
    Probability zero[LEVELS][TERMS];
};

/// Codes the leaves of a plane. `Leaves` has split(y, x, level), which the decoder doesn't ask, and leaf(y, x, level).
template <class Coder, class Leaves>
class PlaneCode {
  public:
    PlaneCode(Coder& coder, Leaves& leaves, const PlaneHeader& header)
        : coder_(coder), leaves_(leaves), h_(header), across_(header.width / SMALLEST),
          base_(std::size_t(h_.height) * std::size_t(h_.width)),
          level_(std::size_t(h_.height / SMALLEST) * std::size_t(across_)), domain_(level_.size()) {
        for (int level = 0; level < LEVELS; ++level) cosines_.emplace_back(SMALLEST << level, 1);
    }

    void code() {
        const Index n = SMALLEST << h_.root;
        for (Index y = 0; y < h_.height; y += n)
            for (Index x = 0; x < h_.width; x += n) node(y, x, h_.root);
    }

  private:
    void node(Index y, Index x, int level) {
        const Index n = SMALLEST << level;
        if (y >= h_.height || x >= h_.width) return;
        const bool fits = y + n <= h_.height && x + n <= h_.width;
        if (!level || (fits && !coder_.bit(models_.split[level][smaller_neighbours(y, x, level)],
                                           leaves_.split(y, x, level))))
            return leaf(leaves_.leaf(y, x, level), y, x, level);
        for (Index i = 0; i < n; i += n / 2)
            for (Index j = 0; j < n; j += n / 2) node(y + i, x + j, level - 1);
    }

    void leaf(Leaf& a, Index y, Index x, int level) {
        const Index n = SMALLEST << level;
        const bool fractal = h_.rows[level] > 0 && h_.columns[level] > 0 && h_.contrasts > 0 &&
                             coder_.bit(models_.domain[level][domain_neighbours(y, x)], a.contrast != 0);
        if (fractal) domain(a, level);
        mean(a, y, x, level);
        terms(a, level, fractal);
        cosines_[std::size_t(level)].draw(a, n, term_step(h_.step), base_.data() + y * h_.width + x, h_.width);
        for (Index i = y / SMALLEST; i < (y + n) / SMALLEST; ++i)
            for (Index j = x / SMALLEST; j < (x + n) / SMALLEST; ++j)
                level_[std::size_t(i * across_ + j)] = char(level), domain_[std::size_t(i * across_ + j)] = fractal;
    }

    void domain(Leaf& a, int level) {
        std::int32_t modulus = 1;
        while (modulus < h_.contrasts &&
               coder_.bit(models_.contrast[level][std::min(modulus - 1, 15)], std::abs(a.contrast) > modulus))
            ++modulus;
        a.contrast = coder_.bit(models_.sign[level], a.contrast < 0) ? -modulus : modulus;
        const int transposed = coder_.bit(models_.transposed, a.isometry >> 2 & 1);
        const int vertical = coder_.bit(models_.flip[0], a.isometry >> 1 & 1);
        a.isometry = 4 * transposed + 2 * vertical + coder_.bit(models_.flip[1], a.isometry & 1);
        a.row = place(h_.rows[level], a.y, h_.height, a.row);
        a.column = place(h_.columns[level], a.x, h_.width, a.column);
    }

    std::int32_t place(std::int32_t positions, Index pixel, Index extent, std::int32_t value) {
        const std::int32_t first = first_domain(pixel, positions, h_.window, extent);
        return first + coder_.uniform(std::min(positions, h_.window), value - first);
    }

    /// The mean is predicted by the smooth part of the leaves to the left and above, next to this one.
    void mean(Leaf& a, Index y, Index x, int level) {
        const Index n = SMALLEST << level;
        const std::int32_t* corner = base_.data() + y * h_.width + x;
        std::int64_t left = 0, above = 0;
        for (Index i = 0; i < n && x; ++i) left += corner[i * h_.width - 1];
        for (Index j = 0; j < n && y; ++j) above += corner[j - h_.width];
        const Index known = n * (Index(x > 0) + Index(y > 0));
        const auto predicted = known ? std::int32_t((left + above) / known) : WHITE / 2;
        const std::int32_t step = mean_step(h_.step, n);
        const Index apart = x && y ? std::abs(left - above) / (n * step) : 1;
        SignedNumber& model = models_.mean[level][apart < 1 ? 0 : apart < 4 ? 1 : 2];
        const std::int32_t steps = model.code(coder_, quantised(a.mean - predicted, step));
        a.mean = std::int32_t(std::clamp<std::int64_t>(predicted + std::int64_t(steps) * step, 0, WHITE));
    }

    static std::int32_t quantised(std::int32_t difference, std::int32_t step) {
        const std::int32_t modulus = (std::abs(difference) + step / 2) / step;
        return difference < 0 ? -modulus : modulus;
    }

    void terms(Leaf& a, int level, bool fractal) {
        const Index n = SMALLEST << level;
        int last = TERMS;
        while (last > 0 && a.terms[last - 1] == 0) --last;
        bool after_zero = false;
        for (int k = 0; k < TERMS; ++k) {
            if (!has_term(n, k)) continue;
            if (!after_zero && !coder_.bit(models_.more[level][fractal][k], k < last)) return;
            SignedNumber& model = models_.term[level][ORDERS.u[k] + ORDERS.v[k]];
            after_zero = coder_.bit(models_.zero[level][k], a.terms[k] == 0);
            if (after_zero) continue;
            const bool negative = coder_.uniform(2, a.terms[k] < 0);
            const std::int32_t modulus = 1 + model.rest(coder_, std::abs(a.terms[k]) - 1);
            a.terms[k] = negative ? -modulus : modulus;
        }
    }

    /// How many of the leaves to the left and above are smaller.
    int smaller_neighbours(Index y, Index x, int level) const {
        const Index cell = y / SMALLEST * across_ + x / SMALLEST;
        return (x && level_[std::size_t(cell - 1)] < level) + (y && level_[std::size_t(cell - across_)] < level);
    }
    int domain_neighbours(Index y, Index x) const {
        const Index cell = y / SMALLEST * across_ + x / SMALLEST;
        return (x && domain_[std::size_t(cell - 1)]) + (y && domain_[std::size_t(cell - across_)]);
    }

    Coder& coder_;
    Leaves& leaves_;
    const PlaneHeader& h_;
    const Index across_;
    std::vector<std::int32_t> base_;
    std::vector<char> level_, domain_;
    std::vector<Cosines> cosines_;
    Models models_;
};

}  // namespace subband

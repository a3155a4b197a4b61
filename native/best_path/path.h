// The path of largest worth through a table, by dynamic programming (Viterbi).
#pragma once

#include <cstring>

#include "../lanes.h"
#include "kernels.h"

namespace subband::SUBBAND_INSTRUCTIONS {

/// A whole number for each lane of doubles.
typedef std::int64_t Choices __attribute__((vector_size(REGISTER)));

/// The best way to each of a register of cells: what it is worth, and which jump it ends with.
struct Best {
    Lanes<double> worth;
    Choices jump;

    SUBBAND_INLINE void consider(Lanes<double> worth, std::int64_t jump) {
        const auto better = worth.v > this->worth.v;
        this->jump = better ? Choices{} + jump : this->jump;
        this->worth.v = better ? worth.v : this->worth.v;
    }
};

SUBBAND_INLINE Lanes<double> less(Lanes<double> score, double price) { return {score.v - price}; }

/// As `reference.forward`; of equal ways the first counts. `next` has room for the cells.
template <class Jump>
void forward(const double* gain, const Index steps, const Index cells, const double* price, const Index jumps,
             double* score, Jump* came, double* next) {
    constexpr Index n = count<double>;
    const Index reach = jumps / 2;
    for (Index t = 0; t < steps; ++t, gain += cells, came += cells) {
        const auto finish = [&](Index k, const Best& best, Index wanted) {
            store_first(next + k, best.worth + load_first(gain + k, wanted), wanted);
            typedef Jump Narrow __attribute__((vector_size(n * sizeof(Jump))));
            const auto jumps = __builtin_convertvector(best.jump - reach, Narrow);
            if (wanted >= n)
                std::memcpy(came + k, &jumps, sizeof(jumps));
            else
                for (Index lane = 0; lane < wanted; ++lane) came[k + lane] = jumps[lane];
        };
        Index k = 0;
        for (; k + 2 * n <= cells; k += 2 * n) {
            const double* from = score + k;
            Best a{less(load(from), price[0]), {}}, b{less(load(from + n), price[0]), {}};
            for (Index j = 1; j < jumps; ++j) {
                a.consider(less(load(from + j), price[j]), j);
                b.consider(less(load(from + j + n), price[j]), j);
            }
            finish(k, a, n), finish(k + n, b, n);
        }
        for (; k < cells; k += n) {
            const double* from = score + k;
            const Index wanted = cells - k;
            Best a{less(load_first(from, wanted), price[0]), {}};
            for (Index j = 1; j < jumps; ++j) a.consider(less(load_first(from + j, wanted), price[j]), j);
            finish(k, a, wanted);
        }
        for (Index i = 0; i < cells; ++i) score[reach + i] = next[i];
    }
}

}  // namespace subband::SUBBAND_INSTRUCTIONS

// The search for the best path on arrays.
#include <nanobind/nanobind.h>

#include <cstdint>

#include "../arrays.h"
#include "../buffer.h"
#include "../instructions.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace subband {
namespace {

BestPathForward<std::int8_t> forward_of(std::int8_t) { return kernels().best_path.small; }
BestPathForward<std::int16_t> forward_of(std::int16_t) { return kernels().best_path.middle; }
BestPathForward<std::int32_t> forward_of(std::int32_t) { return kernels().best_path.large; }

/// Calls f with a number of the type that an array of jumps holds.
template <class F>
void for_jumps(nb::handle came, F f) {
    switch (nb::cast<int>(came.attr("itemsize"))) {
        case 1: return f(std::int8_t{});
        case 2: return f(std::int16_t{});
        default: return f(std::int32_t{});
    }
}

/// As `reference.forward`.
void forward(nb::handle gain, nb::handle price, nb::handle score, nb::handle came) {
    for_jumps(came, [&](auto jump) {
        const View<const double> gains(gain), prices(price);
        const View<double> scores(score);
        const View<decltype(jump)> jumps(came);
        const Index steps = gains.size(0), cells = gains.size(1), reach = prices.total / 2;
        if (jumps.total != gains.total || scores.total != cells + 2 * reach || prices.total != 2 * reach + 1)
            throw nb::value_error("gains, jumps and scores of different sizes");
        nb::gil_scoped_release unlocked;
        const Buffer<double> next(cells);
        forward_of(jump)(gains.data, steps, cells, prices.data, prices.total, scores.data, jumps.data, next.get());
    });
}

/// path ← the cells of the path that ends in the cell `last`.
void backward(nb::handle came, Index last, nb::handle path) {
    for_jumps(came, [&](auto jump) {
        const View<const decltype(jump)> jumps(came);
        const View<Index> cells(path);
        const Index steps = jumps.size(0), width = jumps.size(1);
        if (cells.total != steps || last < 0 || last >= width) throw nb::value_error("a path of another size");
        nb::gil_scoped_release unlocked;
        for (Index t = steps - 1; t >= 0; --t) {
            cells.data[t] = last;
            last += jumps.data[t * width + last];
        }
    });
}

}  // namespace

void declare_best_path(nb::module_& m) {
    m.def("best_path_forward", forward, "gain"_a, "price"_a, "score"_a, "came"_a);
    m.def("best_path_backward", backward, "came"_a, "last"_a, "path"_a);
}

}  // namespace subband

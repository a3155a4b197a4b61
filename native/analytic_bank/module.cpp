// `AnalyticFilters`: the filters of a bank that share a grid, applied to arrays. Complex arrays come as real ones.
#include <nanobind/nanobind.h>

#include "../arrays.h"
#include "../buffer.h"
#include "../instructions.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace subband {
namespace {

template <class T>
const AnalyticLoops<T>& loops() {
    if constexpr (sizeof(T) == sizeof(float))
        return kernels().analytic.narrow;
    else
        return kernels().analytic.wide;
}

void require(bool fits) {
    if (!fits) throw nb::value_error("tables or arrays of sizes that do not fit each other");
}

template <class T>
const Number<T>* numbers(const View<const T>& parts) {
    return reinterpret_cast<const Number<T>*>(parts.data);
}
template <class T>
Number<T>* numbers(const View<T>& parts) {
    return reinterpret_cast<Number<T>*>(parts.data);
}

template <class T>
void find_bands(nb::handle bank, double tail, nb::handle bands, Index start, Index stop) {
    const View<const T> filters(bank);
    const View<Index> found(bands);
    const Index count = filters.size(0);
    require(found.total == 2 * count && 0 <= start && start <= stop && stop <= count);
    nb::gil_scoped_release unlocked;
    loops<T>().find_bands(filters.data, filters.size(1), T(tail), found.data, start, stop);
}

template <class T>
class AnalyticFilters {
  public:
    AnalyticFilters(Index cells, Index block, Index shift, nb::handle gain, nb::handle kernel, nb::handle bank,
                    nb::handle rows, nb::handle bands, nb::handle factor, nb::handle within_block,
                    nb::handle of_block, nb::handle of_chunk)
        : gain_(gain), kernel_(kernel), bank_(bank), rows_(rows), bands_(bands), factor_(factor),
          within_block_(within_block), of_block_(of_block), of_chunk_(of_chunk) {
        const Index count = rows_.total, width = kernel_.total / TAPS<T>;
        const T* gains = gain_.total ? gain_.data : nullptr;
        grid_ = {cells, block, shift, (gain_.total / 2 - 1) / 2, gains, width, kernel_.data};
        filters_ = {count, rows_.data, bands_.data, numbers(factor_), within_block_.data, of_block_.data,
                    numbers(of_chunk_), count ? of_chunk_.total / (2 * count) : 0};
        const Index register_numbers = kernels().register_bytes / Index(sizeof(T));
        require(kernel_.total == TAPS<T> * width && width % register_numbers == 0 && cells > 0 && block > 0);
        require(width == 0 || (2 * block <= width && 2 * block >= register_numbers && gain_.total > 0));
        require(bands_.total == 2 * count && factor_.total == 2 * count && within_block_.total == 2 * count * width);
        require(of_block_.total == (width ? 4 * count * BLOCKS_AT_ONCE : 0));
        for (Index i = 0; i < count; ++i) {
            const Index low = bands_.data[2 * i], high = bands_.data[2 * i + 1], middle = (low + high) / 2;
            require(0 <= rows_.data[i] && rows_.data[i] < bank_.size(0) && 0 <= low && high <= bank_.size(1));
            require(width == 0 || (middle - low <= grid_.reach && high - middle <= grid_.reach + 1));
        }
    }

    /// products ← the products of items from `first` on with the (signals, bins) spectra.
    void multiply(nb::handle spectrum, Index first, nb::handle products) const {
        const View<const T> x(spectrum);
        const View<T> z(products);
        const Index signals = x.size(0), count = z.size(0);
        require(x.total == 2 * signals * bank_.size(1) && 0 <= first && first + count <= signals * filters_.count);
        nb::gil_scoped_release unlocked;
        const Spectra<T> spectra{numbers(x), bank_.data, signals, bank_.size(1)};
        loops<T>().multiply(spectra, grid_, filters_, {first, count}, numbers(z), z.total / (2 * count));
    }

    /// out ← the outputs of items from `first` on, whose transformed products are the (items, points) samples.
    void spread(nb::handle sampled, int mirror, Index first, nb::handle out) const {
        const View<const T> z(sampled);
        const View<T> y(out);
        const Index items = z.size(0), signals = y.size(0), scales = y.size(1), samples = y.size(2) / 2;
        const Index blocks = (samples + grid_.block - 1) / grid_.block;
        require(scales == bank_.size(0) && 0 <= first && first + items <= signals * filters_.count);
        require(!grid_.width || blocks <= filters_.chunks * BLOCKS_AT_ONCE);
        nb::gil_scoped_release unlocked;
        const Buffer<Number<T>> low(blocks * grid_.cells + TAPS<T> + grid_.width);
        const Index points = z.total / (2 * items);
        const Samples<T> all{numbers(z), points, mirror, low.get(), numbers(y), signals, scales, samples};
        loops<T>().spread(all, grid_, filters_, {first, items});
    }

  private:
    View<const T> gain_, kernel_, bank_;
    View<const Index> rows_, bands_;
    View<const T> factor_, within_block_, of_block_, of_chunk_;
    Grid<T> grid_;
    Filters<T> filters_;
};

template <class T>
void declare(nb::module_& m, const char* name, const char* find_bands_name) {
    nb::class_<AnalyticFilters<T>>(m, name)
        .def(nb::init<Index, Index, Index, nb::handle, nb::handle, nb::handle, nb::handle, nb::handle, nb::handle,
                      nb::handle, nb::handle, nb::handle>(),
             "cells"_a, "block"_a, "shift"_a, "gain"_a, "kernel"_a, "bank"_a, "rows"_a, "bands"_a, "factor"_a,
             "within_block"_a, "of_block"_a, "of_chunk"_a)
        .def("multiply", &AnalyticFilters<T>::multiply, "spectrum"_a, "first"_a, "products"_a)
        .def("spread", &AnalyticFilters<T>::spread, "sampled"_a, "mirror"_a, "first"_a, "out"_a);
    m.def(find_bands_name, find_bands<T>, "bank"_a, "tail"_a, "bands"_a, "start"_a, "stop"_a);
}

}  // namespace

void declare_analytic_bank(nb::module_& m) {
    declare<float>(m, "AnalyticFilters32", "find_bands32");
    declare<double>(m, "AnalyticFilters64", "find_bands64");
}

}  // namespace subband

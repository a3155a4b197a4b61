// `FilteredRelu`: the tables of a filtered leaky ReLU for images of one size, and its passes on arrays.
#include <nanobind/nanobind.h>

#include <algorithm>
#include <array>
#include <deque>
#include <optional>

#include "../arrays.h"
#include "../buffer.h"
#include "../instructions.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace subband {
namespace {

constexpr Index MOST = 256;  // `MOST_TAPS`

Index floor_divided(Index a, Index b) { return a / b - (a % b < 0); }

void require(bool fits) {
    if (!fits) throw nb::value_error("filters, sizes or arrays that do not fit each other");
}

/// A filter of n taps, or of n by n.
template <class T>
struct Filter {
    std::vector<T> taps;
    Index n;
    bool separable;

    Filter(nb::handle array) : taps(copied<T>(array)) {
        const View<const T> view(array);
        n = view.size(0), separable = view.rank() == 1;
        require(view.rank() <= 2 && n > 0 && n <= MOST && Index(taps.size()) == (separable ? n : n * n));
    }
    T at(Index row, Index t) const { return taps[separable ? t : row * n + t]; }
    Filter reversed() const {
        Filter other = *this;
        std::reverse(other.taps.begin(), other.taps.end());
        return other;
    }
};

/// A correlation, with the memory of its tables.
template <class T>
struct Table {
    std::vector<Index> firsts{0}, phase, shift, row;
    std::vector<T> weight;

    void add(Index in_phase, Index at, Index filter_row, T value) {
        phase.push_back(in_phase), shift.push_back(at), row.push_back(filter_row), weight.push_back(value);
    }
    void end_phase() { firsts.push_back(Index(weight.size())); }
    Correlation<T> view() const { return {firsts.data(), phase.data(), shift.data(), weight.data()}; }
};

template <class T>
class FilteredRelu {
  public:
    FilteredRelu(nb::handle up_filter, nb::handle down_filter, Index up, Index down, Index before_rows,
                 Index after_rows, Index before_columns, Index after_columns, Index rows, Index columns) {
        const Filter<T> u(up_filter), d(down_filter);
        require(up > 0 && down > 0 && rows > 0 && columns > 0 && u.n >= up && d.n >= down);
        phases_ = std::max(up, down);
        require(phases_ % up == 0 && phases_ % down == 0);
        const Size x{rows, columns};
        const Size fine{rows * up + before_rows + after_rows - u.n + 1,
                        columns * up + before_columns + after_columns - u.n + 1};
        require(fine.rows >= d.n && fine.columns >= d.n);
        const Size y{(fine.rows - d.n) / down + 1, (fine.columns - d.n) / down + 1};
        const Size pad{before_rows, before_columns}, ends{d.n - 1, d.n - 1};
        const Size back{before_rows - u.n + 1, before_columns - u.n + 1};
        const auto rise = make_up(u, up, pad, x, fine), fall = make_down(d, down, {0, 0}, fine, y);
        passes_[0] = {rise, rise, fall, fine.rows, fine.columns, y.rows, y.columns};
        passes_[1] = {rise, make_up(d.reversed(), down, ends, y, fine), make_down(u.reversed(), up, back, fine, x),
                      fine.rows, fine.columns, x.rows, x.columns};
    }

    /// Items start … stop − 1 of y ← a pass of x; see `Pass`. Pass 0 is forward (with s, its tangent), 1 is backward.
    void run(int pass, nb::handle source, nb::handle bias, nb::handle side, nb::handle target, Index channels,
             bool interleaved, T gain, T slope, T clamp, Index start, Index stop) const {
        const Pass<T>& p = passes_.at(std::size_t(pass));
        const View<const T> x(source);
        const View<T> y(target);
        std::optional<View<const T>> b, s;
        if (!bias.is_none()) b.emplace(bias);
        if (!side.is_none()) s.emplace(side);
        const Images<T> images{x.data, b ? b->data : nullptr, s ? s->data : nullptr, y.data, channels, interleaved};
        require(channels > 0 && x.total % (p.up.rows * p.up.columns * channels) == 0 && (!b || b->total == channels));
        const Index batch = x.total / (p.up.rows * p.up.columns * channels);
        require(y.total == batch * channels * p.out_rows * p.out_columns && (s || pass == 0));
        require(!s || s->total == batch * channels * p.side.rows * p.side.columns);
        require(0 <= start && start <= stop && stop <= batch * images.blocks());
        nb::gil_scoped_release unlocked;
        const Buffer<T> numbers(scratch_of(p, images.most()));
        const Buffer<Index> offsets(p.up.weights + p.side.weights + p.down.weights);
        map()(p, images, {gain, slope, clamp}, start, stop, {numbers.get(), offsets.get()});
    }

    /// Independent items of images with so many channels, in a batch of them.
    static Index items(Index batch, Index channels, bool interleaved) {
        return batch * Images<T>{nullptr, nullptr, nullptr, nullptr, channels, interleaved}.blocks();
    }

    std::array<Index, 2> size() const { return {passes_[0].out_rows, passes_[0].out_columns}; }

  private:
    struct Size {
        Index rows, columns;
    };

    static ReluMap<T> map() {
        if constexpr (sizeof(T) == sizeof(float))
            return kernels().relu.narrow;
        else
            return kernels().relu.wide;
    }

    Table<T>& table() { return tables_.emplace_back(); }

    /// z[n] = Σₖ f[u k + pad − n] x[k].
    Resampling<T> make_up(const Filter<T>& f, Index u, Size pad, Size x, Size fine) {
        Table<T>&vertical = table(), &horizontal = table();
        const Index coarse = phases_ / u;
        for (Index r = 0; r < u; ++r) {
            const Index first = -floor_divided(pad.rows - r, u);
            for (Index t = u * first + pad.rows - r, k = first; t < f.n; t += u, ++k) vertical.add(0, k, t, f.at(0, t));
            vertical.end_phase();
        }
        for (Index row = 0; row < (f.separable ? 1 : f.n); ++row)
            for (Index a = 0; a < phases_; ++a) {
                const Index r = a % u, first = -floor_divided(pad.columns - r, u);
                for (Index t = u * first + pad.columns - r, k = a / u + first; t < f.n; t += u, ++k) {
                    const Index shift = floor_divided(k, coarse);
                    horizontal.add(k - shift * coarse, shift, row, f.at(row, t));
                }
                horizontal.end_phase();
            }
        return made(f, u, x, fine.columns, phases_, coarse, vertical, horizontal, (f.n + u - 1) / u);
    }

    /// y[o] = Σₜ f[t] z[d o + t + offset].
    Resampling<T> make_down(const Filter<T>& f, Index d, Size offset, Size fine, Size y) {
        Table<T>&vertical = table(), &horizontal = table();
        for (Index t = 0; t < f.n; ++t) vertical.add(0, t + offset.rows, t, f.at(0, t));
        vertical.end_phase();
        for (Index row = 0; row < (f.separable ? 1 : f.n); ++row)
            for (Index b = 0; b < phases_ / d; ++b) {
                for (Index t = 0; t < f.n; ++t) {
                    const Index e = d * b + t + offset.columns, shift = floor_divided(e, phases_);
                    horizontal.add(e - shift * phases_, shift, row, f.at(row, t));
                }
                horizontal.end_phase();
            }
        return made(f, d, fine, y.columns, phases_ / d, phases_, vertical, horizontal, f.n);
    }

    /// The resampling with these tables, of images of size `in`, into rows of so many columns in `out_phases` phases.
    static Resampling<T> made(const Filter<T>& f, Index factor, Size in, Index columns, Index out_phases,
                              Index in_phases, const Table<T>& vertical, const Table<T>& horizontal, Index depth) {
        Index guard = 0, length = samples(in.columns, in_phases, 0);
        const Index longest = samples(columns, out_phases, 0);
        for (const Index shift : horizontal.shift)
            guard = std::max(guard, -shift), length = std::max(length, longest + shift);
        return {f.separable, factor, in.rows, in.columns, out_phases, vertical.view(), horizontal.view(),
                vertical.row.data(), Index(horizontal.weight.size()), depth, {in_phases, guard, filled(guard + length + FULL)}};
    }

    Index phases_ = 1;
    std::deque<Table<T>> tables_;  // a deque, since passes point into its elements
    std::array<Pass<T>, 2> passes_;
};

template <class T>
void declare(nb::module_& m, const char* name) {
    using Relu = FilteredRelu<T>;
    nb::class_<Relu>(m, name)
        .def(nb::init<nb::handle, nb::handle, Index, Index, Index, Index, Index, Index, Index, Index>(), "up_filter"_a,
             "down_filter"_a, "up"_a, "down"_a, "before_rows"_a, "after_rows"_a, "before_columns"_a,
             "after_columns"_a, "rows"_a, "columns"_a)
        .def("run", &Relu::run, "which"_a, "x"_a, "bias"_a.none(), "s"_a.none(), "y"_a, "channels"_a, "interleaved"_a,
             "gain"_a, "slope"_a, "clamp"_a, "start"_a, "stop"_a)
        .def_static("items", &Relu::items, "batch"_a, "channels"_a, "interleaved"_a)
        .def("size", [](const Relu& relu) { return nb::make_tuple(relu.size()[0], relu.size()[1]); });
}

}  // namespace

void declare_filtered_relu(nb::module_& m) {
    declare<float>(m, "FilteredRelu32");
    declare<double>(m, "FilteredRelu64");
}

}  // namespace subband

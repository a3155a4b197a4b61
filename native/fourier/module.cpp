// Transforms on arrays, for tests: other kernels of the extension call the loops.
#include <nanobind/nanobind.h>

#include <algorithm>

#include "../buffer.h"
#include "../instructions.h"
#include "held.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace subband {
namespace {

template <class T>
const FourierMaps<T>& maps() {
    if constexpr (sizeof(T) == sizeof(float))
        return kernels().fourier.narrow;
    else
        return kernels().fourier.wide;
}

template <class T>
Index width() {
    return kernels().register_bytes / Index(sizeof(T));
}

/// y ← the transforms of length n down m columns of x, a multiple of the register's.
template <class T>
void columns(nb::handle x, nb::handle y, Index gap, Index n, Index m, nb::handle steps) {
    const View<const T> from(x);
    const View<T> to(y);
    const HeldSteps<T> held(steps[0], steps[1]);
    if (n < 1 || m < 0 || m % width<T>() || gap < n * m || std::min(from.total, to.total) < gap + n * m)
        throw nb::value_error("planes of other sizes than n, m and the gap say");
    const Buffer<T> work(4 * n * width<T>());
    nb::gil_scoped_release unlocked;
    maps<T>().columns(from.data, to.data, gap, n, m, held.get(), work.get());
}

/// y ← the transform of x, or the inverse times n; a register behind the parts of both can be read.
template <class T>
void transform(nb::handle x, nb::handle y, Index gap, bool inverse, nb::handle sequence) {
    const View<const T> from(x);
    const View<T> to(y);
    const HeldSequence<T> held(sequence);
    const Sequence<T> s = held.get();
    const Index n = s.rows * s.cols + width<T>();
    if (gap < n || std::min(from.total, to.total) < gap + n)
        throw nb::value_error("sequences of other sizes than the table and the gap say");
    const Buffer<T> work(scratch(s, width<T>()));
    nb::gil_scoped_release unlocked;
    const Index first = inverse ? gap : 0;
    maps<T>().sequence(from.data + first, to.data + first, inverse ? -gap : gap, s, work.get());
}

template <class T>
void declare(nb::module_& m, const char* columns_name, const char* transform_name) {
    m.def(columns_name, columns<T>, "x"_a, "y"_a, "gap"_a, "n"_a, "m"_a, "steps"_a);
    m.def(transform_name, transform<T>, "x"_a, "y"_a, "gap"_a, "inverse"_a, "sequence"_a);
}

}  // namespace

void declare_fourier(nb::module_& m) {
    declare<float>(m, "columns32", "transform32");
    declare<double>(m, "columns64", "transform64");
}

}  // namespace subband

// Transforms on arrays. Complex arrays come as real ones, whose last axis holds the parts in turn.
#include <nanobind/nanobind.h>

#include <algorithm>
#include <string>

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

void require(bool fits) {
    if (!fits) throw nb::value_error("arrays of sizes that do not fit each other");
}

/// Rows start … stop − 1 of y ← those of x transformed, or the inverse times n.
template <class T>
void rows(nb::handle x, nb::handle y, Index n, bool inverse, nb::handle steps, Index start, Index stop) {
    const View<const T> from(x);
    const View<T> to(y);
    const HeldSteps<T> held(steps[0], steps[1]);
    require(n > 0 && 0 <= start && start <= stop && 2 * n * stop <= std::min(from.total, to.total));
    const Buffer<T> work(scratch_for_lines(n, width<T>()));
    nb::gil_scoped_release unlocked;
    const Index first = 2 * n * start;
    maps<T>().rows(from.data + first, to.data + first, stop - start, n, inverse, held.get(), work.get());
}

/// The same for long rows, from the tables of a sequence.
template <class T>
void long_rows(nb::handle x, nb::handle y, bool inverse, nb::handle sequence, Index start, Index stop) {
    const View<const T> from(x);
    const View<T> to(y);
    const HeldSequence<T> held(sequence);
    const Sequence<T> s = held.get();
    const Index n = s.rows * s.cols, first = 2 * n * start;
    require(0 <= start && start <= stop && 2 * n * stop <= std::min(from.total, to.total));
    const Buffer<T> work(scratch_for_long_rows(s, width<T>()));
    nb::gil_scoped_release unlocked;
    maps<T>().long_rows(from.data + first, to.data + first, stop - start, inverse, s, work.get());
}

/// Planes start … stop − 1 of x, each of n × m numbers, transformed down their columns.
template <class T>
void planes(nb::handle x, Index n, Index m, bool inverse, nb::handle steps, Index start, Index stop) {
    const View<T> all(x);
    const HeldSteps<T> held(steps[0], steps[1]);
    require(n > 0 && m > 0 && 0 <= start && start <= stop && 2 * n * m * stop <= all.total);
    const Buffer<T> work(scratch_for_lines(n, width<T>()));
    nb::gil_scoped_release unlocked;
    maps<T>().planes(all.data + 2 * n * m * start, stop - start, n, m, inverse, held.get(), work.get());
}

/// Rows start … stop − 1 of y ← the bins 0 … n/2 of real rows of n numbers.
template <class T>
void real_rows(nb::handle x, nb::handle y, Index n, nb::handle steps, nb::handle turns, Index start, Index stop) {
    const View<const T> from(x);
    const View<T> to(y);
    const HeldSteps<T> held(steps[0], steps[1]);
    const View<const T> factors(turns);
    const Index parts = 2 * (n / 2 + 1);
    require(n > 0 && (n % 2 || factors.total >= 2 * (n / 4 + 1)) && 0 <= start && start <= stop && n * stop <= from.total && parts * stop <= to.total);
    const Buffer<T> work(scratch_for_lines(n, width<T>()));
    nb::gil_scoped_release unlocked;
    maps<T>().real_rows(from.data + n * start, to.data + parts * start, stop - start, n, held.get(), factors.data,
                        work.get());
}

/// Rows start … stop − 1 of y ← n times the real rows of n numbers with these bins 0 … n/2.
template <class T>
void half_rows(nb::handle x, nb::handle y, Index n, nb::handle steps, nb::handle turns, Index start, Index stop) {
    const View<const T> from(x);
    const View<T> to(y);
    const HeldSteps<T> held(steps[0], steps[1]);
    const View<const T> factors(turns);
    const Index parts = 2 * (n / 2 + 1);
    require(n > 0 && (n % 2 || factors.total >= 2 * (n / 4 + 1)) && 0 <= start && start <= stop && parts * stop <= from.total && n * stop <= to.total);
    const Buffer<T> work(scratch_for_lines(n, width<T>()));
    nb::gil_scoped_release unlocked;
    maps<T>().half_rows(from.data + parts * start, to.data + n * start, stop - start, n, held.get(), factors.data,
                        work.get());
}

/// Functions for one type of numbers, whose size in bits ends their names.
template <class T>
void declare(nb::module_& m, const std::string& bits) {
    m.def(("columns" + bits).c_str(), columns<T>, "x"_a, "y"_a, "gap"_a, "n"_a, "m"_a, "steps"_a);
    m.def(("transform" + bits).c_str(), transform<T>, "x"_a, "y"_a, "gap"_a, "inverse"_a, "sequence"_a);
    m.def(("fft_rows" + bits).c_str(), rows<T>, "x"_a, "y"_a, "n"_a, "inverse"_a, "steps"_a, "start"_a, "stop"_a);
    m.def(("fft_long_rows" + bits).c_str(), long_rows<T>, "x"_a, "y"_a, "inverse"_a, "sequence"_a, "start"_a,
          "stop"_a);
    m.def(("fft_planes" + bits).c_str(), planes<T>, "x"_a, "n"_a, "m"_a, "inverse"_a, "steps"_a, "start"_a,
          "stop"_a);
    m.def(("rfft_rows" + bits).c_str(), real_rows<T>, "x"_a, "y"_a, "n"_a, "steps"_a, "turns"_a, "start"_a,
          "stop"_a);
    m.def(("irfft_rows" + bits).c_str(), half_rows<T>, "x"_a, "y"_a, "n"_a, "steps"_a, "turns"_a, "start"_a,
          "stop"_a);
}

}  // namespace

void declare_fourier(nb::module_& m) {
    declare<float>(m, "32");
    declare<double>(m, "64");
}

}  // namespace subband

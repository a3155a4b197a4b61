// `Line`: the tables of a cascade over one axis, and the cascade and its gradient on arrays.
#include "line_plan.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace subband {
namespace {

template <class T>
const LineMaps<T>& maps() {
    if constexpr (sizeof(T) == sizeof(float))
        return kernels().line.narrow;
    else
        return kernels().line.wide;
}

/// Raises ValueError unless an array holds `signals` times so many numbers.
template <class T>
void expect(const View<T>& array, Index signals, Index numbers) {
    if (array.total != signals * numbers) throw nb::value_error("an array of another size than the plan's");
}

/// Items start … stop − 1 of signals (batch, samples).
template <class T>
LineWork work_on(const LinePlan<T>& plan, const View<const T>& x, Index parts, Index start, Index stop) {
    if (x.rank() != 2) throw nb::value_error("signals are the rows of an array of two axes");
    const LineWork work{x.size(1), parts, start, stop};
    plan.check(work, x.size(0));
    return work;
}

/// The convolutions (signals, numbers) of some of a batch, or of none.
template <class T>
LineHeld<T> held_of(const LinePlan<T>& plan, const View<T>& all) {
    if (all.rank() != 2) throw nb::value_error("convolutions are the rows of an array of two axes");
    expect(all, all.size(0), plan.tables.held);
    return {all.data, all.size(0)};
}

/// x (batch, samples) → out (batch, rows, out), for items start … stop − 1: signals times parts; and the convolutions
/// of the first signals → held (signals, numbers).
template <class T>
void apply(const LinePlan<T>& plan, nb::handle x, nb::handle out, nb::handle held, Index parts, Index start,
           Index stop) {
    const View<const T> from(x);
    const View<T> to(out), all(held);
    const LineTables<T>& t = plan.tables;
    const LineWork work = work_on(plan, from, parts, start, stop);
    expect(to, from.size(0), t.rows * t.out);
    const LineHeld<T> convolutions = held_of(plan, all);
    nb::gil_scoped_release unlocked;
    const OwnLineMemory<T> own(plan, false);
    maps<T>().forward(from.data, to.data, convolutions, t, own.memory, work);
}

/// x (batch, samples), gradients (batch, rows, out) of its averages → out (batch, parts, samples) + those of x.
/// Convolutions that `apply` held aren't computed again.
template <class T>
void gradient(const LinePlan<T>& plan, nb::handle x, nb::handle given, nb::handle held, nb::handle out, Index parts,
              Index start, Index stop) {
    const View<const T> from(x), of(given);
    const View<T> to(out), all(held);
    const LineTables<T>& t = plan.tables;
    const LineWork work = work_on(plan, from, parts, start, stop);
    expect(of, from.size(0), t.rows * t.out), expect(to, from.size(0), parts * work.samples);
    const LineHeld<T> convolutions = held_of(plan, all);
    nb::gil_scoped_release unlocked;
    const OwnLineMemory<T> own(plan, true);
    maps<T>().backward(from.data, of.data, convolutions, to.data, t, own.memory, work);
}

template <class T>
void declare(nb::module_& m, const char* name) {
    nb::class_<LinePlan<T>>(m, name)
        .def(nb::init<nb::handle, nb::handle, nb::handle, nb::handle, nb::handle, nb::handle, nb::handle, nb::handle,
                      nb::handle, Index, nb::handle, nb::handle, nb::handle>())
        .def_prop_ro("held", [](const LinePlan<T>& plan) { return plan.tables.held; })
        .def("apply", &apply<T>, "x"_a, "out"_a, "held"_a, "parts"_a, "start"_a, "stop"_a)
        .def("gradient", &gradient<T>, "x"_a, "given"_a, "held"_a, "out"_a, "parts"_a, "start"_a, "stop"_a);
}

}  // namespace

void declare_line(nb::module_& m) {
    declare<float>(m, "Line32");
    declare<double>(m, "Line64");
}

}  // namespace subband

// `FilterBank`: the tables of a plan, and the maps on arrays.
#include <nanobind/nanobind.h>

#include <optional>
#include <utility>

#include "../arrays.h"
#include "bank.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace subband {
namespace {

template <class T>
class FilterBank {
  public:
    FilterBank(Index rank, nb::handle sizes, nb::handle taps, nb::handle left, nb::handle split, nb::handle merge,
               nb::handle index, nb::handle weight, nb::handle terms, nb::handle places)
        : sizes_(copied<Index>(sizes)), taps_(copied<Index>(taps)), left_(copied<Index>(left)),
          split_(copied<T>(split)), merge_(copied<T>(merge)), index_(copied<Index>(index)),
          weight_(copied<T>(weight)), terms_(copied<Index>(terms)), places_(copied<Index>(places)) {
        const Index levels = Index(terms_.size()) / AXES, longest = Index(split_.size()) / (2 * AXES);
        const View<const Index> shape(index);
        t_ = {rank, levels, longest, shape.size(2), shape.size(3), sizes_.data(), taps_.data(), left_.data(),
              split_.data(), merge_.data(), index_.data(), weight_.data(), terms_.data(), places_.data()};
    }

    /// Apply one map to the signals start … stop − 1, of `parts` parts each, at the levels first … last − 1.
    void apply(int operation, nb::handle source, nb::handle target, nb::handle between, Index first, Index last,
               Index parts, Index start, Index stop) const {
        const View<const T> x(source);
        const View<T> y(target);
        std::optional<View<T>> shared;
        if (!between.is_none()) shared.emplace(between);
        const Index batch = x.size(0);
        check(Operation{operation}, batch, x.total, y.total);
        nb::gil_scoped_release unlocked;
        subband::apply<T>(Operation{operation}, {x.data, y.data, batch, x.total / batch, y.total / batch}, t_,
                          shared ? shared->data : nullptr, {first, last, parts, start, stop});
    }

    /// Apply one map to a single short signal, on this thread and with Python's lock, whose release takes longer.
    void one(int operation, nb::handle source, nb::handle target) const {
        const View<const T> x(source);
        const View<T> y(target);
        check(Operation{operation}, 1, x.total, y.total);
        subband::apply<T>(Operation{operation}, {x.data, y.data, 1, x.total, y.total}, t_, nullptr,
                          {0, t_.levels, 1, 0, 1});
    }

    /// The pyramid's synthesis of a single short signal from its bands, which are arrays of their own.
    void join(nb::sequence bands, nb::handle target) const {
        std::vector<T> coefficients;
        for (nb::handle band : bands) {
            const View<const T> x(band);
            coefficients.insert(coefficients.end(), x.data, x.data + x.total);
        }
        const View<T> y(target);
        const Index total = Index(coefficients.size());
        check(Operation::pyramid_synthesis, 1, total, y.total);
        subband::apply<T>(Operation::pyramid_synthesis, {coefficients.data(), y.data, 1, total, y.total}, t_, nullptr,
                          {0, t_.levels, 1, 0, 1});
    }

  private:
    /// Throws where arrays don't hold `batch` signals and their coefficients.
    void check(Operation operation, Index batch, Index source, Index target) const {
        Index from = batch * t_.block(0), to = batch * t_.coefficients(of_tree(operation));
        if (!is_analysis(operation)) std::swap(from, to);
        if (source != from || target != to)
            throw nb::value_error("signals or coefficients of other sizes than the plan's");
    }

    std::vector<Index> sizes_, taps_, left_;
    std::vector<T> split_, merge_;
    std::vector<Index> index_;
    std::vector<T> weight_;
    std::vector<Index> terms_, places_;
    Tables<T> t_;
};

template <class T>
void declare(nb::module_& m, const char* name) {
    nb::class_<FilterBank<T>>(m, name)
        .def(nb::init<Index, nb::handle, nb::handle, nb::handle, nb::handle, nb::handle, nb::handle, nb::handle,
                      nb::handle, nb::handle>())
        .def("apply", &FilterBank<T>::apply, "operation"_a, "source"_a, "target"_a, "between"_a.none(), "first"_a,
             "last"_a, "parts"_a, "start"_a, "stop"_a)
        .def("one", &FilterBank<T>::one, "operation"_a, "source"_a, "target"_a)
        .def("join", &FilterBank<T>::join, "bands"_a, "target"_a);
}

}  // namespace

#ifdef SUBBAND_XLA
void declare_xla_targets(nb::module_& m);
#endif

void declare_filterbank(nb::module_& m) {
    declare<float>(m, "FilterBank32");
    declare<double>(m, "FilterBank64");
#ifdef SUBBAND_XLA
    declare_xla_targets(m);
#else
    m.attr("xla_targets") = nb::dict();
#endif
}

}  // namespace subband

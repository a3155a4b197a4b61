// `DilatedBank`: the tables of an undecimated filter bank, and its maps on arrays.
#include <nanobind/nanobind.h>

#include "../arrays.h"
#include "../buffer.h"
#include "../instructions.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace subband {
namespace {

template <class T>
class DilatedBank {
  public:
    DilatedBank(Index levels, Index parts, nb::handle sizes, nb::handle firsts, nb::handle offsets, nb::handle weights)
        : sizes_(copied<Index>(sizes)), firsts_(copied<Index>(firsts)), offsets_(copied<Index>(offsets)),
          weights_(copied<T>(weights)) {
        const Index rank = Index(sizes_.size());
        require(rank > 0 && rank <= 3 && levels > 0 && Index(firsts_.size()) == levels * rank + 1 && firsts_[0] == 0);
        require(firsts_.back() == Index(offsets_.size()) && weights_.size() == 2 * offsets_.size());
        for (Index i = 0; i < levels * rank; ++i) {
            require(firsts_[i] < firsts_[i + 1]);
            taps_ = std::max(taps_, firsts_[i + 1] - firsts_[i]);
            for (Index j = firsts_[i]; j < firsts_[i + 1]; ++j)
                require(0 <= offsets_[j] && offsets_[j] < sizes_[i % rank]);
        }
        t_ = {rank, levels, parts, sizes_.data(), firsts_.data(), offsets_.data(), weights_.data()};
    }

    /// Signals start … stop − 1 of out ← the bands of those of x.
    void analyse(nb::handle source, nb::handle target, Index start, Index stop) const {
        const View<const T> x(source);
        const View<T> out(target);
        const Index block = t_.block(), bands = t_.bands();
        require(0 <= start && start <= stop && stop * block <= x.total && stop * block * bands <= out.total);
        nb::gil_scoped_release unlocked;
        const Buffer<T> blocks((2 * t_.rank + 2) * block);
        const Buffer<const T*> rows(2 * taps_);
        for (Index i = start; i < stop; ++i)
            maps().analyse(x.data + i * block, out.data + i * block * bands, t_, {blocks.get(), rows.get()});
    }

    /// Signals start … stop − 1 of y ← the approximations of level `last` from bands.
    void synthesise(nb::handle source, nb::handle target, Index last, Index start, Index stop) const {
        const View<const T> all(source);
        const View<T> y(target);
        const Index block = t_.block(), bands = t_.bands();
        require(0 <= start && start <= stop && stop * block <= y.total && stop * block * bands <= all.total);
        require(0 <= last && last < t_.levels);
        nb::gil_scoped_release unlocked;
        const Buffer<T> blocks((2 * t_.rank + 2) * block);
        const Buffer<const T*> rows(2 * taps_);
        for (Index i = start; i < stop; ++i)
            maps().synthesise(all.data + i * block * bands, y.data + i * block, last, t_, {blocks.get(), rows.get()});
    }

  private:
    static void require(bool fits) {
        if (!fits) throw nb::value_error("tables or arrays of sizes that do not fit each other");
    }
    static const DilatedMaps<T>& maps() {
        if constexpr (sizeof(T) == sizeof(float))
            return kernels().dilated.narrow;
        else
            return kernels().dilated.wide;
    }

    Index taps_ = 0;
    std::vector<Index> sizes_, firsts_, offsets_;
    std::vector<T> weights_;
    DilatedTables<T> t_;
};

template <class T>
void declare(nb::module_& m, const char* name) {
    nb::class_<DilatedBank<T>>(m, name)
        .def(nb::init<Index, Index, nb::handle, nb::handle, nb::handle, nb::handle>(), "levels"_a, "parts"_a, "sizes"_a,
             "firsts"_a, "offsets"_a, "weights"_a)
        .def("analyse", &DilatedBank<T>::analyse, "source"_a, "target"_a, "start"_a, "stop"_a)
        .def("synthesise", &DilatedBank<T>::synthesise, "source"_a, "target"_a, "last"_a, "start"_a, "stop"_a);
}

}  // namespace

void declare_dilated(nb::module_& m) {
    declare<float>(m, "DilatedBank32");
    declare<double>(m, "DilatedBank64");
}

}  // namespace subband

// `ParallelRays` and `Rays`: tables of rays through an image, their integrals, and the transposes.
#include <nanobind/nanobind.h>

#include "../arrays.h"
#include "../buffer.h"
#include "../instructions.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace subband {
namespace {

void require(bool fits) {
    if (!fits) throw nb::value_error("tables or arrays of sizes that do not fit each other");
}

template <class T>
const RadonMaps<T>& maps() {
    if constexpr (sizeof(T) == sizeof(float))
        return kernels().radon.narrow;
    else
        return kernels().radon.wide;
}

template <class T>
class ParallelRays {
  public:
    ParallelRays(Index width, nb::handle shift, nb::handle fraction, nb::handle take_first, nb::handle take_weight,
                 nb::handle give_first, nb::handle give_weight)
        : shift_(copied<Index>(shift)), fraction_(copied<T>(fraction)), take_first_(copied<Index>(take_first)),
          take_weight_(copied<T>(take_weight)), give_first_(copied<Index>(give_first)),
          give_weight_(copied<T>(give_weight)) {
        const View<const Index> shifts(shift), taken(take_first), given(give_first);
        require(shifts.rank() == 2 && taken.rank() == 2 && given.rank() == 2);
        const Index views = shifts.size(0), lines = shifts.size(1), detectors = taken.size(1), rays = given.size(1);
        require(views > 0 && lines > 0 && width > 0 && detectors > 0 && rays > 0);
        require(taken.size(0) == views && given.size(0) == views && fraction_.size() == shift_.size());
        const Index terms = Index(take_weight_.size()) / (views * detectors);
        const Index back = Index(give_weight_.size()) / (views * rays);
        require(Index(take_weight_.size()) == views * detectors * terms);
        require(Index(give_weight_.size()) == views * rays * back);
        for (const Index first : take_first_) require(0 <= first && first + terms <= rays);
        for (const Index first : give_first_) require(0 <= first && first + back <= detectors);
        for (Index r = 0; r < lines; ++r)
            for (Index view = 0; view < views; ++view)
                shift_of_.push_back(shift_[view * lines + r]), fraction_of_.push_back(fraction_[view * lines + r]);
        t_ = {views, lines, width, rays, detectors, terms, back, shift_.data(), fraction_.data(), shift_of_.data(),
              fraction_of_.data(), take_first_.data(), take_weight_.data(), give_first_.data(), give_weight_.data()};
    }

    /// (batch, lines, width with margins) → (batch, views, detectors), views start … stop − 1 of all images.
    void project(nb::handle source, nb::handle target, Index start, Index stop) const {
        const View<const T> images(source);
        const View<T> out(target);
        const Index image = t_.lines * (t_.width + 2 * MARGIN), batch = images.total / image;
        require(images.total == batch * image && out.total == batch * t_.views * t_.detectors);
        require(0 <= start && start <= stop && stop <= batch * t_.views);
        nb::gil_scoped_release unlocked;
        const Buffer<T> rays(t_.rays);
        for (Index i = start; i < stop; ++i)
            maps<T>().project_view(images.data + i / t_.views * image, rays.get(), out.data + i * t_.detectors,
                                   i % t_.views, t_);
    }

    /// (batch, views, detectors) → (batch, views, rays with margins), views start … stop − 1 of all images.
    void spread(nb::handle source, nb::handle target, Index start, Index stop) const {
        const View<const T> detectors(source);
        const View<T> rays(target);
        const Index batch = detectors.total / (t_.views * t_.detectors), row = t_.rays + 2 * MARGIN;
        require(detectors.total == batch * t_.views * t_.detectors && rays.total == batch * t_.views * row);
        require(0 <= start && start <= stop && stop <= batch * t_.views);
        nb::gil_scoped_release unlocked;
        for (Index i = start; i < stop; ++i)
            maps<T>().spread_view(detectors.data + i * t_.detectors, rays.data + i * row, i % t_.views, t_);
    }

    /// (batch, views, rays with margins) → (batch, lines, width), lines start … stop − 1 of all images.
    void smear(nb::handle source, nb::handle target, Index start, Index stop) const {
        const View<const T> rays(source);
        const View<T> images(target);
        const Index views = t_.views * (t_.rays + 2 * MARGIN), batch = rays.total / views;
        require(rays.total == batch * views && images.total == batch * t_.lines * t_.width);
        require(0 <= start && start <= stop && stop <= batch * t_.lines);
        nb::gil_scoped_release unlocked;
        for (Index i = start; i < stop; ++i)
            maps<T>().smear_line(rays.data + i / t_.lines * views, images.data + i * t_.width, i % t_.lines, t_);
    }

    Index rays() const { return t_.rays; }

  private:
    std::vector<Index> shift_, shift_of_;
    std::vector<T> fraction_, fraction_of_;
    std::vector<Index> take_first_;
    std::vector<T> take_weight_;
    std::vector<Index> give_first_;
    std::vector<T> give_weight_;
    ParallelTables<T> t_;
};

template <class T>
class Rays {
  public:
    Rays(Index lines, Index width, nb::handle start, nb::handle slope, nb::handle weight, nb::handle first,
         nb::handle last)
        : start_(copied<double>(start)), slope_(copied<double>(slope)), weight_(copied<T>(weight)),
          first_(copied<Index>(first)), last_(copied<Index>(last)) {
        const Index rays = Index(start_.size());
        require(lines > 0 && width > 0 && slope_.size() == start_.size() && weight_.size() == start_.size());
        require(first_.size() == start_.size() && last_.size() == start_.size());
        for (Index k = 0; k < rays; ++k) {
            if (first_[k] >= last_[k]) continue;
            require(0 <= first_[k] && last_[k] <= lines);
            for (const Index r : {first_[k], last_[k] - 1}) {
                const double at = start_[k] + slope_[k] * double(r);
                require(-2 <= at && at <= double(width) + 1);
            }
        }
        t_ = {rays, lines, width, start_.data(), slope_.data(), weight_.data(), first_.data(), last_.data()};
    }

    /// (batch, lines, width with margins) → (batch, rays), rays start … stop − 1 of all images.
    void project(nb::handle source, nb::handle target, Index start, Index stop) const {
        const View<const T> images(source);
        const View<T> out(target);
        const Index batch = images.total / image();
        require(images.total == batch * image() && out.total == batch * t_.rays);
        require(0 <= start && start <= stop && stop <= batch * t_.rays);
        nb::gil_scoped_release unlocked;
        for (Index i = start; i < stop; ++i)
            out.data[i] = maps<T>().project_ray(images.data + i / t_.rays * image(), i % t_.rays, t_);
    }

    /// (batch, lines, width with margins) += the transpose of (batch, rays), lines start … stop − 1 of all images.
    void smear(nb::handle source, nb::handle target, Index start, Index stop) const {
        const View<const T> values(source);
        const View<T> images(target);
        const Index batch = images.total / image();
        require(images.total == batch * image() && values.total == batch * t_.rays);
        require(0 <= start && start <= stop && stop <= batch * t_.lines);
        nb::gil_scoped_release unlocked;
        for (Index b = start / t_.lines; b * t_.lines < stop; ++b)
            for (Index k = 0; k < t_.rays; ++k)
                maps<T>().smear_ray(images.data + b * image(), values.data[b * t_.rays + k], k,
                                    std::max<Index>(start - b * t_.lines, 0), std::min(stop - b * t_.lines, t_.lines), t_);
    }

  private:
    Index image() const { return t_.lines * (t_.width + 2 * MARGIN); }

    std::vector<double> start_, slope_;
    std::vector<T> weight_;
    std::vector<Index> first_, last_;
    RayTables<T> t_;
};

template <class T>
void declare(nb::module_& m, const char* parallel, const char* rays) {
    nb::class_<ParallelRays<T>>(m, parallel)
        .def(nb::init<Index, nb::handle, nb::handle, nb::handle, nb::handle, nb::handle, nb::handle>(), "width"_a,
             "shift"_a, "fraction"_a, "take_first"_a, "take_weight"_a, "give_first"_a, "give_weight"_a)
        .def_prop_ro("rays", &ParallelRays<T>::rays)
        .def("project", &ParallelRays<T>::project, "source"_a, "target"_a, "start"_a, "stop"_a)
        .def("spread", &ParallelRays<T>::spread, "source"_a, "target"_a, "start"_a, "stop"_a)
        .def("smear", &ParallelRays<T>::smear, "source"_a, "target"_a, "start"_a, "stop"_a);
    nb::class_<Rays<T>>(m, rays)
        .def(nb::init<Index, Index, nb::handle, nb::handle, nb::handle, nb::handle, nb::handle>(), "lines"_a, "width"_a,
             "start"_a, "slope"_a, "weight"_a, "first"_a, "last"_a)
        .def("project", &Rays<T>::project, "source"_a, "target"_a, "start"_a, "stop"_a)
        .def("smear", &Rays<T>::smear, "source"_a, "target"_a, "start"_a, "stop"_a);
}

}  // namespace

void declare_radon(nb::module_& m) {
    m.attr("ray_margin") = MARGIN;
    declare<float>(m, "ParallelRays32", "Rays32");
    declare<double>(m, "ParallelRays64", "Rays64");
}

}  // namespace subband

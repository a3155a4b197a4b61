// `scalogram`, and `Patterns`: the tables of one filter of order 2, and what is averaged over time.
#include <algorithm>
#include <utility>
#include <vector>

#include "../cascade/line_plan.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace subband {
namespace {

template <class T>
const JointMaps<T>& maps() {
    if constexpr (sizeof(T) == sizeof(float))
        return kernels().joint.narrow;
    else
        return kernels().joint.wide;
}

/// Whether there is room for what a node writes.
template <class T>
bool fits(const LineTables<T>& t, const LineStep& step, Index row, const std::vector<Kept>& kept, Index y,
          Index smooth) {
    if (step.generation == 0) return (row + 1) * t.out <= smooth;
    return row <= Index(kept.size()) && kept[row - 1].offset + 2 * kept[row - 1].total <= y;
}

/// Raises ValueError unless all nodes of these steps have room for what is written.
template <class T>
void expect_room(const LineTables<T>& t, Index first, Index last, const std::vector<Kept>& kept, Index y,
                 Index smooth) {
    for (const LineStep* step = t.steps + first; step < t.steps + last; ++step)
        for (const LineMember* one = t.members + step->member; one < t.members + step->member + step->members; ++one)
            if (!fits(t, *step, one->row, kept, y, smooth))
                throw nb::value_error("arrays of other sizes than the plan's");
}

/// Steps first … last − 1 of one signal x (samples): averages → smooth (·, out), and of nodes of order 2 what
/// `kept` (nodes, 3) says → y.
template <class T>
void scalogram(const LinePlan<T>& line, nb::handle x, nb::handle kept, nb::handle y, nb::handle smooth, Index first,
               Index last) {
    const View<const T> from(x);
    const View<T> to(y), averages(smooth);
    const View<const Index> table(kept);
    const LineTables<T>& t = line.tables;
    std::vector<Kept> nodes;
    for (Index k = 0; k + 3 <= table.total; k += 3)
        nodes.push_back({table.data[k], table.data[k + 1], table.data[k + 2]});
    line.check({from.total, 1, 0, 1}, 1);
    if (first < 0 || last > line.steps() || averages.total < t.out)
        throw nb::value_error("no such steps of the plan");
    expect_room(t, first, last, nodes, to.total, averages.total);
    nb::gil_scoped_release unlocked;
    const OwnLineMemory<T> own(line, false);
    maps<T>().scalogram(from.data, t, own.memory, first, last, nodes.data(), to.data, averages.data);
}

template <class T>
class Patterns {
  public:
    /// The fields of a `Rows` and a `Frames` of `subband.kernels.joint.tables`.
    Patterns(nb::handle rows, nb::handle weights, Index computed, Index seen, Index samples, Index segment,
             Index cell, Index block, Index met, Index step, Index ahead, nb::handle moments, nb::handle shares,
             Index frames)
        : weights_(weights), moments_(moments), shares_(shares) {
        const auto table = copied<Index>(rows);
        for (auto row = table.data(); row != table.data() + table.size(); row += 4)
            rows_.push_back({row[0], row[1], row[2], row[3]});
        t_ = {rows_.data(), Index(rows_.size()), weights_.data, computed, seen, samples, segment, cell, block, met,
              step, ahead, moments_.total / block, moments_.data, shares_.data, frames};
    }

    /// Y₂ (seen, 2, samples) → averaged (computed, frames) moduli.
    void apply(nb::handle y, nb::handle averaged) const {
        const View<const T> from(y);
        const View<T> to(averaged);
        if (from.total != 2 * t_.seen * t_.samples || to.total != t_.computed * t_.frames)
            throw nb::value_error("arrays of other sizes than the plan's");
        nb::gil_scoped_release unlocked;
        const Index width = kernels().register_bytes / Index(sizeof(T));
        // The samples of one filter more, see `gather`.
        const Index samples = 2 * SAMPLES * (t_.seen + 1) * width, moduli = 2 * SAMPLES * width;
        const Index sums = t_.computed * t_.terms * width, frames = t_.computed * (t_.ahead + t_.met) * width;
        const Buffer<T> numbers(samples + moduli + sums + frames);
        T* p = numbers.get();
        std::fill_n(p, samples + moduli + sums + frames, T(0));
        std::fill_n(to.data, to.total, T(0));
        auto take = [&p](Index size) { return std::exchange(p, p + size); };
        PatternMemory<T> memory;
        memory.samples = take(samples), memory.moduli = take(moduli);
        memory.sums = take(sums), memory.frames = take(frames);
        maps<T>().patterns(from.data, t_, memory, to.data);
    }

  private:
    std::vector<PatternRow> rows_;
    View<const T> weights_, moments_, shares_;
    PatternTables<T> t_;
};

template <class T>
void declare(nb::module_& m, const char* scalogram_name, const char* patterns_name) {
    m.def(scalogram_name, scalogram<T>, "line"_a, "x"_a, "kept"_a, "y"_a, "smooth"_a, "first"_a, "last"_a);
    nb::class_<Patterns<T>>(m, patterns_name)
        .def(nb::init<nb::handle, nb::handle, Index, Index, Index, Index, Index, Index, Index, Index, Index,
                      nb::handle, nb::handle, Index>())
        .def("apply", &Patterns<T>::apply, "y"_a, "averaged"_a);
}

}  // namespace

void declare_joint(nb::module_& m) {
    declare<float>(m, "scalogram32", "Patterns32");
    declare<double>(m, "scalogram64", "Patterns64");
}

}  // namespace subband

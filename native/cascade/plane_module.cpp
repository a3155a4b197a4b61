// `Plane`: the tables of a cascade over two axes, and the cascade and its gradient on arrays.
#include <nanobind/nanobind.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "../arrays.h"
#include "../buffer.h"
#include "../instructions.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace subband {
namespace {

constexpr Index PARTS_OF_SEGMENT = sizeof(Segment) / sizeof(Index), PARTS_OF_BLOCK = sizeof(Block) / sizeof(Index),
                PARTS_OF_STACK = sizeof(Stack) / sizeof(Index);

/// Rows of an array of numbers as objects that hold as many.
template <class Object>
const Object* as(const View<const Index>& rows) {
    return reinterpret_cast<const Object*>(rows.data);
}

Index fours(Index n) { return (n + 3) / 4 * 4; }

template <class T>
class PlaneCascade {
  public:
    PlaneCascade(nb::handle source, nb::handle sizes, nb::handle ffts, nb::handle radices, nb::handle twiddles,
                 nb::handle segments, nb::handle columns, nb::handle filters, nb::handle terms, nb::handle bands,
                 nb::handle blocks, nb::handle matrices, nb::handle stacks, nb::handle rows, nb::handle images,
                 Index samples, Index outputs, Index high, Index wide)
        : source_(source), radices_(radices), segments_(segments), columns_(columns), blocks_(blocks),
          stacks_(stacks), rows_(rows), images_(images), twiddles_(twiddles), filters_(filters), matrices_(matrices) {
        const auto size = copied<Index>(sizes), fft = copied<Index>(ffts), term = copied<Index>(terms);
        const auto band = copied<Index>(bands);
        const auto steps = [&](Index at) -> Steps<T> {
            const Index* f = fft.data() + 4 * at;
            return {radices_.data + f[0], f[1] - f[0], twiddles_.data + f[2]};
        };
        const Block* block = as<Block>(blocks_);
        for (Index s = 0; s < Index(term.size()); ++s) {
            const Index* b = band.data() + 4 * s;
            resolutions_.push_back({size[2 * s], size[2 * s + 1], steps(2 * s), steps(2 * s + 1), term[s],
                                    block + b[0], block + b[1], block + b[2], block + b[3]});
        }
        const Index* together = std::max_element(images_.data, images_.data + images_.total);
        t_ = {source_.data,        resolutions_.data(), as<Segment>(segments_), columns_.data,
              filters_.data,       matrices_.data,      as<Stack>(stacks_),     rows_.data,
              images_.data,        stacks_.total / PARTS_OF_STACK,              *together + 1,
              samples,             outputs,             high,                   wide};
    }

    /// Averages (batch, outputs, high, wide) of images (batch, samples), for items start … stop − 1: groups of images
    /// times parts of the tree, which begin at the stacks `begins`.
    void apply(nb::handle images, nb::handle averages, nb::handle begins, Index start, Index stop) const {
        const View<const T> x(images);
        const View<T> out(averages);
        const View<const Index> parts(begins);
        const PlaneWork<T> work = checked(x, parts, start, stop);
        require(out.total == work.batch * averages_of_image());
        run(maps().forward, {x.data, nullptr, out.data, work.batch, work.parts, parts.data, start, stop}, false);
    }

    /// Adds to `out` (batch, parts, samples) the gradient of Σ given · averages by the images.
    void gradient(nb::handle images, nb::handle given, nb::handle gradient, nb::handle begins, Index start,
                  Index stop) const {
        const View<const T> x(images), weights(given);
        const View<T> out(gradient);
        const View<const Index> parts(begins);
        const PlaneWork<T> work = checked(x, parts, start, stop);
        require(weights.total == work.batch * averages_of_image() && out.total == x.total * work.parts);
        run(maps().backward, {x.data, weights.data, out.data, work.batch, work.parts, parts.data, start, stop}, true);
    }

  private:
    static void require(bool holds) {
        if (!holds) throw nb::value_error("arrays of other sizes than the cascade's");
    }

    static const PlaneMaps<T>& maps() {
        if constexpr (sizeof(T) == sizeof(float))
            return kernels().plane.narrow;
        else
            return kernels().plane.wide;
    }

    Index averages_of_image() const { return t_.outputs * t_.high * t_.wide; }

    PlaneWork<T> checked(const View<const T>& x, const View<const Index>& begins, Index start, Index stop) const {
        PlaneWork<T> work{};
        work.batch = x.total / t_.samples, work.parts = begins.total - 1;
        require(x.total == work.batch * t_.samples && work.parts >= 1);
        require(std::is_sorted(begins.data, begins.data + begins.total) && begins.data[0] >= 0);
        require(begins.data[work.parts] <= t_.stack_count);
        const Index groups = (work.batch + t_.together - 1) / t_.together;
        require(0 <= start && stop <= groups * work.parts);
        return work;
    }

    void run(PlaneMap<T> map, const PlaneWork<T>& work, bool gradient) const;

    View<const Index> source_, radices_, segments_, columns_, blocks_, stacks_, rows_, images_;
    View<const T> twiddles_, filters_, matrices_;
    std::vector<PlaneResolution<T>> resolutions_;
    PlaneTables<T> t_;
};

/// With the memory that one thread needs.
template <class T>
void PlaneCascade<T>::run(PlaneMap<T> map, const PlaneWork<T>& work, bool gradient) const {
    nb::gil_scoped_release unlocked;
    const Index width = kernels().register_bytes / Index(sizeof(T));
    const auto plane = [&](Index lines, Index n) { return 2 * width * lines * (n | 1); };
    Index generations = 0, longest = 0, largest = 0, deep = 0, kept = 0, mixed = 0;
    for (const PlaneResolution<T>& r : resolutions_) {
        longest = std::max({longest, r.rows, r.cols});
        largest = std::max(largest, plane(r.rows, r.cols));
        mixed = std::max(mixed, r.terms * fours(r.rows) * fours(t_.wide) * width);
    }
    const auto half = [&](const PlaneResolution<T>& r) { return plane(r.half(), r.rows); };
    deep = half(resolutions_[0]);
    for (const Stack* stack = t_.stacks; stack < t_.stacks + t_.stack_count; ++stack) {
        if (!stack->deeper) continue;
        const PlaneResolution<T>& r = resolutions_[stack->after];
        deep = std::max(deep, half(r)), kept = std::max(kept, plane(r.rows, r.cols));
        generations = std::max(generations, stack->generation + 1);
    }
    const Index lines = std::max(4 * AT_ONCE, fours(longest)) * 2 * width;
    const Index passes = 4 * std::max(AT_ONCE, longest) * width;
    const Index output = (fours(t_.high) * fours(t_.wide) + width) * width;
    const Index spectra = (1 + generations) * deep;
    const Index twice = gradient ? spectra + generations * kept : 0;
    const Buffer<T> numbers(largest + spectra + twice + 2 * lines + mixed + output + passes);
    const Buffer<Index> open(generations);
    T* p = numbers.get();
    const auto take = [&p](Index size) { return std::exchange(p, p + size); };
    PlaneMemory<T> memory{};
    memory.deep = deep, memory.plane = kept, memory.open = open.get();
    memory.column = take(lines), memory.row = take(lines), memory.passes = take(passes);
    memory.mixed = take(mixed), memory.output = take(output);
    memory.z = take(largest), memory.spectra = take(spectra);
    if (gradient) memory.gathered = take(spectra), memory.kept = take(generations * kept);
    map(t_, memory, work);
}

template <class T>
void declare(nb::module_& m, const char* name) {
    using H = nb::handle;
    nb::class_<PlaneCascade<T>>(m, name)
        .def(nb::init<H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, Index, Index, Index, Index>())
        .def("apply", &PlaneCascade<T>::apply, "images"_a, "averages"_a, "begins"_a, "start"_a, "stop"_a)
        .def("gradient", &PlaneCascade<T>::gradient, "images"_a, "given"_a, "gradient"_a, "begins"_a, "start"_a,
             "stop"_a);
}

}  // namespace

void declare_plane(nb::module_& m) {
    declare<float>(m, "Plane32");
    declare<double>(m, "Plane64");
}

}  // namespace subband

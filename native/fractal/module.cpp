// The fractal codec on arrays.
#include <nanobind/nanobind.h>
#include <nanobind/stl/vector.h>

#include <cstring>

#include "../arrays.h"
#include "../buffer.h"
#include "../instructions.h"
#include "stream.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace subband {
namespace {

/// Domains of one size, and the search among them.
class DomainPool {
  public:
    /// As `reference.DomainPool`; `grid` is step, first row, first column, rows, columns.
    DomainPool(nb::handle reduced, nb::handle basis, nb::handle order, nb::handle ends, nb::handle grid, float limit)
        : ends_(copied<Index>(ends)) {
        const View<const float> image(reduced), cosines(basis);
        const View<const Index> coefficients(order), numbers(grid);
        const Index n = cosines.size(0), *g = numbers.data;
        grid_ = {image.data, image.size(1), n, g[0], g[1], g[2], g[3], g[4]};
        if (grid_.rows < 1 || grid_.columns < 1 || (grid_.first_row + grid_.rows - 1) * grid_.step + n > image.size(0) ||
            (grid_.first_column + grid_.columns - 1) * grid_.step + n > image.size(1) || coefficients.total != n * n - 1)
            throw nb::value_error("domains beyond the image");
        const Index positions = kernels().fractal.positions;
        across_ = (grid_.columns + positions - 1) / positions;
        panels_ = grid_.rows * across_;
        unit_ = std::make_unique<Buffer<float>>(panels_ * (n * n - 1) * positions);
        reach_ = std::make_unique<Buffer<float>>(panels_ * positions);
        nb::gil_scoped_release unlocked;
        const Buffer<float> scratch(2 * n * n * positions);
        kernels().fractal.fill(grid_, cosines.data, coefficients.data, limit, unit_->get(), reach_->get(), scratch.get());
    }

    /// gain, place ← the best domains of the blocks start … stop − 1; place counts rows and columns of the grid.
    void nearest(nb::handle queries, nb::handle gain, nb::handle place, Index start, Index stop) const {
        const View<const float> asked(queries);
        const View<float> gains(gain);
        const View<std::int32_t> places(place);
        const Index length = grid_.n * grid_.n - 1, positions = kernels().fractal.positions;
        if (asked.total != gains.total * 2 * length || places.total != gains.total || start < 0 || stop > gains.total)
            throw nb::value_error("queries of another size");
        nb::gil_scoped_release unlocked;
        const DomainFeatures f{unit_->get(), reach_->get(), ends_.data(), panels_, length};
        kernels().fractal.nearest(f, asked.data, start, stop, gains.data, places.data);
        for (Index k = start; k < stop; ++k) {
            const Index found = std::max<Index>(places.data[k], 0), panel = found / positions;
            places.data[k] = std::int32_t(panel / across_ * grid_.columns + panel % across_ * positions + found % positions);
        }
    }

  private:
    DomainGrid grid_;
    std::vector<Index> ends_;
    Index across_, panels_;
    std::unique_ptr<Buffer<float>> unit_, reach_;
};

PlaneHeader plane_header(const std::vector<std::int32_t>& numbers) {
    PlaneHeader header;
    if (numbers.size() * sizeof(std::int32_t) != sizeof(header)) throw nb::value_error("a header of another size");
    std::memcpy(&header, numbers.data(), sizeof(header));
    if (header.height < SMALLEST || header.width < SMALLEST || header.height % SMALLEST || header.width % SMALLEST ||
        header.root < 0 || header.root >= LEVELS || header.step < 1 || header.contrasts < 0 ||
        header.window < 1 || header.window > 1 << 12)
        throw nb::value_error("a header of impossible numbers");
    for (int level = 0; level < LEVELS; ++level)
        if (header.rows[level] < 0 || header.rows[level] > 1 << 17 || header.columns[level] < 0 ||
            header.columns[level] > 1 << 17)
            throw nb::value_error("too many domains");
    return header;
}

/// The code of leaves, (k, LEAF) int32, whose means become those that a decoder reads; index has a leaf's row at its
/// first cell of 4 × 4 pixels.
nb::bytes write(const std::vector<std::int32_t>& numbers, nb::handle leaves, nb::handle index) {
    const PlaneHeader header = plane_header(numbers);
    const View<std::int32_t> table(leaves);
    const View<const std::int32_t> rows(index);
    std::string code;
    {
        nb::gil_scoped_release unlocked;
        code = write_plane(header, reinterpret_cast<Leaf*>(table.data), table.total / LEAF, rows.data, rows.total);
    }
    return nb::bytes(code.data(), code.size());
}

/// Leaves, (k, LEAF) int32, as bytes.
nb::bytes read(const std::vector<std::int32_t>& numbers, nb::bytes code) {
    const PlaneHeader header = plane_header(numbers);
    std::vector<Leaf> leaves;
    {
        const char* data = code.c_str();
        const std::size_t size = code.size();
        nb::gil_scoped_release unlocked;
        leaves = read_plane(header, data, size);
    }
    return nb::bytes(leaves.data(), leaves.size() * sizeof(Leaf));
}

/// out ← pixels × 2^FRACTION, (height · zoom, width · zoom) int16; returns the number of iterations.
int draw(const std::vector<std::int32_t>& numbers, nb::handle leaves, nb::handle out) {
    Drawing drawing;
    if (numbers.size() * sizeof(std::int32_t) != sizeof(drawing)) throw nb::value_error("a drawing of another size");
    std::memcpy(&drawing, numbers.data(), sizeof(drawing));
    const View<const std::int32_t> table(leaves);
    const View<std::int16_t> pixels(out);
    if (pixels.total != Index(drawing.height) * drawing.width * drawing.zoom * drawing.zoom)
        throw nb::value_error("pixels of another size");
    nb::gil_scoped_release unlocked;
    return draw_plane(drawing, reinterpret_cast<const Leaf*>(table.data), table.total / LEAF, pixels.data);
}

}  // namespace

void declare_fractal(nb::module_& m) {
    nb::class_<DomainPool>(m, "DomainPool")
        .def(nb::init<nb::handle, nb::handle, nb::handle, nb::handle, nb::handle, float>(), "reduced"_a, "basis"_a,
             "order"_a, "ends"_a, "grid"_a, "limit"_a)
        .def("nearest", &DomainPool::nearest, "queries"_a, "gain"_a, "place"_a, "start"_a, "stop"_a);
    m.def("fractal_write", write, "header"_a, "leaves"_a, "index"_a);
    m.def("fractal_read", read, "header"_a, "code"_a);
    m.def("fractal_draw", draw, "drawing"_a, "leaves"_a, "out"_a);
}

}  // namespace subband

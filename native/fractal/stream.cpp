#include "stream.h"

#include "draw.h"
#include "syntax.h"

namespace subband {
namespace {

struct Given {
    Leaf* leaves;
    Index count;
    const std::int32_t* index;
    Index across;

    Leaf& leaf(Index y, Index x, int level) {
        const Index k = index[y / SMALLEST * across + x / SMALLEST];
        if (k < 0 || k >= count || leaves[k].level != level) throw std::invalid_argument("leaves that are no quadtree");
        return leaves[k];
    }
    bool split(Index y, Index x, int level) {
        const Index k = index[y / SMALLEST * across + x / SMALLEST];
        return k >= 0 && k < count && leaves[k].level < level;
    }
};

struct Found {
    std::vector<Leaf> leaves;

    Leaf& leaf(Index y, Index x, int level) {
        Leaf a{};
        a.y = std::int32_t(y), a.x = std::int32_t(x), a.level = level;
        leaves.push_back(a);
        return leaves.back();
    }
    bool split(Index, Index, int) { return false; }
};

void check(const Drawing& d, const Leaf& a) {
    if (a.level < 0 || a.level >= LEVELS) throw std::invalid_argument("a leaf of no size");
    const Index n = SMALLEST << a.level;
    if (a.y < 0 || a.x < 0 || a.y + n > d.height || a.x + n > d.width || a.y % SMALLEST || a.x % SMALLEST)
        throw std::invalid_argument("a leaf beyond the plane");
    if (!a.contrast) return;
    const Index y = Index(a.row) * d.spacing[a.level], x = Index(a.column) * d.spacing[a.level];
    if (a.row < 0 || a.column < 0 || y + n > d.height / 2 || x + n > d.width / 2 || std::abs(a.contrast) > 255)
        throw std::invalid_argument("a domain beyond the plane");
}

}  // namespace

std::string write_plane(const PlaneHeader& header, Leaf* leaves, Index count, const std::int32_t* index, Index cells) {
    const Index across = header.width / SMALLEST;
    if (cells != header.height / SMALLEST * across) throw std::invalid_argument("an index of another size");
    Given given{leaves, count, index, across};
    Encoder coder;
    PlaneCode<Encoder, Given>(coder, given, header).code();
    return coder.finish();
}

std::vector<Leaf> read_plane(const PlaneHeader& header, const char* data, std::size_t size) {
    Found found;
    Decoder coder(data, size);
    PlaneCode<Decoder, Found>(coder, found, header).code();
    return std::move(found.leaves);
}

int draw_plane(const Drawing& d, const Leaf* leaves, Index count, std::int16_t* out) {
    if (d.height < SMALLEST || d.width < SMALLEST || d.height % SMALLEST || d.width % SMALLEST || d.zoom < 1 ||
        d.contrast < 0 || d.contrast > 255)
        throw std::invalid_argument("a plane of impossible size");
    for (Index k = 0; k < count; ++k) check(d, leaves[k]);
    Canvas canvas(d, leaves, count);
    const int iterations = canvas.iterate();
    canvas.smooth();
    std::copy(canvas.pixels().begin(), canvas.pixels().end(), out);
    return iterations;
}

}  // namespace subband

// y = down(f(up(x + bias))), a row of the fine grid at a time: no image of the fine grid is ever held.
//
// A row of the fine grid is made of the few rows of x that its filter reads, rectified, and taken into the rows of y that
// read it. Beside x and y there is a filter's length of rows, which stay in the first levels of the cache. The backward
// pass needs only the signs of the fine grid, so it makes its rows again from x.
#pragma once

#include "sums.h"

namespace subband::SUBBAND_INSTRUCTIONS {

/// Most weights of a filter along one axis.
inline constexpr Index MOST_TAPS = 256;

/// One image in memory: numbers from row to row and from column to column, `inner` channels next to each other.
template <class P>
struct Plane {
    P* data;
    Index row, column;
};

/// The rows of a vertical filter that lie inside an image, as pointers into a ring of rows.
template <class T>
struct Reading {
    const T* rows[MOST_TAPS];
    Index first, count;  // of the filter's taps, which read one row after another

    SUBBAND_INLINE Reading(const Correlation<T>& c, Index phase, Index m, Index total, const T* ring, Index depth,
                           Index width) {
        const Index begin = m + c.shift[c.firsts[phase]];
        const Index from = most(begin, 0), to = least(begin + c.count(phase), total);
        first = c.firsts[phase] + from - begin, count = most(to - from, 0);
        Index at = from % depth;
        for (Index j = 0; j < count; ++j) {
            rows[j] = ring + at * width;
            if (++at == depth) at = 0;
        }
    }
};

/// The offsets of all horizontal weights from the beginning of a row.
template <class T>
void place(const Resampling<T>& r, Index inner, Index* offsets) {
    for (Index j = 0; j < r.weights; ++j) offsets[j] = r.layout.at(r.horizontal.phase[j], r.horizontal.shift[j], inner);
}

/// y ← one phase of a row, of a separable filter from the row that its vertical part made.
template <class T>
SUBBAND_INLINE void correlate(const Resampling<T>& r, Index phase, const T* line, const Index* offsets, T* y, Index k) {
    const auto& h = r.horizontal;
    const Index at = h.firsts[phase];
    weighted_sum<false>(Offsets<T>{line, offsets + at}, h.weight + at, h.count(phase), y, k);
}

/// y ← one phase of a row, of a filter of the plane from all rows that it reads.
template <class T>
void correlate(const Resampling<T>& r, Index phase, const Reading<T>& reading, const Index* offsets, T* y, Index k) {
    const auto& h = r.horizontal;
    if (reading.count == 0) return clear(y, k);
    for (Index j = 0; j < reading.count; ++j) {
        const Index own = r.filter_row[reading.first + j] * r.phases + phase, at = h.firsts[own];
        const Offsets<T> rows{reading.rows[j], offsets + at};
        if (j == 0)
            weighted_sum<false>(rows, h.weight + at, h.count(own), y, k);
        else
            weighted_sum<true>(rows, h.weight + at, h.count(own), y, k);
    }
}

/// Makes rows of the fine grid.
template <class T>
class Up {
  public:
    Up(const Resampling<T>& r, Index inner, T*& numbers, Index*& offsets)
        : r_(r), inner_(inner), width_(r.layout.numbers(inner)), ring_(numbers), line_(numbers + r.depth * width_),
          offsets_(offsets) {
        clear(numbers, numbers_of(r, inner));
        place(r, inner, offsets);
        numbers += numbers_of(r, inner), offsets += r.weights;
    }

    void begin(Plane<const T> x, const T* bias) { x_ = x, bias_ = bias, loaded_ = phase_ = m_ = 0; }

    /// high ← the next row of the fine grid, of so many columns. Behind its samples are zeros.
    void row(T* high, const Layout& to, Index columns) {
        const Index last = r_.vertical.firsts[phase_ + 1] - 1;
        for (const Index end = least(r_.rows, m_ + r_.vertical.shift[last] + 1); loaded_ < end; ++loaded_) read();
        const Reading<T> reading(r_.vertical, phase_, m_, r_.rows, ring_, r_.depth, width_);
        if (r_.separable)
            weighted_sum<false>(Pointers<T>{reading.rows}, r_.vertical.weight + reading.first, reading.count, line_,
                                width_);
        for (Index p = 0; p < r_.phases; ++p) {
            const Index k = samples(columns, r_.phases, p) * inner_;
            T* y = high + to.at(p, 0, inner_);
            if (r_.separable)
                correlate(r_, p, line_, offsets_, y, filled(k));
            else
                correlate(r_, p, reading, offsets_, y, filled(k));
            for (Index i = k; i < filled(k); i += count<T>) store(y + i, zeros<T>());
        }
        if (++phase_ == r_.factor) phase_ = 0, ++m_;
    }

  private:
    /// Row `loaded` of the image, sorted by phases, with the bias.
    void read() {
        T* row = ring_ + loaded_ % r_.depth * width_;
        const T* from = x_.data + loaded_ * x_.row;
        const Index phases = r_.layout.phases;
        for (Index p = 0; p < phases; ++p) {
            T* to = row + r_.layout.at(p, 0, inner_);
            const Index many = samples(r_.columns, phases, p);
            if (inner_ > 1) {
                for (Index m = 0; m < many; ++m)
                    shift_each(from + (m * phases + p) * x_.column, bias_, to + m * inner_, inner_);
                continue;
            }
            const T bias = bias_ ? *bias_ : T(0);
            if (phases == 1 && x_.column == 1)
                shift(from, bias, to, many);
            else
                for (Index m = 0; m < many; ++m) to[m] = from[(m * phases + p) * x_.column] + bias;
        }
    }

    const Resampling<T>& r_;
    const Index inner_, width_;
    T *const ring_, *const line_;
    const Index* const offsets_;
    Plane<const T> x_{};
    const T* bias_ = nullptr;
    Index loaded_ = 0, phase_ = 0, m_ = 0;
};

/// Takes rows of the fine grid, and makes the rows of the result that they complete.
template <class T>
class Down {
  public:
    Down(const Resampling<T>& r, Index rows, Index columns, Index inner, T*& numbers, Index*& offsets)
        : r_(r), rows_(rows), columns_(columns), inner_(inner), width_(r.layout.numbers(inner)),
          stride_(filled(samples(columns, r.phases, 0) * inner)), coarse_(r.phases * stride_), fine_(numbers),
          ring_(fine_ + (r.depth + 1) * width_), line_(ring_ + r.depth * coarse_), offsets_(offsets) {
        clear(fine_, (r.depth + 1) * width_);
        place(r, inner, offsets);
        numbers = line_ + coarse_, offsets += r.weights;
    }

    void begin(Plane<T> y) { y_ = y, made_ = taken_ = at_ = 0; }

    /// Where the next row of the fine grid goes.
    T* fine() const { return r_.separable ? fine_ : fine_ + at_ * width_; }

    /// Goes on when that row is there.
    void take() {
        if (r_.separable)
            for (Index p = 0; p < r_.phases; ++p)
                correlate(r_, p, fine_, offsets_, ring_ + at_ * coarse_ + p * stride_,
                          filled(samples(columns_, r_.phases, p) * inner_));
        const Index last = r_.vertical.shift[r_.vertical.firsts[1] - 1];
        for (; made_ < rows_ && least(r_.factor * made_ + last, r_.rows - 1) <= taken_; ++made_) make();
        ++taken_;
        if (++at_ == r_.depth) at_ = 0;
    }

  private:
    void make() {
        const T* ring = r_.separable ? ring_ : fine_;
        const Index width = r_.separable ? coarse_ : width_;
        const Reading<T> reading(r_.vertical, 0, r_.factor * made_, r_.rows, ring, r_.depth, width);
        T* to = y_.data + made_ * y_.row;
        const bool direct = r_.phases == 1 && y_.column == inner_;
        T* line = direct ? to : line_;
        if (r_.separable)
            weighted_sum<false>(Pointers<T>{reading.rows}, r_.vertical.weight + reading.first, reading.count, line,
                                direct ? columns_ * inner_ : coarse_);
        else
            for (Index p = 0; p < r_.phases; ++p) {
                const Index k = samples(columns_, r_.phases, p) * inner_;
                correlate(r_, p, reading, offsets_, line + (direct ? 0 : p * stride_), direct ? k : filled(k));
            }
        if (direct) return;
        for (Index p = 0; p < r_.phases; ++p) {
            const T* from = line_ + p * stride_;
            const Index many = samples(columns_, r_.phases, p);
            for (Index m = 0; m < many; ++m) {
                T* at = to + (m * r_.phases + p) * y_.column;
                for (Index c = 0; c < inner_; ++c) at[c] = from[m * inner_ + c];
            }
        }
    }

    const Resampling<T>& r_;
    const Index rows_, columns_, inner_, width_, stride_, coarse_;
    T *const fine_, *const ring_, *const line_;
    const Index* const offsets_;
    Plane<T> y_{};
    Index made_ = 0, taken_ = 0, at_ = 0;
};

/// Images of `inner` channels that lie next to each other.
template <class T>
void rectify_alike(const Pass<T>& p, const Images<T>& images, const Rectifier<T>& f, Index start, Index stop,
                   Index inner, ReluScratch<T> scratch) {
    Down<T> down(p.down, p.out_rows, p.out_columns, inner, scratch.numbers, scratch.offsets);
    Up<T> up(p.up, inner, scratch.numbers, scratch.offsets);
    Up<T> side(images.s ? p.side : p.up, inner, scratch.numbers, scratch.offsets);
    const Layout& fine = p.down.layout;
    const Index width = fine.numbers(inner);
    T* const z = scratch.numbers;
    if (images.s) clear(z, width);
    const Index blocks = images.blocks();
    for (Index item = start; item < stop; ++item) {
        const Index first = item % blocks * (images.interleaved ? Images<T>::BLOCK : 1);
        const auto plane = [&](auto* data, Index rows, Index columns) {
            const Index image = item / blocks * rows * columns * images.channels;
            if (images.interleaved)
                return Plane<std::remove_pointer_t<decltype(data)>>{data + image + first, columns * images.channels,
                                                                    images.channels};
            return Plane<std::remove_pointer_t<decltype(data)>>{data + image + first * rows * columns, columns, 1};
        };
        up.begin(plane(images.x, p.up.rows, p.up.columns), images.bias ? images.bias + first : nullptr);
        if (images.s) side.begin(plane(images.s, p.side.rows, p.side.columns), nullptr);
        down.begin(plane(images.y, p.out_rows, p.out_columns));
        for (Index n = 0; n < p.rows; ++n) {
            T* row = down.fine();
            if (images.s) {
                up.row(z, fine, p.columns);
                side.row(row, fine, p.columns);
                mask_row(z, row, width, f);
            } else {
                up.row(row, fine, p.columns);
                rectify_row(row, width, f);
            }
            down.take();
        }
    }
}

template <class T>
void rectify(const Pass<T>& p, const Images<T>& images, const Rectifier<T>& f, Index start, Index stop,
             const ReluScratch<T>& scratch) {
    const Index most = images.most(), left = images.channels % Images<T>::BLOCK, blocks = images.blocks();
    if (!images.interleaved || left == 0 || images.channels < Images<T>::BLOCK)
        return rectify_alike(p, images, f, start, stop, most, scratch);
    // The last block of an image's channels is narrower than the others.
    for (Index item = start; item < stop;) {
        const Index whole = least(stop, item - item % blocks + blocks - 1);
        if (item < whole) rectify_alike(p, images, f, item, whole, most, scratch);
        if (whole < stop) rectify_alike(p, images, f, whole, whole + 1, left, scratch);
        item = whole + 1;
    }
}

}  // namespace subband::SUBBAND_INSTRUCTIONS

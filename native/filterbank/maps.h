// The four maps of a filter bank: pyramids and full trees, analysis and its transpose.
//
// Every signal is taken through all of its levels while it is in cache.
#pragma once

#include "levels.h"

namespace subband::SUBBAND_INSTRUCTIONS {

inline constexpr Index MOST_BANDS = 1 << AXES;

/// bands[1 … 2^rank − 1] ← the details of a level, one behind the other.
template <class P>
SUBBAND_INLINE void details(P** bands, P* first, Index rank, Index count) {
    for (Index i = 1; i < Index(1) << rank; ++i) bands[i] = first + (i - 1) * count;
}

/// (n) → approximation, then details from coarse to fine.
template <class T>
void pyramid_analysis(const Signals<T>& s, const Tables<T>& t, const Scratch<T>& w, const Work& work) {
    for (Index one = work.start; one < work.stop; ++one) {
        const Index item = one / work.parts;
        const Part part{one % work.parts, work.parts};
        T *out = s.target + item * s.coefficients, *next = out + s.coefficients;
        T* store = s.between + item % s.stores * 2 * s.store;
        const T* block = s.source + item * s.signal;
        for (Index level = 0; level < work.last; ++level) {
            const Index count = t.block(level + 1);
            next -= ((Index(1) << t.rank) - 1) * count;
            T* bands[MOST_BANDS] = {level == t.levels - 1 ? out : store + level % 2 * s.store};
            details(bands, next, t.rank, count);
            if (level >= work.first) split_level(block, bands, t, level, w, part);
            block = bands[0];
        }
    }
}

/// The transpose of `pyramid_analysis`.
template <class T>
void pyramid_synthesis(const Signals<T>& s, const Tables<T>& t, const Scratch<T>& w, const Work& work) {
    for (Index one = work.start; one < work.stop; ++one) {
        const Index item = one / work.parts;
        const Part part{one % work.parts, work.parts};
        const T *approximation = s.source + item * s.coefficients, *next = approximation + t.block(t.levels);
        T* store = s.between + item % s.stores * 2 * s.store;
        for (Index level = t.levels - 1; level >= work.first; --level) {
            const Index count = t.block(level + 1);
            const T* bands[MOST_BANDS] = {approximation};
            details(bands, next, t.rank, count);
            T* block = level ? store + (level - 1) % 2 * s.store : s.target + item * s.signal;
            if (level < work.last) merge_level(bands, block, t, level, w, part);
            next += ((Index(1) << t.rank) - 1) * count;
            approximation = block;
        }
    }
}

/// bands ← the children of a node of a tree, in a store of `width` nodes along each transformed axis.
template <class P, class T>
SUBBAND_INLINE void children(P** bands, P* store, Index node, Index width, Index count, const Tables<T>& t, bool final) {
    for (Index i = 0; i < Index(1) << t.rank; ++i) {
        Index position = 0, steps = 1, parents = width / 2, rest = node;
        for (Index axis = 0; axis < t.rank; ++axis) {
            const Index band = 2 * (rest % parents) + (i >> axis) % 2;
            position += steps * (final ? t.places[band] : band);
            rest /= parents, steps *= width;
        }
        bands[i] = store + position * count;
    }
}

/// (n) → full tree, every band split at each level.
template <class T>
void tree_analysis(const Signals<T>& s, const Tables<T>& t, const Scratch<T>& w, const Work& work) {
    for (Index one = work.start; one < work.stop; ++one) {
        const Index item = one / work.parts;
        const Part part{one % work.parts, work.parts};
        T* store = s.between + item % s.stores * 2 * s.store;
        for (Index level = work.first; level < work.last; ++level) {
            const bool final = level == t.levels - 1;
            const T* parents = level ? store + (level - 1) % 2 * s.store : s.source + item * s.signal;
            T* into = final ? s.target + item * s.coefficients : store + level % 2 * s.store;
            for (Index node = 0; node < Index(1) << level * t.rank; ++node) {
                T* bands[MOST_BANDS];
                children(bands, into, node, Index(2) << level, t.block(level + 1), t, final);
                split_level(parents + node * t.block(level), bands, t, level, w, part);
            }
        }
    }
}

/// The transpose of `tree_analysis`.
template <class T>
void tree_synthesis(const Signals<T>& s, const Tables<T>& t, const Scratch<T>& w, const Work& work) {
    for (Index one = work.start; one < work.stop; ++one) {
        const Index item = one / work.parts;
        const Part part{one % work.parts, work.parts};
        T* store = s.between + item % s.stores * 2 * s.store;
        for (Index level = work.last - 1; level >= work.first; --level) {
            const bool final = level == t.levels - 1;
            const T* from = final ? s.source + item * s.coefficients : store + level % 2 * s.store;
            T* parents = level ? store + (level - 1) % 2 * s.store : s.target + item * s.signal;
            for (Index node = 0; node < Index(1) << level * t.rank; ++node) {
                const T* bands[MOST_BANDS];
                children(bands, from, node, Index(2) << level, t.block(level + 1), t, final);
                merge_level(bands, parents + node * t.block(level), t, level, w, part);
            }
        }
    }
}

}  // namespace subband::SUBBAND_INSTRUCTIONS

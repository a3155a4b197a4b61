// A plan for the compiled filter banks: its tables, and the memory of one call.
#pragma once

#include <algorithm>
#include <utility>

#include "../buffer.h"
#include "../instructions.h"

namespace subband {

enum class Operation { pyramid_analysis, pyramid_synthesis, tree_analysis, tree_synthesis };

constexpr bool of_tree(Operation operation) { return operation >= Operation::tree_analysis; }
constexpr bool is_analysis(Operation operation) {
    return operation == Operation::pyramid_analysis || operation == Operation::tree_analysis;
}

/// The memory that one thread needs for a plan.
template <class T>
class OwnScratch {
  public:
    explicit OwnScratch(const Tables<T>& t)
        : row_(largest(t, 2)),
          slab_(t.rank > 2 ? row_ * largest(t, 1) : 0),
          line_(std::max<Index>(2 * PIECE, t.rank > 1 ? row_ : 0) + 2 * t.longest),
          numbers_(6 * line_ + t.outside + 8 * slab_ + (t.rank > 1 ? t.outside * row_ : 0) + t.outside * slab_),
          starts_(t.longest) {
        T* p = numbers_.get();
        auto take = [&p](Index size) { return std::exchange(p, p + size); };
        scratch.lines[0] = take(line_), scratch.lines[1] = take(line_);
        for (auto& pair : scratch.pads)
            for (T*& pad : pair) pad = take(line_);
        scratch.outside = take(t.outside);
        scratch.slabs = take(8 * slab_);
        scratch.row_edge = take(t.rank > 1 ? t.outside * row_ : 0);
        scratch.slab_edge = take(t.outside * slab_);
        scratch.starts = starts_.get();
    }

    Scratch<T> scratch;

  private:
    static Index largest(const Tables<T>& t, Index axis) {
        Index most = 0;
        for (Index level = 0; level <= t.levels; ++level) most = std::max(most, t.size(level, axis));
        return most;
    }

    Index row_, slab_, line_;
    Buffer<T> numbers_;
    Buffer<Index> starts_;
};

template <class T>
FilterBankMap<T> map_of(Operation operation) {
    const FilterBankMaps<T>* maps;
    if constexpr (sizeof(T) == sizeof(float))
        maps = &kernels().filterbank.narrow;
    else
        maps = &kernels().filterbank.wide;
    switch (operation) {
        case Operation::pyramid_analysis: return maps->pyramid_analysis;
        case Operation::pyramid_synthesis: return maps->pyramid_synthesis;
        case Operation::tree_analysis: return maps->tree_analysis;
        default: return maps->tree_synthesis;
    }
}

/// Numbers of the largest block between the first and the last level; of a tree all blocks of a level count.
template <class T>
Index store_of(const Tables<T>& t, bool tree) {
    Index most = 0;
    for (Index level = 1; level < t.levels; ++level)
        most = std::max(most, t.block(level) << (tree ? level * t.rank : 0));
    return most;
}

/// The signals of a batch, and their coefficients, in C order.
template <class T>
struct Batch {
    const T* source;
    T* target;
    Index size, source_numbers, target_numbers;  // signals, and numbers of each
};

/// One map on the signals work.start … work.stop − 1, of `work.parts` parts each, at some levels.
///
/// `between` has room for two blocks of `store_of` numbers of every signal, or is none: then the signals go through
/// all levels one by one.
template <class T>
void apply(Operation operation, const Batch<T>& batch, const Tables<T>& t, T* between, const Work& work) {
    const bool tree = of_tree(operation), analysis = is_analysis(operation);
    const Index store = store_of(t, tree);
    const Buffer<T> own(between ? 0 : 2 * store);
    const OwnScratch<T> scratch(t);
    const Signals<T> signals{batch.source,
                             batch.target,
                             analysis ? batch.source_numbers : batch.target_numbers,
                             analysis ? batch.target_numbers : batch.source_numbers,
                             between ? between : own.get(),
                             between ? batch.size : 1,
                             store};
    map_of<T>(operation)(signals, t, scratch.scratch, work);
}

}  // namespace subband

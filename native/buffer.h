// Memory of one call.
#pragma once

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <algorithm>
#include <memory>
#include <new>

#include "index.h"

namespace subband {

/// Uninitialised memory, aligned to a line of the cache. Much of it comes in huge pages where Linux has them: a page
/// fault then brings 2 MiB instead of 4 KiB.
template <class T>
class Buffer {
    static constexpr std::size_t LINE = 64, HUGE_PAGE = 2 << 20;

  public:
    explicit Buffer(Index size) {
        const std::size_t bytes = std::max<Index>(size, 1) * sizeof(T);
        const std::align_val_t alignment{bytes < 2 * HUGE_PAGE ? LINE : HUGE_PAGE};
        data_ = {new (alignment) T[std::max<Index>(size, 1)], Free{alignment}};
#if defined(__linux__)
        if (bytes >= 2 * HUGE_PAGE) madvise(data_.get(), bytes, MADV_HUGEPAGE);
#endif
    }
    T* get() const { return data_.get(); }

  private:
    struct Free {
        std::align_val_t alignment;
        void operator()(T* p) const { ::operator delete[](p, alignment); }
    };
    std::unique_ptr<T[], Free> data_{nullptr, Free{std::align_val_t(LINE)}};
};

}  // namespace subband

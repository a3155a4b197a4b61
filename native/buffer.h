// Memory of one call.
#pragma once

#include <algorithm>
#include <memory>
#include <new>

#include "index.h"

namespace subband {

/// Uninitialised memory, aligned to a line of the cache.
template <class T>
class Buffer {
  public:
    explicit Buffer(Index size) : data_(new (std::align_val_t(64)) T[std::max<Index>(size, 1)]) {}
    T* get() const { return data_.get(); }

  private:
    struct Free {
        void operator()(T* p) const { ::operator delete[](p, std::align_val_t(64)); }
    };
    std::unique_ptr<T[], Free> data_;
};

}  // namespace subband

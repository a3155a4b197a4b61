// The tables of Fourier transforms as arrays of Python, held as long as they are used.
#pragma once

#include <nanobind/nanobind.h>

#include "../arrays.h"
#include "steps.h"

namespace subband {

template <class T>
class HeldSteps {
  public:
    HeldSteps(nanobind::handle radices, nanobind::handle twiddles) : radices_(radices), twiddles_(twiddles) {}
    Steps<T> get() const { return {radices_.data, radices_.total, twiddles_.data}; }

  private:
    View<const Index> radices_;
    View<const T> twiddles_;
};

/// From a `subband.kernels.fourier.sequence.Sequence`.
template <class T>
class HeldSequence {
  public:
    explicit HeldSequence(nanobind::handle s)
        : rows_(nanobind::cast<Index>(s[0])), cols_(nanobind::cast<Index>(s[1])), down_(s[2], s[3]),
          across_(s[4], s[5]), turns_(s[6]) {}
    Sequence<T> get() const { return {rows_, cols_, down_.get(), across_.get(), turns_.data}; }

  private:
    Index rows_, cols_;
    HeldSteps<T> down_, across_;
    View<const T> turns_;
};

}  // namespace subband

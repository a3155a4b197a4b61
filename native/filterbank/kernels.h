// The compiled maps of a filter bank, as the rest of the extension sees them.
#pragma once

#include "tables.h"

namespace subband {

template <class T>
using FilterBankMap = void (*)(const Signals<T>&, const Tables<T>&, const Scratch<T>&, const Work&);

/// In the order of `Operation` in filterbank/bank.h.
template <class T>
struct FilterBankMaps {
    FilterBankMap<T> pyramid_analysis, pyramid_synthesis, tree_analysis, tree_synthesis;
};

struct FilterBankKernels {
    FilterBankMaps<float> narrow;
    FilterBankMaps<double> wide;
};

}  // namespace subband

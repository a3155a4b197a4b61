#include "instructions.h"

#include <cstdlib>
#include <cstring>

namespace subband {
namespace {

bool runs(const char* name) {
    (void)name;
#if defined(__x86_64__) || defined(_M_X64)
    __builtin_cpu_init();
    if (!std::strcmp(name, "v4"))
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
    if (!std::strcmp(name, "v3")) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return true;
}

const Kernels& chosen() {
#define SUBBAND_DECLARE(set)                                                                        \
    {#set,                      set::register_bytes,  set::analytic_kernels(), set::best_path_kernels(), \
     set::dilated_kernels(),    set::filterbank_kernels(), set::fourier_kernels(), set::fractal_kernels(), \
     set::joint_kernels(),      set::line_kernels(),    set::plane_kernels(),      set::radon_kernels(), \
     set::relu_kernels()},
    static const Kernels sets[] = {  // the best first
#include "instruction_sets.inc"
    };
#undef SUBBAND_DECLARE
    const char* wanted = std::getenv("SUBBAND_INSTRUCTIONS");
    const Kernels* last = nullptr;
    for (const Kernels& set : sets) {
        if (!runs(set.name)) continue;
        if (!wanted || !std::strcmp(wanted, set.name)) return set;
        last = &set;
    }
    return *last;
}

}  // namespace

const Kernels& kernels() {
    static const Kernels& best = chosen();
    return best;
}

}  // namespace subband

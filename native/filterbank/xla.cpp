// Filter banks as custom calls of XLA programs on the CPU.
//
// A call has all that it needs as attributes, so a compiled program that XLA reads from its cache needs nothing of
// Subband but that the target is registered. No Python is run and no lock of Python's is taken.
#include <nanobind/nanobind.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>

#include "xla/ffi/api/ffi.h"

#include "bank.h"

namespace nb = nanobind;
namespace ffi = xla::ffi;

namespace subband {
namespace {

/// Chunks per thread, as in `subband.kernels.threads`: what a busy core delays is one chunk at most.
constexpr Index CHUNKS = 4;

/// Chunks of work, done by whoever is free.
class Chunks {
  public:
    template <class F>
    Chunks(Index count, F work) : work_(std::move(work)), count_(count), left_(count) {}

    /// Do chunks as long as there are some.
    void help() {
        for (Index chunk = next_++; chunk < count_; chunk = next_++) {
            std::exception_ptr failure;
            try {
                work_(chunk);
            } catch (...) {
                failure = std::current_exception();
            }
            const std::lock_guard<std::mutex> lock(mutex_);
            if (failure) failure_ = failure;
            if (--left_ == 0) done_.notify_all();
        }
    }

    void wait() {
        std::unique_lock<std::mutex> lock(mutex_);
        done_.wait(lock, [this] { return left_ == 0; });
        if (failure_) std::rethrow_exception(failure_);
    }

  private:
    std::function<void(Index)> work_;
    const Index count_;
    std::atomic<Index> next_{0};
    Index left_;
    std::exception_ptr failure_;
    std::mutex mutex_;
    std::condition_variable done_;
};

/// Calls f(start, stop) on a partition of 0 … items − 1 by so many threads, this one among them.
template <class F>
void share(ffi::ThreadPool& pool, Index threads, Index items, F f) {
    const Index workers = std::min({threads, items, Index(pool.num_threads())});
    if (workers < 2) return f(Index(0), items);
    const Index count = std::min(items, CHUNKS * workers);
    // Helpers that start late hold it still, but find no chunk left and touch nothing else.
    const auto chunks = std::make_shared<Chunks>(
        count, [&f, items, count](Index i) { f(items * i / count, items * (i + 1) / count); });
    for (Index i = 1; i < workers; ++i) pool.Schedule([chunks] { chunks->help(); });
    chunks->help();
    chunks->wait();
}

template <class T>
using Numbers = ffi::Span<const T>;

const Index* indices(Numbers<std::int64_t> span) { return reinterpret_cast<const Index*>(span.begin()); }

/// Numbers of a buffer as numbers of type T: its own memory, or a copy.
template <class T>
const T* read(const ffi::AnyBuffer& buffer, Buffer<T>& copy) {
    if (ffi::ByteWidth(buffer.element_type()) == sizeof(T)) return static_cast<const T*>(buffer.untyped_data());
    std::copy_n(static_cast<const float*>(buffer.untyped_data()), buffer.element_count(), copy.get());
    return copy.get();
}

/// See `subband.kernels.filterbank.jax`; `steps` are (first level, last level + 1, parts of each signal), in order.
template <class T>
ffi::Error apply_in_program(ffi::ThreadPool pool, ffi::AnyBuffer x, ffi::Result<ffi::AnyBuffer> y,
                            std::int64_t operation, std::int64_t threads, Numbers<std::int64_t> steps,
                            std::int64_t rank, std::int64_t levels, std::int64_t outside, std::int64_t width,
                            Numbers<std::int64_t> sizes, Numbers<std::int64_t> taps, Numbers<std::int64_t> left,
                            Numbers<T> split, Numbers<T> merge, Numbers<std::int64_t> index, Numbers<T> weight,
                            Numbers<std::int64_t> terms, Numbers<std::int64_t> places) try {
    const Tables<T> t{Index(rank), Index(levels), Index(split.size()) / (2 * AXES), Index(outside), Index(width),
                      indices(sizes), indices(taps), indices(left), split.begin(), merge.begin(), indices(index),
                      weight.begin(), indices(terms), indices(places)};
    const Operation which{int(operation)};
    const bool tree = of_tree(which), analysis = is_analysis(which);
    const Index batch = x.dimensions().front();
    const Index numbers_x = Index(x.element_count()), numbers_y = Index(y->element_count());
    const bool fit = sizes.size() == std::size_t((levels + 1) * AXES) && terms.size() == std::size_t(levels * AXES) &&
                     index.size() == weight.size() && index.size() == std::size_t(levels * AXES * outside * width) &&
                     taps.size() == AXES && left.size() == AXES && merge.size() == split.size();
    const ffi::DataType samples = x.element_type();
    const bool known = samples == ffi::F32 || (samples == ffi::F64 && sizeof(T) == sizeof(double));
    if (!fit || !known || y->element_type() != samples || (analysis ? numbers_x : numbers_y) != batch * t.block(0) ||
        (analysis ? numbers_y : numbers_x) != batch * t.coefficients(tree))
        return ffi::Error::InvalidArgument("tables that do not fit each other, or the signals");
    if (batch == 0) return ffi::Error::Success();

    const bool own_type = ffi::ByteWidth(samples) == sizeof(T);
    Buffer<T> copy_x(own_type ? 0 : numbers_x), copy_y(own_type ? 0 : numbers_y);
    const T* source = read(x, copy_x);
    T* target = own_type ? static_cast<T*>(y->untyped_data()) : copy_y.get();
    const Batch<T> signals{source, target, batch, numbers_x / batch, numbers_y / batch};
    const bool shared = steps.size() > 3;
    const Buffer<T> between(shared ? batch * 2 * store_of(t, tree) : 0);
    for (const std::int64_t* step = steps.begin(); step != steps.end(); step += 3) {
        const Index parts = step[2];
        share(pool, threads, batch * parts, [&](Index start, Index stop) {
            apply(which, signals, t, shared ? between.get() : nullptr, {step[0], step[1], parts, start, stop});
        });
    }
    if (!own_type) std::copy_n(target, numbers_y, static_cast<float*>(y->untyped_data()));
    return ffi::Error::Success();
} catch (const std::exception& error) {
    return ffi::Error::Internal(error.what());
}

template <class T>
auto binding() {
    using Whole = Numbers<std::int64_t>;
    return ffi::Ffi::Bind()
        .Ctx<ffi::ThreadPool>()
        .Arg<ffi::AnyBuffer>()
        .Ret<ffi::AnyBuffer>()
        .Attr<std::int64_t>("operation")
        .Attr<std::int64_t>("threads")
        .Attr<Whole>("steps")
        .Attr<std::int64_t>("rank")
        .Attr<std::int64_t>("levels")
        .Attr<std::int64_t>("outside")
        .Attr<std::int64_t>("width")
        .Attr<Whole>("sizes")
        .Attr<Whole>("taps")
        .Attr<Whole>("left")
        .template Attr<Numbers<T>>("split")
        .template Attr<Numbers<T>>("merge")
        .template Attr<Whole>("index")
        .template Attr<Numbers<T>>("weight")
        .template Attr<Whole>("terms")
        .template Attr<Whole>("places");
}

XLA_FFI_DEFINE_HANDLER(narrow, apply_in_program<float>, binding<float>());
XLA_FFI_DEFINE_HANDLER(wide, apply_in_program<double>, binding<double>());

}  // namespace

/// The name of each target, and its handler.
void declare_xla_targets(nb::module_& m) {
    nb::dict targets;
    targets["subband_filterbank_float32"] = nb::capsule(reinterpret_cast<void*>(narrow));
    targets["subband_filterbank_float64"] = nb::capsule(reinterpret_cast<void*>(wide));
    m.attr("xla_targets") = targets;
}

}  // namespace subband

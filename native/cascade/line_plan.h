// A cascade over one axis: its tables as arrays of Python, held as long as the plan, and the memory of one call.
#pragma once

#include <nanobind/nanobind.h>

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "../arrays.h"
#include "../buffer.h"
#include "../fourier/held.h"
#include "../instructions.h"

namespace subband {

/// Columns of the tables that `subband.kernels.cascade.line_tables` makes.
inline constexpr Index AVERAGE_COLUMNS = 4, STEP_COLUMNS = 7, MEMBER_COLUMNS = 2;

template <class T>
class LinePlan {
  public:
    /// The fields of a `subband.kernels.cascade.line_tables.LineProgram`.
    LinePlan(nanobind::handle source, nanobind::handle lengths, nanobind::handle transforms,
             nanobind::handle filters, nanobind::handle offsets, nanobind::handle ends, nanobind::handle low,
             nanobind::handle margin, nanobind::handle taps, Index out, nanobind::handle steps,
             nanobind::handle members, nanobind::handle parts)
        : source_(source), filters_(filters), offsets_(offsets), ends_(ends), taps_(taps),
          parts_(copied<Index>(parts)) {
        const auto n = copied<Index>(lengths), around = copied<Index>(margin), averages = copied<Index>(low);
        for (std::size_t s = 0; s < n.size(); ++s) {
            const Index* a = averages.data() + AVERAGE_COLUMNS * s;
            transforms_.emplace_back(transforms[s]);
            resolutions_.push_back(
                {n[s], around[s], transforms_.back().get(), {taps_.data + a[0], a[1], a[2], a[3]}});
        }
        const auto walk = copied<Index>(steps), all = copied<Index>(members);
        for (auto s = walk.data(); s != walk.data() + walk.size(); s += STEP_COLUMNS)
            steps_.push_back({s[0], s[1], s[2], s[3], s[4], s[5], s[6]});
        for (auto s = all.data(); s != all.data() + all.size(); s += MEMBER_COLUMNS)
            members_.push_back({s[0], s[1], 0});
        const Index held = place_members();
        least_samples_ = 1 + *std::max_element(source_.data, source_.data + source_.total);
        tables = {source_.data, resolutions_.data(), {filters_.data, offsets_.data, ends_.data}, steps_.data(),
                  members_.data(), parts_.data(), Index(parts_.size()) - 1, 1 + Index(members_.size()), out, held};
    }

    /// Raises ValueError unless there are such items of so many signals.
    void check(const LineWork& work, Index signals) const {
        if (work.samples < least_samples_) throw nanobind::value_error("signals shorter than the plan's");
        const bool divided = work.parts == 1 || work.parts == tables.part_count;
        if (!divided || work.start < 0 || work.stop > signals * work.parts)
            throw nanobind::value_error("no such parts of these signals");
    }

    Index generations() const {
        Index most = 0;
        for (const LineStep& step : steps_) most = std::max(most, step.generation);
        return most + 1;
    }

    Index steps() const { return Index(steps_.size()); }
    const std::vector<LineResolution<T>>& resolutions() const { return resolutions_; }

    LineTables<T> tables;

  private:
    /// Gives each convolution its place among those that are held; returns where they end.
    Index place_members() {
        const Index width = kernels().register_bytes / Index(sizeof(T));
        Index end = 0;
        for (const LineStep& step : steps_)
            for (Index k = 0; k < step.members; ++k) {
                members_[step.member + k].held = end;
                end += 2 * gap_of(resolutions_[step.after].length, width);
            }
        return end;
    }

    View<const Index> source_;
    Index least_samples_;
    View<const T> filters_;
    View<const Index> offsets_, ends_;
    View<const T> taps_;
    std::vector<Index> parts_;
    std::deque<HeldSequence<T>> transforms_;  // views can't be moved
    std::vector<LineResolution<T>> resolutions_;
    std::vector<LineStep> steps_;
    std::vector<LineMember> members_;
};

/// The memory that one thread needs for a plan, zeros at first.
template <class T>
class OwnLineMemory {
  public:
    OwnLineMemory(const LinePlan<T>& plan, bool gradient)
        : OwnLineMemory(Sizes(plan), plan.generations(), gradient) {}

    LineMemory<T> memory;

  private:
    struct Sizes {
        explicit Sizes(const LinePlan<T>& plan) {
            const Index width = kernels().register_bytes / Index(sizeof(T));
            Index length = 0, surrounded = 0, taps = 0;
            for (const LineResolution<T>& r : plan.resolutions()) {
                length = std::max(length, r.length);
                surrounded = std::max(surrounded, r.length + 2 * r.margin);
                taps = std::max(taps, r.average.taps);
                work = std::max(work, scratch(r.transform, width));
            }
            gap = gap_of(length, width);
            half = whole(surrounded + taps, width) + 3 * width;
        }
        Index gap, half, work = 0;
    };

    OwnLineMemory(const Sizes& s, Index generations, bool gradient)
        : numbers_(size(s, generations, gradient)) {
        T* p = numbers_.get();
        std::fill_n(p, size(s, generations, gradient), T(0));
        const Index spectra = 4 * s.gap * generations;
        auto take = [&p](Index size) { return std::exchange(p, p + size); };
        memory.gap = s.gap, memory.half = s.half;
        memory.pair = take(4 * s.gap), memory.real = take(2 * s.half), memory.spectra = take(spectra);
        memory.gathered = take(gradient ? spectra : 0), memory.kept = take(gradient ? spectra : 0);
        memory.work = take(s.work);
    }

    static Index size(const Sizes& s, Index generations, bool gradient) {
        return 4 * s.gap + 2 * s.half + 4 * s.gap * generations * (gradient ? 3 : 1) + s.work;
    }

    Buffer<T> numbers_;
};

}  // namespace subband

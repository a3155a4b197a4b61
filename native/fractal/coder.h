// Arithmetic coding of bits with adaptive probabilities: a range coder with carry propagation.
#pragma once

#include <cstdint>
#include <string>

#include "../index.h"

namespace subband {

/// The probability of a one: the mean of a fast and of a slow estimate.
struct Probability {
    std::uint16_t fast = 1 << 15, slow = 1 << 15;
    std::uint16_t seen = 0;

    SUBBAND_INLINE std::uint32_t of_one() const {
        const std::uint32_t p = (std::uint32_t(fast) + slow) / 2;
        return p < 128 ? 128 : p > 65408 ? 65408 : p;
    }
    SUBBAND_INLINE void update(int bit) {
        const std::uint32_t quick = seen < 14 ? seen + 2 : 16, steady = seen + 2;
        if (bit) {
            fast += std::uint16_t((65535u - fast) / quick), slow += std::uint16_t((65535u - slow) / steady);
        } else {
            fast -= std::uint16_t(fast / quick), slow -= std::uint16_t(slow / steady);
        }
        if (seen < 158) ++seen;
    }
};

inline constexpr std::uint32_t NARROW_RANGE = 1u << 24;

class Encoder {
  public:
    int bit(Probability& p, int value) {
        const std::uint32_t bound = (range_ >> 16) * p.of_one();
        if (value) {
            range_ = bound;
        } else {
            low_ += bound, range_ -= bound;
        }
        p.update(value);
        normalise();
        return value;
    }

    /// A number of 0 … n − 1, all equally probable; n ≤ 2^16.
    std::int32_t uniform(std::int32_t n, std::int32_t value) {
        range_ /= std::uint32_t(n);
        low_ += std::uint64_t(range_) * std::uint32_t(value);
        normalise();
        return value;
    }

    /// The code: the shortest number within the last interval, without the zeros at its end.
    std::string finish() {
        const std::uint64_t last = low_ + range_ - 1;
        for (int bits = 32; bits >= 0; --bits) {
            const std::uint64_t shortest = last >> bits << bits;
            if (shortest < low_) continue;
            low_ = shortest;
            break;
        }
        for (int k = 0; k < 5; ++k) shift();
        std::size_t size = out_.size();
        while (size > 1 && out_[size - 1] == 0) --size;
        return out_.substr(1, size - 1);  // the first byte is always 0
    }

  private:
    void normalise() {
        while (range_ < NARROW_RANGE) range_ <<= 8, shift();
    }
    void shift() {
        if (std::uint32_t(low_) < 0xff000000u || low_ >> 32) {
            const auto carry = std::uint8_t(low_ >> 32);
            out_.push_back(char(std::uint8_t(held_ + carry)));
            for (; waiting_ > 0; --waiting_) out_.push_back(char(std::uint8_t(0xff + carry)));
            held_ = std::uint8_t(low_ >> 24);
        } else {
            ++waiting_;
        }
        low_ = (low_ & 0x00ffffffu) << 8;
    }

    std::uint64_t low_ = 0;
    std::uint32_t range_ = 0xffffffffu;
    std::uint8_t held_ = 0;
    std::uint64_t waiting_ = 0;
    std::string out_;
};

/// Reads zeros behind the end: every sequence of bytes is a code of something.
class Decoder {
  public:
    Decoder(const char* data, std::size_t size) : next_(data), end_(data + size) {
        for (int k = 0; k < 4; ++k) code_ = code_ << 8 | byte();
    }

    int bit(Probability& p, int) {
        const std::uint32_t bound = (range_ >> 16) * p.of_one();
        const int value = code_ < bound;
        if (value) {
            range_ = bound;
        } else {
            code_ -= bound, range_ -= bound;
        }
        p.update(value);
        normalise();
        return value;
    }

    std::int32_t uniform(std::int32_t n, std::int32_t) {
        range_ /= std::uint32_t(n);
        std::uint32_t value = code_ / range_;
        if (value >= std::uint32_t(n)) value = std::uint32_t(n) - 1;
        code_ -= value * range_;
        normalise();
        return std::int32_t(value);
    }

  private:
    void normalise() {
        while (range_ < NARROW_RANGE) range_ <<= 8, code_ = code_ << 8 | byte();
    }
    std::uint32_t byte() { return next_ < end_ ? std::uint8_t(*next_++) : 0; }

    const char* next_;
    const char* end_;
    std::uint32_t code_ = 0, range_ = 0xffffffffu;
};

}  // namespace subband

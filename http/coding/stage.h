#pragma once

#include "base/bytes.h"
#include "base/function_ref.h"
#include "http/coding/bounds.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bascule::http::coding {

/// One coding being undone while its octets pass: the loop, the bounds and the end, over a step() of each library.
class Stage {
  public:
    /// Where decoded octets go, at most 16 KiB at once; they live for the call. False: no more is wanted.
    using Next = FunctionRef<bool(ByteView)>;

    virtual ~Stage() = default;
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    /// False once it is broken or over a bound, or when `next` wants no more.
    bool take(ByteView octets, Next next);
    /// What came is whole; also while nothing has come.
    bool ended() const { return state_ != State::inside && why_.empty(); }
    /// The sentence for a broken coding or a bound; empty: neither.
    const std::string& why() const { return why_; }
    std::uint64_t decoded() const { return decoded_; }

  protected:
    /// `name` is for why(), and stays.
    Stage(std::string_view name, Bounds bounds) : name_(name), bounds_(bounds) {}

    struct Step {
        std::size_t taken = 0;
        std::size_t given = 0;
        bool ended = false;           ///< the coding's own end has been reached, and all is given
        const char* fault = nullptr;  ///< what the library says is wrong
    };
    /// As much as `out` holds of what comes next, from `in` and what earlier steps left inside.
    virtual Step step(ByteView in, std::span<std::uint8_t> out) = 0;
    /// Asked with the first octet after an end: whether it begins another one, for which all is ready then.
    virtual bool begin_another(std::uint8_t first) = 0;
    /// The bounds count from here.
    void restart_bounds() { encoded_ = decoded_ = 0; }

  private:
    enum class State : std::uint8_t {
        empty,    ///< nothing has come
        inside,   ///< in the middle
        ended,    ///< another one may follow
        trailing  ///< what follows is not decoded
    };
    bool can_go_on(ByteView octets);
    void account(const Step& step);

    std::string_view name_;
    Bounds bounds_;
    State state_ = State::empty;
    std::uint64_t encoded_ = 0;
    std::uint64_t decoded_ = 0;
    std::string why_;
};

}  // namespace bascule::http::coding

#include "proxy/http/kept_origin.h"

#include "proxy/opening.h"
#include "proxy/reach.h"

#include <algorithm>

namespace bascule::proxy {

bool KeptOrigin::leads_there() const {
    const auto& addresses = connection_.addresses;  // those that a rule has admitted, where one asks for them
    return target_ == connection_.target && rule_ == connection_.verdict.index &&
           (addresses.empty() || std::ranges::find(addresses, address_) != addresses.end());
}

void KeptOrigin::take_again() {
    connection_.addresses.clear();
    connection_.connected = address_;
    connection_.record.destination = address_.text();
}

net::Task<void> KeptOrigin::reach_anew() {
    connection_.upstream.reset();
    co_await reach_upstream(connection_);
    target_ = connection_.target;
    address_ = *connection_.connected;
    rule_ = connection_.verdict.index;
}

net::Task<bool> KeptOrigin::reach() {
    co_await decide(connection_);
    const bool again = connection_.upstream && leads_there() && connection_.upstream->is_silent();
    if (again) {
        take_again();
    } else {
        co_await reach_anew();
    }
    co_return again;
}

void KeptOrigin::forget() {
    connection_.upstream.reset();
    connection_.addresses.clear();
    connection_.connected.reset();
}

net::Task<void> KeptOrigin::mind() {
    if (connection_.upstream) {
        co_await first_bytes(*connection_.upstream);
        connection_.upstream.reset();
    }
    co_await connection_.loop.wait_until(net::Time::max());
}

}  // namespace bascule::proxy

#include "bench/whole/origin.h"

#include "bench/whole/workers.h"

#include <cstdio>
#include <exception>
#include <sstream>

namespace bascule::bench {
namespace {

/// Answers `send receive renegotiations stall` lines: sends so many octets while it receives so many, then one more
/// octet with the number of renegotiations that this connection has had.
void answer(SSL_CTX* context, UniqueFd socket) {
    try {
        const auto channel = Channel::accept(context, std::move(socket));
        channel->collect_output();
        while (true) {
            const auto line = channel->read_line();
            if (line.empty()) return;
            Channel::Plan plan;
            std::istringstream(line) >> plan.send >> plan.receive >> plan.renegotiations >> plan.stall;
            channel->exchange(plan);
            channel->write_all(std::string(1, static_cast<char>(channel->renegotiations())));
        }
    } catch (const std::exception&) {
        // the client counts what went wrong
    }
}

}  // namespace

int run_origin(const std::string& authority) {
    Forger forger(authority);
    const auto context = server_context();
    forger.serve(context.get());
    const auto listening = listen_on_loopback();
    Pool pool;
    std::printf("{\"port\": %u}\n", unsigned{listening.port});
    std::fflush(stdout);
    while (true) {
        auto socket = std::make_shared<UniqueFd>(accept_from(listening.socket));
        pool.run([context = context.get(), socket] { answer(context, std::move(*socket)); });
    }
}

}  // namespace bascule::bench

#include "bench/whole/load.h"

#include "bench/whole/workers.h"

#include <fmt/format.h>
#include <poll.h>

#include <atomic>
#include <cstdio>
#include <iostream>

namespace bascule::bench {
namespace {

class Client {
  public:
    explicit Client(const LoadOptions& options) : options_(options), context_(client_context()) {
        const int version = options.tls12 ? TLS1_2_VERSION : TLS1_3_VERSION;
        SSL_CTX_set_min_proto_version(context_.get(), version);
        SSL_CTX_set_max_proto_version(context_.get(), version);
    }

    std::unique_ptr<Channel> connect(std::size_t index) {
        const auto name =
            options_.names.empty() ? "origin.bench.test" : fmt::format("{}-{}.bench.test", options_.names, index);
        auto channel = Channel::connect(context_.get(), connect_to(options_.port), name);
        channel->collect_output();
        return channel;
    }

    /// One request and its whole answer; how often the origin's leg has been renegotiated.
    int ask(Channel& channel) {
        const auto& request = options_.request;
        channel.write_all(fmt::format("{} {} {} {}\n", request.down, request.up, request.origin_renegotiations,
                                      request.origin_stall));
        channel.exchange({.send = request.up,
                          .receive = request.down,
                          .renegotiations = request.renegotiations,
                          .stall = request.stall});
        int count = 0;
        while (true) {
            char last = 0;
            const int got = SSL_read(channel.ssl(), &last, 1);
            channel.flush();
            if (got == 1) {
                count = last;
                break;
            }
            check(SSL_get_error(channel.ssl(), got) == SSL_ERROR_WANT_READ, "the answer's end");
            wait_for(channel.socket(), POLLIN);
        }
        done_ += 1;
        return count;
    }

    /// Runs `job` for each index below `count` on `parallel` threads.
    template <class Job>
    void for_each(std::size_t count, Job job) {
        std::atomic<std::size_t> next{0};
        Threads threads;
        for (std::size_t i = 0; i < std::min(count, options_.parallel); ++i) {
            threads.start([&] {
                for (std::size_t index = next++; index < count; index = next++) try_to([&] { job(index); });
            });
        }
    }

    void report(const char* what) {
        std::cout
            << fmt::format(
                   R"({{"what": "{}", "done": {}, "errors": {}, "renegotiations": {}, "origin_renegotiations": {}, "seconds": {:.4f}, "error": "{}"}})",
                   what, done_.exchange(0), errors_.exchange(0), renegotiations_, origin_renegotiations_,
                   seconds_now() - begun_, first_error_)
            << std::endl;
        begun_ = seconds_now();
    }

    void one_connection(std::size_t index) {
        const auto channel = connect(index);
        const int at_origin = ask(*channel);
        const std::lock_guard held(lock_);
        renegotiations_ += options_.tls12 ? channel->renegotiations() : 0;
        origin_renegotiations_ += at_origin;
    }

  private:
    template <class Job>
    void try_to(Job job) {
        try {
            job();
        } catch (const std::exception& error) {
            const std::lock_guard held(lock_);
            if (errors_++ == 0) first_error_ = error.what();
        }
    }

    const LoadOptions& options_;
    tls::ContextHandle context_;
    std::mutex lock_;
    std::atomic<std::size_t> done_{0}, errors_{0};
    int renegotiations_ = 0, origin_renegotiations_ = 0;
    std::string first_error_;
    double begun_ = seconds_now();
};

void wait_for_line() {
    std::string line;
    std::getline(std::cin, line);
}

}  // namespace

int run_new(const LoadOptions& options) {
    Client client(options);
    client.for_each(options.connections, [&](std::size_t index) { client.one_connection(index); });
    client.report("done");
    return 0;
}

int run_hold(const LoadOptions& options) {
    Client client(options);
    std::vector<std::unique_ptr<Channel>> channels(options.connections);
    client.for_each(options.connections, [&](std::size_t index) {
        channels[index] = client.connect(index);
        client.ask(*channels[index]);
    });
    client.report("ready");
    wait_for_line();
    client.for_each(options.connections, [&](std::size_t index) {
        for (std::size_t i = 0; channels[index] && i < options.requests; ++i) client.ask(*channels[index]);
    });
    client.report("done");
    return 0;
}

}  // namespace bascule::bench

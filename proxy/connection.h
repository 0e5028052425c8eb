#pragma once

#include "base/address.h"
#include "net/listener.h"
#include "net/relay.h"
#include "net/tcp_stream.h"
#include "proxy/ended.h"
#include "proxy/services.h"
#include "proxy/tap/key_tap.h"
#include "tls/hello/client_hello.h"
#include "tls/session/client_leg_context.h"
#include "tls/session/tls_stream.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bascule::http {
struct BadHead;
}

namespace bascule::proxy {

class ContentTap;
class HttpWatch;
struct PlainRequest;

/// What the client waits for: says how an ending is told to it.
/// `told` means that nothing is left to be said: a refusal is on its way already, or all that was asked is answered;
/// only the end in order is left.
enum class Awaits : std::uint8_t { nothing, http_reply, socks4_reply, socks5_reply, server_hello, told };

/// How long a step may take, and the configuration's name for that.
struct Deadline {
    Duration limit;
    std::string_view key;
};

/// Everything that is known of one connection, from accept to record. Lives in the frame of handle_connection; its
/// destructor writes the record, so that there is exactly one however the connection ends.
class Connection {
  public:
    Connection(Services& services, std::shared_ptr<const config::Listener> listener, net::Accepted accepted);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    Services& services;
    net::EventLoop& loop;
    std::shared_ptr<const Policy> policy;
    std::shared_ptr<const config::Listener> listener;
    const config::Settings* settings;  ///< of the verdict so far
    net::Event adopted;                ///< set: there is another verdict
    ConnectionCount::Slot slot, source_slot;

    std::unique_ptr<net::TcpStream> client;
    SocketAddress source;

    // What the client asked for: a name or an address, and the address where it is known.
    HostPort target;
    std::optional<SocketAddress> target_address;
    Awaits awaits = Awaits::nothing;
    std::unique_ptr<PlainRequest> request;  ///< in absolute-form: the one that is served
    std::optional<int> told_status;         ///< by the farewell
    bool fin_means_gone = false;            ///< a client that closes its direction now can have no use of us any more

    // What its first bytes were.
    std::optional<rules::Protocol> protocol;
    std::unique_ptr<tls::ClientHello> hello;    ///< until both handshakes are over
    std::unique_ptr<http::BadHead> unreadable;  ///< plain HTTP whose server name cannot be told, and why
    std::string server_name;  ///< the hello's or the plain request's, else the asked-for one, else the address

    rules::Verdict verdict;
    bool judged = false;                     ///< the verdict is one
    std::vector<SocketAddress> addresses;    ///< to try, in order
    std::optional<SocketAddress> connected;  ///< the one that was connected

    std::unique_ptr<net::TcpStream> upstream;
    /// The TLS client is on the upstream's side: `client` is who begins the handshake, `upstream` the client's socket,
    /// and By, the legs and the directions mean these roles, until the record is written.
    bool reversed = false;
    bool acted_on = false;                               ///< its messages are, by rules
    bool began_in_the_clear = false;                     ///< TLS began within another protocol
    bool learned = false;                                ///< the verdict to pass through is what was learned
    std::unique_ptr<KeyTap> client_keys, upstream_keys;  ///< before the streams that write to them
    std::unique_ptr<tls::TlsStream> client_tls, upstream_tls;
    tls::Answer answer;  ///< what the origin chose, and the client is to be answered with
    bool relaying = false;
    net::Traffic traffic;
    std::unique_ptr<ContentTap> content;    ///< of a rule with a content log
    std::unique_ptr<HttpWatch> http_watch;  ///< of what is inspected
    bool answers_itself = false;            ///< what the client asks is answered by a page, and `end` says why

    inspect::Step step = inspect::Step::accept;
    inspect::ConnectionRecord record;
    inspect::End end{.by = By::proxy, .how = How::drain, .step = inspect::Step::accept, .detail = {}};

    const config::Timeouts& timeouts() const { return settings->timeouts; }
    net::Time last_moved() const;
    rules::Facts facts() const;
    void begin(inspect::Step next) { step = next; }
    /// Has the secrets of a leg's session written, where the rule says so.
    void log_keys(tls::Session& session, std::unique_ptr<KeyTap>& tap, std::string_view leg);
    void note_end_time();  ///< the record's, before a farewell that may take its time
    void adopt(rules::Verdict chosen);
    void add_reason(std::string_view why);  ///< to the record's

    /// Runs one step: `work` until its deadline, and only as long as the client is there (cancellation.client_gone).
    /// Throws Ended where one of the two comes first. The time it took goes to `took`, where given.
    template <class T>
    net::Task<net::Plain<T>> during(inspect::Step next, Deadline deadline, std::optional<double>* took,
                                    net::Task<T> work);

  private:
    net::Task<void> client_gone();
    void tell_by_sides();
    net::Time started_;
};

/// The story of one connection, from its first byte to its record. Cancelled by destroying it, at any moment.
net::Task<void> handle_connection(Services& services, std::shared_ptr<const config::Listener> listener,
                                  net::Accepted accepted, ConnectionCount::Slot slot);

template <class T>
net::Task<net::Plain<T>> Connection::during(inspect::Step next, Deadline deadline, std::optional<double>* took,
                                            net::Task<T> work) {
    begin(next);
    const net::Time start = std::chrono::steady_clock::now();
    const auto note_time = [&] {
        const Duration span = net::Time(std::chrono::steady_clock::now()) - start;
        if (took) *took = took->value_or(0) + std::chrono::duration<double, std::milli>(span).count();
    };
    struct OnExit {
        decltype(note_time)& function;
        ~OnExit() { function(); }
    } on_exit{note_time};
    auto winner = co_await net::any_of(std::move(work), client_gone(), loop.sleep_until(loop.now() + deadline.limit));
    if (winner.index() == 1) {
        throw Ended(By::client, How::client_gone, fmt::format("the client left during {}", inspect::name_of(next)));
    }
    if (winner.index() == 2) {
        throw Ended(By::proxy, How::timeout,
                    fmt::format("{} did not finish within {} ({})", inspect::name_of(next),
                                format_duration(deadline.limit), deadline.key));
    }
    co_return std::get<0>(std::move(winner));
}

}  // namespace bascule::proxy

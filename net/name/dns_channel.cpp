#include "net/name/dns_channel.h"

#include "base/error.h"
#include "net/sockaddr.h"
#include "net/tcp_stream.h"

#include <ares.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>

namespace bascule::net {
namespace {

constexpr unsigned kTries = 3;
constexpr std::size_t kMostAddresses = 32;
constexpr std::uint16_t kDnsPort = 53;

std::string server_text(const SocketAddress& server) {
    return server.port == kDnsPort ? server.ip.text() : server.text();
}

const char* word_for(int status) {
    switch (status) {
        case ARES_ENOTFOUND:
            return "NXDOMAIN";
        case ARES_ENODATA:
            return "no address";
        case ARES_ESERVFAIL:
            return "SERVFAIL";
        case ARES_EFORMERR:
            return "FORMERR";
        case ARES_ENOTIMP:
            return "NOTIMP";
        case ARES_EREFUSED:
            return "REFUSED";
        case ARES_EBADRESP:
            return "a malformed answer";
        default:
            return ares_strerror(status);
    }
}

void check(int status) {
    if (status != ARES_SUCCESS) throw Error("c-ares: {}", ares_strerror(status));
}

template <std::size_t Size>
std::array<std::uint8_t, Size> octets_at(const void* from) {
    std::array<std::uint8_t, Size> octets{};
    std::memcpy(octets.data(), from, Size);
    return octets;
}

IpAddress address_in(const sockaddr* from) {
    if (from->sa_family == AF_INET) {
        return IpAddress::v4(octets_at<4>(reinterpret_cast<const char*>(from) + offsetof(sockaddr_in, sin_addr)));
    }
    return IpAddress::v6(octets_at<16>(reinterpret_cast<const char*>(from) + offsetof(sockaddr_in6, sin6_addr)));
}

/// The addresses of an answer and the shortest TTL of the records that lead to them.
int read_answer(DnsReply& reply, const ares_addrinfo& answer) {
    int ttl = std::numeric_limits<int>::max();
    for (const auto* alias = answer.cnames; alias != nullptr; alias = alias->next) ttl = std::min(ttl, alias->ttl);
    for (const auto* node = answer.nodes; node != nullptr; node = node->ai_next) {
        if (reply.addresses.size() == kMostAddresses) break;
        reply.addresses.push_back(address_in(node->ai_addr));
        ttl = std::min(ttl, node->ai_ttl);
    }
    reply.ttl = std::chrono::seconds(std::max(0, ttl));
    return reply.addresses.empty() ? ARES_ENODATA : ARES_SUCCESS;
}

DnsReply::Says meaning_of(int status) {
    switch (status) {
        case ARES_SUCCESS:
            return DnsReply::Says::addresses;
        case ARES_ENOTFOUND:
            return DnsReply::Says::no_such_name;
        case ARES_ENODATA:
            return DnsReply::Says::no_such_record;
        case ARES_ETIMEOUT:
            return DnsReply::Says::nothing;
        default:
            return DnsReply::Says::failure;
    }
}

}  // namespace

/// c-ares says which sockets it has and what it wants of them; libevent calls it when they are ready, level-triggered
/// as c-ares expects (it reads a TCP answer in several steps). Its callbacks only mark replies as done, so no coroutine
/// runs inside of it.
struct DnsChannel::Cares {
    Cares(EventLoop& on, const NameServers& given, Duration timeout) : loop(on), servers(given.servers), news(on) {
        static const int library = ares_library_init(ARES_LIB_INIT_ALL);
        check(library);
        for (auto& server : servers) {
            if (server.port == 0) server.port = kDnsPort;
        }
        init(given, timeout);
        std::vector<std::string> texts;
        texts.reserve(servers.size());
        for (const auto& server : servers) texts.push_back(server.text());
        const int status = ares_set_servers_ports_csv(channel, fmt::format("{}", fmt::join(texts, ",")).c_str());
        if (status == ARES_SUCCESS) return;
        ares_destroy(channel);
        check(status);
    }
    ~Cares() { ares_destroy(channel); }
    Cares(const Cares&) = delete;

    void init(const NameServers& given, Duration timeout) {
        ares_options options{};
        // With a single server there is none to try instead: what it says, SERVFAIL included, is the answer.
        options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | (servers.size() == 1 ? ARES_FLAG_NOCHECKRESP : 0) |
                        (given.tcp ? ARES_FLAG_USEVC : 0) | (given.edns ? ARES_FLAG_EDNS : 0);
        options.tries = static_cast<int>(given.attempts.value_or(kTries));
        options.timeout = first_patience(given, timeout, static_cast<unsigned>(options.tries));
        options.sock_state_cb = on_state;
        options.sock_state_cb_data = this;
        // A name is asked for as it is, of the servers alone: search domains, hosts file and cache are the resolver's.
        std::string servers_only = "b";
        options.lookups = servers_only.data();
        options.ndomains = 0;
        options.ndots = 0;
        int given_options = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB |
                            ARES_OPT_LOOKUPS | ARES_OPT_DOMAINS | ARES_OPT_NDOTS;
#ifdef ARES_OPT_QUERY_CACHE  // c-ares 1.31: on unless told else
        options.qcache_max_ttl = 0;
        given_options |= ARES_OPT_QUERY_CACHE;
#endif
        check(ares_init_options(&channel, &options,
                                given_options | (given.rotate ? ARES_OPT_ROTATE : ARES_OPT_NOROTATE)));
    }
    /// In milliseconds. Each server is asked `tries` times, with twice the patience in each round.
    static int first_patience(const NameServers& given, Duration timeout, unsigned tries) {
        auto patience = timeout / static_cast<int>(given.servers.size() * ((1U << tries) - 1));
        if (given.timeout && *given.timeout > Duration::zero()) patience = std::min(patience, *given.timeout);
        const auto millis = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
        return static_cast<int>(std::clamp<std::int64_t>(millis, 50, 5000));
    }

    struct Socket {
        ~Socket() { event_del_noblock(&readiness); }
        Cares* owner = nullptr;
        SocketAddress server;
        event readiness{};
    };

    static void on_state(void* self, int fd, int reading, int writing) noexcept {
        static_cast<Cares*>(self)->watch(fd, reading != 0, writing != 0);
    }
    void watch(int fd, bool reading, bool writing) {
        if (!reading && !writing) {
            sockets.erase(fd);
            return;
        }
        auto [place, fresh] = sockets.try_emplace(fd);
        Socket& socket = place->second;
        if (!fresh) event_del_noblock(&socket.readiness);
        socket.owner = this;
        socket.server = peer_address(fd);
        const int wanted = EV_PERSIST | (reading ? EV_READ : 0) | (writing ? EV_WRITE : 0);
        event_assign(&socket.readiness, loop.base(), fd, static_cast<short>(wanted), on_ready, &socket);
        event_add(&socket.readiness, nullptr);
    }
    static void on_ready(int fd, short what, void* pointer) noexcept {
        // The socket may be closed, and its entry gone, when c-ares returns.
        const auto& socket = *static_cast<Socket*>(pointer);
        Cares& self = *socket.owner;
        self.answering = server_text(socket.server);
        ares_process_fd(self.channel, what & EV_READ ? fd : ARES_SOCKET_BAD, what & EV_WRITE ? fd : ARES_SOCKET_BAD);
        self.answering.clear();
    }

    struct Question {
        Cares* owner;
        std::shared_ptr<DnsReply> reply;
    };
    static void on_answer(void* pointer, int status, int /*timeouts*/, ares_addrinfo* answer) noexcept {
        const std::unique_ptr<Question> question(static_cast<Question*>(pointer));
        const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> answered(answer, ares_freeaddrinfo);
        Cares& self = *question->owner;
        DnsReply& reply = *question->reply;
        --self.asked;
        if (status == ARES_SUCCESS) status = read_answer(reply, *answered);
        reply.says = meaning_of(status);
        reply.source = self.answering.empty() ? fmt::format("{}, asked {}", word_for(status), self.server_list())
                                              : fmt::format("{} from {}", word_for(status), self.answering);
        reply.done.set();
    }

    std::string server_list() const {
        std::vector<std::string> texts;
        texts.reserve(servers.size());
        for (const auto& server : servers) texts.push_back(server_text(server));
        return fmt::format("{}", fmt::join(texts, ", "));
    }

    /// When c-ares wants to look at its clock again; nothing while no question is under way.
    std::optional<Duration> patience() {
        timeval left{};
        if (asked == 0 || ares_timeout(channel, nullptr, &left) == nullptr) return std::nullopt;
        const Duration span = std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
        return std::max<Duration>(span, std::chrono::milliseconds(1));
    }

    EventLoop& loop;
    std::vector<SocketAddress> servers;
    Event news;  ///< a question has been asked: the next moment to look may be nearer
    ares_channel channel = nullptr;
    std::unordered_map<int, Socket> sockets;
    std::string answering;  ///< the server whose socket is being read
    std::size_t asked = 0;
};

DnsChannel::DnsChannel(EventLoop& loop, const NameServers& servers, Duration timeout)
    : cares_(std::make_unique<Cares>(loop, servers, timeout)) {}

DnsChannel::~DnsChannel() = default;

void DnsChannel::ask(const std::string& name, DnsType type, std::shared_ptr<DnsReply> reply) {
    // The one call that c-ares 1.18 and 1.34 both have: ares_query is deprecated in the newer, its successor not in the
    // older.
    auto question = std::make_unique<Cares::Question>(cares_.get(), std::move(reply));
    ares_addrinfo_hints hints{};
    hints.ai_flags = ARES_AI_NOSORT;
    hints.ai_family = type == DnsType::a ? AF_INET : AF_INET6;
    hints.ai_socktype = SOCK_STREAM;
    ++cares_->asked;
    ares_getaddrinfo(cares_->channel, name.c_str(), nullptr, &hints, Cares::on_answer, question.release());
    cares_->news.set();
}

std::size_t DnsChannel::asked() const {
    return cares_->asked;
}

Task<void> DnsChannel::keep_asking() {
    Cares& cares = *cares_;
    while (true) {
        cares.news.reset();
        if (const auto patience = cares.patience()) {
            co_await with_deadline(cares.loop, cares.loop.now() + *patience, cares.news.happened());
        } else {
            co_await cares.news.wait();
        }
        ares_process_fd(cares.channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    }
}

std::string DnsChannel::servers() const {
    return cares_->server_list();
}

}  // namespace bascule::net

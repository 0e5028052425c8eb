#include "net/name/resolver.h"

#include "base/error.h"
#include "base/text.h"
#include "net/name/dns_channel.h"
#include "net/name/hosts_file.h"
#include "net/name/name_cache.h"
#include "net/name/resolv_conf.h"
#include "net/task/nursery.h"

#include <unistd.h>

#include <algorithm>

namespace bascule::net {
namespace {

using Says = DnsReply::Says;

constexpr Duration kLongestKept = std::chrono::hours(1);
constexpr Duration kNegativeKept = std::chrono::seconds(5);
/// RFC 8305 section 3: how long A waits for AAAA. Servers that drop AAAA must not cost a whole timeout.
constexpr Duration kResolutionDelay = std::chrono::milliseconds(50);
/// Query ids have 16 bits, and every question two of them.
constexpr std::size_t kMostQuestions = 8192;

/// Lower case, without the dot of the root: one name is one entry.
std::string canonical(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    return to_lower(name);
}

bool is_label(std::string_view label) {
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
    return !label.empty() && label.size() <= 63 && std::ranges::all_of(label, fits);
}

/// RFC 1035 section 2.3.4, and the underscore that real names have.
bool is_name(std::string_view name) {
    if (name.empty() || name.size() > 253) return false;
    while (true) {
        const auto dot = name.find('.');
        if (!is_label(name.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        name.remove_prefix(dot + 1);
    }
}

/// RFC 8305 section 4: IPv6 first, then by turns.
std::vector<IpAddress> in_order_to_try(const std::vector<IpAddress>& addresses) {
    std::vector<IpAddress> sixes;
    std::vector<IpAddress> fours;
    for (const auto& address : addresses) (address.is_v4() ? fours : sixes).push_back(address);
    std::vector<IpAddress> order;
    for (std::size_t i = 0; i < std::max(sixes.size(), fours.size()); ++i) {
        if (i < sixes.size()) order.push_back(sixes[i]);
        if (i < fours.size()) order.push_back(fours[i]);
    }
    return order;
}

Resolved fault(NameFault kind, std::string detail) {
    return {{}, kind, std::move(detail)};
}

/// A name being asked for, shared by all who wait for it.
struct Query {
    Query(EventLoop& loop, std::string asked) : name(std::move(asked)), told(loop) { begin(loop); }

    /// With the next name to ask for.
    void begin(EventLoop& loop) {
        four = std::make_shared<DnsReply>(loop);
        six = std::make_shared<DnsReply>(loop);
    }

    void tell(Resolved result) {
        resolved = std::move(result);
        told.set();
    }
    bool has_addresses() const { return !four->addresses.empty() || !six->addresses.empty(); }
    /// Whether both families have been answered for, be it with "none".
    bool complete() const {
        const auto sure = [](Says says) { return says != Says::nothing && says != Says::failure; };
        return sure(four->says) && sure(six->says);
    }

    std::string name;
    std::shared_ptr<DnsReply> four;
    std::shared_ptr<DnsReply> six;
    Event told;
    Resolved resolved;
};

/// What the replies come to, and how long that may be kept.
Duration kept_for(const Query& query) {
    if (!query.complete()) return query.has_addresses() ? kNegativeKept : Duration::zero();
    if (!query.has_addresses()) return kNegativeKept;
    Duration ttl = kLongestKept;
    for (const auto& reply : {query.four, query.six}) {
        if (!reply->addresses.empty()) ttl = std::min(ttl, reply->ttl);
    }
    return ttl;
}

Resolved result_of(const Query& query, Duration timeout, const std::string& servers) {
    if (query.has_addresses()) {
        std::vector<IpAddress> all = query.six->addresses;
        all.insert(all.end(), query.four->addresses.begin(), query.four->addresses.end());
        return {in_order_to_try(all), NameFault::none, {}};
    }
    for (const auto& reply : {query.four, query.six}) {
        if (reply->says == Says::failure) {
            return fault(NameFault::failed, fmt::format("name look-up failed ({})", reply->source));
        }
        if (reply->says == Says::no_such_name) {
            return fault(NameFault::not_found, fmt::format("no such host ({})", reply->source));
        }
    }
    if (query.complete()) return fault(NameFault::not_found, fmt::format("no such host ({})", query.four->source));
    return fault(NameFault::timed_out,
                 fmt::format("name servers did not answer within {} (asked {})", format_duration(timeout), servers));
}

/// The name servers of one state of resolv.conf or of the configuration. It lives as long as somebody asks them.
struct Servers {
    Servers(EventLoop& loop, NameServers chosen, Duration timeout)
        : named(std::move(chosen)), mark(named.mark()), dns(loop, named, timeout), tasks(loop) {
        tasks.spawn(dns.keep_asking());
    }

    NameServers named;
    std::string mark;
    DnsChannel dns;
    Nursery tasks;
};

std::string host_name() {
    char name[256] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

}  // namespace

struct Resolver::Channel {
    Channel(EventLoop& on, NameCache::Shards& shared, const ResolverOptions& options)
        : loop(on), cache(shared), tasks(on) {
        use(options);
    }
    ~Channel() {
        for (const auto& [name, query] : queries) {
            if (!query->told.is_set()) query->tell(fault(NameFault::failed, "the resolver has been stopped"));
        }
    }
    Channel(const Channel&) = delete;

    void use(const ResolverOptions& fresh) {
        if (servers && fresh == options) return;
        options = fresh;
        hosts.emplace(options.hosts);
        resolv_conf.reset();
        if (options.servers.empty()) {
            resolv_conf.emplace(options.resolv_conf);
            look_at_resolv_conf();
        } else {
            NameServers named;
            named.servers = options.servers;
            ask_from_now_on(std::move(named));
        }
    }

    void look_at_resolv_conf() {
        if (resolv_conf && resolv_conf->has_changed(loop.now())) {
            ask_from_now_on(parse_resolv_conf(resolv_conf->read(), host_name()));
        }
    }

    void ask_from_now_on(NameServers named) {
        servers = std::make_shared<Servers>(loop, std::move(named), options.timeout);
    }

    /// What is known without asking a server.
    std::optional<Resolved> known(const std::string& name) {
        if (const auto* found = hosts->find(name, loop.now()))
            return Resolved{in_order_to_try(*found), NameFault::none, {}};
        if (name == "localhost" || name.ends_with(".localhost")) {  // RFC 6761 section 6.3
            return Resolved{{*IpAddress::parse("::1"), *IpAddress::parse("127.0.0.1")}, NameFault::none, {}};
        }
        if (name.ends_with(".onion")) return fault(NameFault::not_found, "no such host (.onion, RFC 7686)");
        if (!is_name(name)) return fault(NameFault::not_found, "no such host (not a host name)");
        look_at_resolv_conf();
        return cache.find(key_of(name), loop.now());
    }

    /// Answers belong to those who gave them.
    std::string key_of(const std::string& name) const { return name + "@" + servers->mark; }

    /// The query for this name that is under way, or a new one.
    std::shared_ptr<Query> join(const std::string& name) {
        const auto key = key_of(name);
        if (const auto found = queries.find(key); found != queries.end()) return found->second;
        auto query = std::make_shared<Query>(loop, name);
        if (servers->dns.asked() >= kMostQuestions) {
            query->tell(fault(NameFault::failed, "too many names are being looked up"));
            return query;
        }
        queries.emplace(key, query);
        tasks.spawn(look_up(query, key));
        return query;
    }

    Task<void> look_up(std::shared_ptr<Query> query, std::string key) {
        const auto asked = servers;  // to the end
        const Duration limit = options.timeout;
        const Time end = loop.now() + limit;
        Resolved result;
        Resolved first;
        for (const auto& name : asked->named.names_for(query->name)) {
            query->begin(loop);
            co_await ask(*query, asked->dns, name, end);
            result = result_of(*query, limit, asked->dns.servers());
            if (name == query->name) first = result;
            if (result.fault != NameFault::not_found) break;
        }
        if (result.fault == NameFault::not_found && !first.detail.empty()) result = std::move(first);
        query->tell(result);
        // Nobody waits any longer, but what is remembered should be whole.
        co_await with_deadline(loop, end, query->six->done.happened());
        if (query->has_addresses()) result = result_of(*query, limit, asked->dns.servers());
        cache.store(key, result, loop.now(), loop.now() + kept_for(*query));
        queries.erase(key);
    }

    /// Both families; enough is known when it ends, or the time is over.
    Task<void> ask(Query& query, DnsChannel& dns, const std::string& name, Time end) {
        dns.ask(name, DnsType::aaaa, query.six);
        dns.ask(name, DnsType::a, query.four);
        co_await with_deadline(loop, end, query.four->done.happened());
        const bool enough = !query.four->addresses.empty();
        const Time patience = enough ? std::min(end, loop.now() + kResolutionDelay) : end;
        co_await with_deadline(loop, patience, query.six->done.happened());
    }

    EventLoop& loop;
    NameCache::Shards& cache;
    ResolverOptions options;
    std::optional<HostsFile> hosts;
    std::optional<WatchedFile> resolv_conf;
    std::shared_ptr<Servers> servers;
    std::map<std::string, std::shared_ptr<Query>> queries;
    Nursery tasks;
};

Resolver::Resolver(EventLoop& loop, NameCache& cache, const ResolverOptions& options)
    : channel_(std::make_unique<Channel>(loop, *cache.shards_, options)) {}
Resolver::~Resolver() = default;

Task<Resolved> Resolver::resolve(std::string name) {
    if (const auto address = IpAddress::parse(name)) co_return Resolved{{*address}, NameFault::none, {}};
    name = canonical(name);
    if (auto known = channel_->known(name)) co_return std::move(*known);
    const auto query = channel_->join(name);
    co_await query->told.wait();  // the resolver may be gone when this goes on
    co_return query->resolved;
}

void Resolver::use(const ResolverOptions& options) {
    channel_->use(options);
}

std::size_t Resolver::pending() const {
    return channel_->queries.size();
}

}  // namespace bascule::net

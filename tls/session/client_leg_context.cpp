#include "tls/session/client_leg_context.h"

#include "tls/hello/offer.h"
#include "tls/library.h"
#include "tls/openssl.h"
#include "tls/session/context.h"
#include "tls/session/session.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <string>

namespace bascule::tls {
namespace {

struct Suite {
    std::uint16_t number;
    const char* name;
    std::uint16_t sibling;  ///< the same but for the kind of certificate
};

// RFC 9325: forward secrecy and AEAD only. TLS 1.3 first.
constexpr std::array<Suite, 9> kSuites{{{0x1301, "TLS_AES_128_GCM_SHA256", 0},
                                        {0x1302, "TLS_AES_256_GCM_SHA384", 0},
                                        {0x1303, "TLS_CHACHA20_POLY1305_SHA256", 0},
                                        {0xc02b, "ECDHE-ECDSA-AES128-GCM-SHA256", 0xc02f},
                                        {0xc02f, "ECDHE-RSA-AES128-GCM-SHA256", 0xc02b},
                                        {0xc02c, "ECDHE-ECDSA-AES256-GCM-SHA384", 0xc030},
                                        {0xc030, "ECDHE-RSA-AES256-GCM-SHA384", 0xc02c},
                                        {0xcca9, "ECDHE-ECDSA-CHACHA20-POLY1305", 0xcca8},
                                        {0xcca8, "ECDHE-RSA-CHACHA20-POLY1305", 0xcca9}}};
constexpr std::size_t kFirstOfTls12 = 3;
constexpr std::array<std::uint16_t, 21> kAnswerGroups{29, 23, 24, 25, 30,  256, 257, 258,  259,  260, 21,
                                                      22, 26, 27, 28, 512, 513, 514, 4587, 4588, 4589};
// What a client may send before it has read that its early data is not taken (RFC 8446 section 4.2.10): the ticket it
// comes with is the origin's, and so is the bound in it.
constexpr std::uint32_t kMostEarlyData = 1U << 20;
// For private use (RFC 8446 section 11). It never goes out: see Session::raise().
constexpr unsigned kCarrierOfAlerts = 0xff5a;
constexpr std::size_t kCipherSlots = kSuites.size() + 2;  // our own order; legacy
constexpr std::size_t kGroupSlots = kAnswerGroups.size() + 1;
constexpr std::size_t kOwnOrder = kSuites.size();
constexpr std::size_t kLegacy = kSuites.size() + 1;

int choose_certificate(SSL* ssl, void*) {
    return Session::of(ssl).on_certificate();
}

int look_at_client_hello(SSL* ssl, int* alert, void*) {
    return Session::of(ssl).on_client_hello(alert);
}

int choose_alpn(SSL* ssl, const unsigned char** out, unsigned char* length, const unsigned char* offered, unsigned size,
                void*) {
    return Session::of(ssl).on_alpn(out, length, {offered, size});
}

int raise_alert(SSL* ssl, unsigned, unsigned, const unsigned char**, std::size_t*, X509*, std::size_t, int* alert,
                void*) {
    return Session::of(ssl).on_ticket(alert);
}

/// The suites of a range, `first` and its sibling before the rest.
std::string suite_list(std::span<const Suite> suites, const Suite* first) {
    std::string list;
    const auto add = [&](const Suite& suite) {
        list += list.empty() ? "" : ":";
        list += suite.name;
    };
    const auto leads = [&](const Suite& suite) {
        return first && (suite.number == first->number || suite.number == first->sibling);
    };
    if (first && std::ranges::find(suites, first->number, &Suite::number) != suites.end()) add(*first);
    for (const auto& suite : suites) {
        if (leads(suite) && suite.number != first->number) add(suite);
    }
    for (const auto& suite : suites) {
        if (!leads(suite)) add(suite);
    }
    return list;
}

/// With TLS 1.3 the answer's group alone: OpenSSL would take any other that the client has a share for. Up to TLS 1.2
/// our order decides, and a client's certificate may be of another curve.
std::string group_list(std::size_t slot, bool alone) {
    auto rare = fmt::format("{}:{}", kGroups, kRareGroups);
    if (slot == 0) return rare;
    std::string name(group_name(kAnswerGroups[slot - 1]));
    if (alone) return name;
    std::string list = name;
    for (const auto number : kAnswerGroups) {
        const auto other = group_name(number);
        if (!other.empty() && other != name && std::string_view(rare).contains(other))
            list += fmt::format(":{}", other);
    }
    return list;
}

ContextHandle make(std::size_t cipher, std::size_t group, bool log_keys, TicketKeys* tickets, SessionIds& ids) {
    const std::span<const Suite> all(kSuites);
    const Suite* first = cipher < kSuites.size() ? &kSuites[cipher] : nullptr;
    const bool legacy = cipher == kLegacy;
    const auto ciphers = legacy ? allowed_ciphers(true) : suite_list(all.subspan(kFirstOfTls12), first);
    const auto groups = group_list(group, first && cipher < kFirstOfTls12);
    ContextHandle context = make_context(TLS_server_method(), ciphers.c_str(), groups.c_str(), legacy);
    SSL_CTX* raw = context.get();
    require(SSL_CTX_set_ciphersuites(raw, suite_list(all.first(kFirstOfTls12), first).c_str()) == 1, "cipher suites");
    SSL_CTX_set_recv_max_early_data(raw, kMostEarlyData);
    if (legacy) SSL_CTX_set_dh_auto(raw, 1);
    SSL_CTX_set_min_proto_version(raw, legacy ? TLS1_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_options(raw, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
    expect_compressed(raw, {});
    SSL_CTX_set_cert_cb(raw, choose_certificate, nullptr);
    SSL_CTX_set_client_hello_cb(raw, look_at_client_hello, nullptr);
    SSL_CTX_set_alpn_select_cb(raw, choose_alpn, nullptr);
    require(SSL_CTX_add_custom_ext(raw, kCarrierOfAlerts, SSL_EXT_TLS1_3_ONLY | SSL_EXT_TLS1_3_NEW_SESSION_TICKET,
                                   raise_alert, nullptr, nullptr, nullptr, nullptr) == 1,
            "alerts");
    SSL_CTX_set_num_tickets(raw, tickets ? 1 : 0);
    if (tickets) {
        tickets->serve(raw);
        ids.serve(raw);
    } else {
        SSL_CTX_set_options(raw, SSL_OP_NO_TICKET);
    }
    if (log_keys) Session::log_keys_of(raw);
    return context;
}

std::size_t cipher_slot(const Answer& answer) {
    const auto suite = std::ranges::find(kSuites, answer.cipher, &Suite::number);
    if (suite != kSuites.end()) return static_cast<std::size_t>(suite - kSuites.begin());
    return answer.legacy ? kLegacy : kOwnOrder;
}

std::size_t group_slot(std::uint16_t group) {
    const auto known = std::ranges::find(kAnswerGroups, group);
    return known == kAnswerGroups.end() ? 0 : static_cast<std::size_t>(known - kAnswerGroups.begin()) + 1;
}

}  // namespace

struct ClientLegContexts::Slots {
    struct Slot {
        std::once_flag once;
        ContextHandle context;
    };
    std::array<Slot, kCipherSlots * kGroupSlots * 2> all;
};

ClientLegContexts::ClientLegContexts(TicketKeys* tickets)
    : ids_(std::make_unique<SessionIds>()), slots_(std::make_unique<Slots>()), tickets_(tickets) {}
ClientLegContexts::~ClientLegContexts() = default;

SSL_CTX* ClientLegContexts::for_answer(const Answer& answer) const {
    const auto cipher = cipher_slot(answer);
    const auto group = group_slot(answer.group);
    auto& slot = slots_->all[(cipher * kGroupSlots + group) * 2 + (answer.log_keys ? 1 : 0)];
    std::call_once(slot.once, [&] { slot.context = make(cipher, group, answer.log_keys, tickets_, *ids_); });
    return slot.context.get();
}

std::string ClientLegContexts::legacy_suites(const Answer& answer) {
    if (cipher_slot(answer) != kLegacy) return {};
    return fmt::format("{}:{}", cipher_name(answer.cipher), allowed_ciphers(true));
}

}  // namespace bascule::tls

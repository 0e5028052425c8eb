#include "proxy/fetch/issuers.h"

#include "proxy/fetch/fetch.h"

namespace bascule::proxy {
namespace {

net::Task<tls::Issuers> issuers_at(const Connection& connection, std::string url) {
    auto& cache = connection.services.shared.issuers;
    if (auto known = cache.find(url)) co_return known;
    const auto content = co_await fetch(
        connection, url, {.accept = "application/pkix-cert, application/pkcs7-mime", .content_type = {}});
    auto issuers = tls::parse_issuers(content);
    cache.put(url, issuers);
    co_return issuers;
}

}  // namespace

net::Task<void> add_missing_issuers(const Connection& connection, tls::Session& session) {
    std::vector<tls::CertificateHandle> found;
    if (session.may_have_more_issuers()) {
        for (auto& url : tls::issuer_urls(session.lacks_issuer())) {
            const auto issuers = co_await issuers_at(connection, std::move(url));
            for (const auto& one : *issuers) found.push_back(tls::share(one.get()));
            if (!found.empty()) break;
        }
    }
    session.add_issuers(std::move(found));
}

net::Task<tls::HandshakeResult> handshake_with_issuers(const Connection& connection, tls::TlsStream& stream) {
    auto result = co_await stream.handshake();
    while (result.kind == tls::HandshakeResult::Kind::paused) {
        co_await add_missing_issuers(connection, stream.session());
        result = co_await stream.handshake();
    }
    co_return result;
}

}  // namespace bascule::proxy

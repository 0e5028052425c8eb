#include "tls/fingerprint.h"

#include "tls/session.h"

#include <map>
#include <tuple>

namespace bascule::tls {
namespace {

constexpr std::size_t kMostShapes = 256;

std::string compute(SSL_CTX* context, const ClientHello& hello) {
    Session session(context, Session::Role::client);
    if (!hello.server_name.empty()) session.offer_server_name("a.example");
    session.offer_alpn(hello.alpn);
    if (!hello.offers(TLS1_3_VERSION)) session.at_most(TLS1_2_VERSION);
    Bytes flight;
    session.output_to(flight);
    session.handshake();
    const auto parsed = parse_client_hello(flight);
    return parsed.state == HelloState::complete ? parsed.hello.ja4() : std::string();
}

}  // namespace

std::string upstream_ja4(SSL_CTX* context, const ClientHello& hello) {
    using Shape = std::tuple<SSL_CTX*, bool, bool, std::vector<std::string>>;
    static thread_local std::map<Shape, std::string> known;
    const Shape shape{context, hello.server_name.empty(), hello.offers(TLS1_3_VERSION), hello.alpn};
    if (const auto found = known.find(shape); found != known.end()) return found->second;
    if (known.size() >= kMostShapes) known.clear();
    return known[shape] = compute(context, hello);
}

}  // namespace bascule::tls

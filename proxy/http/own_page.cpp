#include "proxy/http/own_page.h"

#include "base/text.h"
#include "proxy/entry/plain_request.h"
#include "proxy/http/own_text.h"
#include "proxy/opening.h"
#include "tls/signer/authority.h"
#include "tls/x509/certificate.h"

#include <string_view>

namespace bascule::proxy {
namespace {

constexpr std::string_view kName = "bascule.local";

/// What clients trust: the root above the CA, where its file holds one.
X509* anchor_of(const tls::Authority& authority) {
    return authority.chain().root ? authority.chain().root.get() : authority.certificate();
}

std::string page(const tls::Authority& authority) {
    const auto anchor = tls::describe(anchor_of(authority));
    return own_text(anchor.subject, anchor.fingerprint, anchor.not_after.substr(0, 10));
}

struct Answer {
    int status = 200;
    std::string_view type;
    std::string content;
};

Answer answer_to(std::string_view path, const tls::Authority& authority) {
    path = path.substr(0, path.find('?'));
    if (path == "/") return {.type = "text/html; charset=utf-8", .content = page(authority)};
    if (path == "/ca.pem") return {.type = "application/x-pem-file", .content = tls::pem_of(anchor_of(authority))};
    if (path == "/ca.crt") {
        const auto der = tls::der_of(anchor_of(authority));
        return {.type = "application/x-x509-ca-cert", .content = std::string(as_text(der))};
    }
    return {.status = 404, .type = "text/plain", .content = "see http://bascule.local/\n"};
}

}  // namespace

bool is_for_own_page(const HostPort& target) {
    return equals_ignoring_case(target.host, kName);
}

net::Task<void> begin_trusted_page(Connection& connection) {
    co_await read_hello(connection);
    connection.server_name = kName;
    throw Ended(By::proxy, How::fin, "the page about this proxy was shown");
}

http::Page trusted_page() {
    return {.status = 200, .html = std::string(trusted_text())};
}

std::string own_page(const Connection& connection, http::Then then) {
    const auto& authority = *connection.policy->authority_for(*connection.settings);
    const auto answer = answer_to(connection.request->target.origin_form, authority);
    return http::reply_head(answer.status, answer.type, answer.content.size(), then) + answer.content;
}

}  // namespace bascule::proxy

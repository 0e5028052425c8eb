#include "proxy/fetch/statuses.h"

#include "net/task/deadline.h"
#include "proxy/fetch/fetch.h"

namespace bascule::proxy {
namespace {

using Status = tls::Staple::Status;

const tls::UpstreamPolicy& policy_of(const Connection& connection) {
    return connection.policy->upstream_for(*connection.settings).policy();
}

tls::Digest identity_of(const Connection& connection, const tls::Session& session) {
    return tls::Sha256().add(session.verification().leaf).add(policy_of(connection).verifier->policy_digest()).finish();
}

/// The first of the responders that says something that holds.
net::Task<tls::Staple> ask_in_turn(const Connection& connection, const tls::Session& session) {
    tls::Staple said;
    const auto request = session.status_request(policy_of(connection));
    if (request.empty()) co_return said;
    for (auto& url : tls::responder_urls(session.peer_certificate())) {
        const auto answer = co_await fetch(
            connection, std::move(url),
            {.accept = "application/ocsp-response", .content_type = "application/ocsp-request", .content = request});
        if (answer.empty()) continue;
        said = session.judge_answer(answer, policy_of(connection));
        if (said.status == Status::good || said.status == Status::revoked || said.status == Status::unknown) break;
    }
    co_return said;
}

net::Task<tls::Staple> ask(const Connection& connection, const tls::Session& session, tls::Digest key) {
    auto said = co_await net::with_deadline(connection.loop, connection.loop.now() + kFetchLimit,
                                            ask_in_turn(connection, session));
    const auto answer = said.value_or(tls::Staple{});
    connection.services.shared.statuses.put(key, answer, tls::steady_time(), std::chrono::system_clock::now());
    co_return answer;
}

}  // namespace

bool lacks_status(const Connection& connection, const tls::Session& session) {
    return session.lacks_status(policy_of(connection));
}

net::Task<void> settle_status(const Connection& connection, tls::Session& session) {
    auto& services = connection.services;
    const auto key = identity_of(connection, session);
    const auto known = [&services, key] { return services.shared.statuses.find(key, tls::steady_time()); };
    const auto answer = co_await net::ask_once<tls::Staple>(services.status_questions, services.loop, key, known,
                                                            [&] { return ask(connection, session, key); });
    session.take_status(answer, policy_of(connection));
}

}  // namespace bascule::proxy

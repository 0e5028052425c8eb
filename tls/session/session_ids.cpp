#include "tls/session/session_ids.h"

#include "tls/openssl.h"
#include "tls/session/session.h"

namespace bascule::tls {
namespace {

using namespace std::chrono_literals;
constexpr auto kLife = 2h;
constexpr std::size_t kSessionOctets = 2048;  // an estimate from above, without a client's certificate

int place_in_context() {
    static const int place = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return place;
}

}  // namespace

void SessionIds::serve(SSL_CTX* context) {
    require(SSL_CTX_set_ex_data(context, place_in_context(), this) == 1, "a TLS context");
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_timeout(context, std::chrono::duration_cast<std::chrono::seconds>(kLife).count());
    SSL_CTX_sess_set_new_cb(context, keep);
    SSL_CTX_sess_set_get_cb(context, find);
}

SessionIds& SessionIds::of(SSL_CTX* context) {
    return *static_cast<SessionIds*>(SSL_CTX_get_ex_data(context, place_in_context()));
}

/// TLS 1.3 resumes by tickets alone, and a session with a ticket has no ID.
int SessionIds::keep(SSL* ssl, SSL_SESSION* session) {
    unsigned size = 0;
    const auto* id = SSL_SESSION_get_id(session, &size);
    if (SSL_version(ssl) >= TLS1_3_VERSION || size == 0 || !Session::of(ssl).resumes()) return 0;
    try {
        std::shared_ptr<SSL_SESSION> copy(SSL_SESSION_dup(session), SSL_SESSION_free);
        if (copy) {
            of(SSL_get_SSL_CTX(ssl))
                .sessions_.put(Sha256().add({id, size}).finish(), std::move(copy), steady_time() + kLife,
                               kSessionOctets);
        }
    } catch (const std::exception&) {  // no memory: then there is one session less to resume
    }
    return 0;  // OpenSSL's reference stays its own
}

SSL_SESSION* SessionIds::find(SSL* ssl, const unsigned char* id, int size, int* copied) {
    *copied = 0;  // what is returned is OpenSSL's
    if (!Session::of(ssl).resumes()) return nullptr;
    try {
        const auto key = Sha256().add({id, static_cast<std::size_t>(size)}).finish();
        const auto found = of(SSL_get_SSL_CTX(ssl)).sessions_.find(key, steady_time());
        return found ? SSL_SESSION_dup(found->get()) : nullptr;
    } catch (const std::exception&) {
        return nullptr;
    }
}

}  // namespace bascule::tls

#include "tests/support/tls_peer.h"

#include <openssl/err.h>

#include <array>
#include <stdexcept>

namespace bascule::test {

std::shared_ptr<const tls::Verifier> TlsWorld::verifier() const {
    const TemporaryDirectory directory;
    const auto trust = tls::Trust::load({directory.write("root.pem", to_pem(root.x509()))});
    return std::make_shared<const tls::Verifier>(trust, tls::Verifier::Options{});
}

std::unique_ptr<tls::UpstreamContext> TlsWorld::upstream_context(bool enforce) const {
    return std::make_unique<tls::UpstreamContext>(
        tls::UpstreamPolicy{.verifier = verifier(), .enforce = enforce, .mirror_hello = false});
}

std::shared_ptr<SSL_CTX> context_of(const tls::UpstreamContext& upstream) {
    tls::ClientHello hello;
    hello.versions = {TLS1_3_VERSION, TLS1_2_VERSION};
    return upstream.shape_for(hello, {}).context;
}

std::shared_ptr<const tls::Leaf> TlsWorld::leaf() const {
    auto leaf = std::make_shared<tls::Leaf>();
    leaf->certificate = tls::share(origin.x509());
    leaf->key = tls::share(origin.key.get());
    return leaf;
}

TlsPeer::TlsPeer(Role role, const Issued* shown, int version) : context_(SSL_CTX_new(TLS_method())) {
    SSL_CTX_set_max_proto_version(context_.get(), version);
    SSL_CTX_set_options(context_.get(), SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
    if (shown) {
        SSL_CTX_use_certificate(context_.get(), shown->x509());
        SSL_CTX_use_PrivateKey(context_.get(), shown->key.get());
    }
    ssl_.reset(SSL_new(context_.get()));
    if (!ssl_) throw std::runtime_error("no TLS peer");
    SSL_set_bio(ssl(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_app_data(ssl(), this);
    SSL_set_info_callback(ssl(), on_info);
    if (role == Role::server) {
        SSL_set_accept_state(ssl());
    } else {
        SSL_set_tlsext_host_name(ssl(), "app.example");
        SSL_set_connect_state(ssl());
    }
}

void TlsPeer::on_info(const SSL* ssl, int where, int result) {
    auto& self = *static_cast<TlsPeer*>(SSL_get_app_data(ssl));
    if (where == SSL_CB_READ_ALERT && (result >> 8) == SSL3_AL_FATAL) self.alert = result & 0xff;
}

void TlsPeer::offer_alpn(const std::vector<std::string>& protocols) {
    std::string list;
    for (const auto& protocol : protocols) list += static_cast<char>(protocol.size()) + protocol;
    SSL_set_alpn_protos(ssl(), as_bytes(list).data(), static_cast<unsigned>(list.size()));
}

void TlsPeer::choose_alpn(std::string protocol) {
    alpn_ = std::move(protocol);
    const auto choose = [](SSL*, const unsigned char** out, unsigned char* length, const unsigned char*, unsigned,
                           void* self) {
        const auto chosen = as_bytes(static_cast<TlsPeer*>(self)->alpn_);
        *out = chosen.data();
        *length = static_cast<unsigned char>(chosen.size());
        return SSL_TLSEXT_ERR_OK;
    };
    SSL_CTX_set_alpn_select_cb(context_.get(), choose, this);
}

void TlsPeer::receive(ByteView ciphertext) {
    BIO_write(SSL_get_rbio(ssl()), ciphertext.data(), static_cast<int>(ciphertext.size()));
}

void TlsPeer::hear() {
    std::array<char, 17 * 1024> plain{};
    while (!failed && !closed) {
        ERR_clear_error();
        const int size = SSL_read(ssl(), plain.data(), static_cast<int>(plain.size()));
        if (size > 0) {
            heard.append(plain.data(), static_cast<std::size_t>(size));
            continue;
        }
        const int error = SSL_get_error(ssl(), size);
        closed = error == SSL_ERROR_ZERO_RETURN;
        failed = !closed && error != SSL_ERROR_WANT_READ;
        break;
    }
    ERR_clear_error();
}

Bytes TlsPeer::go_on() {
    hear();
    if (!to_say_.empty() && ready() && !failed) {
        ERR_clear_error();
        if (SSL_write(ssl(), to_say_.data(), static_cast<int>(to_say_.size())) > 0) to_say_.clear();
        ERR_clear_error();
    }
    if (renegotiating && SSL_renegotiate_pending(ssl()) == 0 && ready()) {
        renegotiating = false;
        ++renegotiations;
    }
    BIO* out = SSL_get_wbio(ssl());
    Bytes ciphertext(BIO_ctrl_pending(out));
    if (!ciphertext.empty()) BIO_read(out, ciphertext.data(), static_cast<int>(ciphertext.size()));
    return ciphertext;
}

bool TlsPeer::go_on(net::PipeEnd& wire) {
    bool moved = false;
    while (wire.pull([&](ByteView octets) { receive(octets); }) == net::Pull::data) moved = true;
    const Bytes ciphertext = go_on();
    const auto before = wire.pending();
    wire.push(ciphertext);
    wire.flush();
    return moved || !ciphertext.empty() || wire.pending() != before;
}

void TlsPeer::renegotiate() {
    ERR_clear_error();
    if (SSL_renegotiate(ssl()) != 1) throw std::runtime_error("the peer cannot renegotiate");
    SSL_do_handshake(ssl());
    ERR_clear_error();
    renegotiating = true;
}

void TlsPeer::update_keys(bool ask_for_the_same) {
    SSL_key_update(ssl(), ask_for_the_same ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED);
    SSL_do_handshake(ssl());
    ERR_clear_error();
}

}  // namespace bascule::test

#include "renegotiator.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>

namespace renegotiator {
namespace {

class OpensslPeer final : public Peer {
  public:
    OpensslPeer(bool server, const Options& options) : server_(server) {
        context_.reset(SSL_CTX_new(server ? TLS_server_method() : TLS_client_method()));
        const int version = options.at("tls") == "1.2" ? TLS1_2_VERSION : TLS1_3_VERSION;
        SSL_CTX_set_min_proto_version(context_.get(), version);
        SSL_CTX_set_max_proto_version(context_.get(), version);
        SSL_CTX_set_options(context_.get(), SSL_OP_NO_TICKET | SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
        SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_OFF);
        bool ready = false;
        if (server) {
            ready = SSL_CTX_use_certificate_chain_file(context_.get(), options.at("certificate").c_str()) == 1 &&
                    SSL_CTX_use_PrivateKey_file(context_.get(), options.at("key").c_str(), SSL_FILETYPE_PEM) == 1;
        } else {
            ready = SSL_CTX_load_verify_file(context_.get(), options.at("ca").c_str()) == 1;
            SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        }
        ssl_.reset(SSL_new(context_.get()));
        if (!ready || !ssl_) throw Failed("set-up: " + errors());
        SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_app_data(ssl_.get(), this);
        SSL_set_info_callback(ssl_.get(), on_info);
        SSL_set_msg_callback(ssl_.get(), on_message);
        if (server) {
            SSL_set_accept_state(ssl_.get());
        } else {
            SSL_set_connect_state(ssl_.get());
            SSL_set_tlsext_host_name(ssl_.get(), options.at("name").c_str());
            SSL_set1_host(ssl_.get(), options.at("name").c_str());
            shake_hands();
        }
    }

    void feed(std::span<const char> ciphertext) override {
        BIO_write(SSL_get_rbio(ssl_.get()), ciphertext.data(), static_cast<int>(ciphertext.size()));
    }

    std::size_t read(std::span<char> into) override {
        std::size_t size = 0;
        ERR_clear_error();
        const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &size);
        collect();
        if (result == 1) return size;
        judge(result);
        return 0;
    }

    bool may_write() override {
        // A client's renegotiation begins with its hello; a server writes on until the client's hello has come.
        return !shaking_hands() && (server_ || SSL_renegotiate_pending(ssl_.get()) == 0);
    }

    void write(std::span<const char> plain) override {
        std::size_t size = 0;
        ERR_clear_error();
        const int result = SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &size);
        collect();
        if (result == 1 && size == plain.size()) return;
        judge(result);
        throw Failed("a write was put off although no handshake was under way");
    }

    void renew() override {
        ERR_clear_error();
        if (SSL_version(ssl_.get()) == TLS1_3_VERSION) {
            if (SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) != 1) throw Failed("key update: " + errors());
            ++renewals_begun_;
        } else if (SSL_renegotiate(ssl_.get()) != 1) {
            throw Failed("renegotiate: " + errors());
        }
        shake_hands();
    }

    unsigned renewed() override {
        return SSL_version(ssl_.get()) == TLS1_3_VERSION ? renewals_begun_ : (handshakes_ > 0 ? handshakes_ - 1 : 0);
    }

    bool shaking_hands() override { return SSL_in_init(ssl_.get()) != 0; }

    void close_notify() override {
        SSL_shutdown(ssl_.get());
        collect();
    }

  private:
    struct Free {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };

    static void on_info(const SSL* ssl, int where, int value) {
        auto& self = *static_cast<OpensslPeer*>(SSL_get_app_data(ssl));
        if (where == SSL_CB_READ_ALERT && (value & 0xff) != SSL_AD_CLOSE_NOTIFY) {
            self.alert = SSL_alert_desc_string_long(value);
            std::ranges::replace(self.alert, ' ', '_');  // OpenSSL 3.0 writes unexpected_message, 3.5 with a blank
        }
    }

    /// A handshake is over when both Finished messages have passed.
    static void on_message(int write, int, int type, const void* octets, std::size_t size, SSL* ssl, void*) {
        if (type != SSL3_RT_HANDSHAKE || size == 0) return;
        auto& self = *static_cast<OpensslPeer*>(SSL_get_app_data(ssl));
        const auto message = *static_cast<const unsigned char*>(octets);
        if (message == SSL3_MT_FINISHED && ++self.finished_ % 2 == 0) ++self.handshakes_;
        if (message == SSL3_MT_KEY_UPDATE && write == 0) ++self.key_updates_seen;
    }

    static std::string errors() {
        const unsigned long code = ERR_get_error();
        const char* text = ERR_reason_error_string(code);
        ERR_clear_error();
        return text ? text : "no reason given";
    }

    void shake_hands() {
        const int result = SSL_do_handshake(ssl_.get());
        collect();
        if (result != 1) judge(result);
    }

    void judge(int result) {
        const int code = SSL_get_error(ssl_.get(), result);
        if (code == SSL_ERROR_ZERO_RETURN) {
            closed = true;
        } else if (code != SSL_ERROR_WANT_READ) {
            throw Failed("TLS: " + errors());
        }
    }

    void collect() {
        version = SSL_get_version(ssl_.get());
        char piece[16384];
        for (int size = 0; (size = BIO_read(SSL_get_wbio(ssl_.get()), piece, sizeof piece)) > 0;) {
            out.append(piece, static_cast<std::size_t>(size));
        }
    }

    bool server_;
    std::unique_ptr<SSL_CTX, Free> context_;
    std::unique_ptr<SSL, Free> ssl_;
    unsigned finished_ = 0, handshakes_ = 0, renewals_begun_ = 0;
};

}  // namespace

std::unique_ptr<Peer> make_openssl_peer(bool server, const Options& options) {
    return std::make_unique<OpensslPeer>(server, options);
}

}  // namespace renegotiator

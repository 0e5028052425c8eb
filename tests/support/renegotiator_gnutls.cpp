#include "renegotiator.h"

#include <gnutls/gnutls.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace renegotiator {
namespace {

class GnutlsPeer final : public Peer {
  public:
    GnutlsPeer(bool server, const Options& options) : server_(server), tls13_(options.at("tls") == "1.3") {
        check(gnutls_certificate_allocate_credentials(&credentials_));
        check(gnutls_init(&session_, (server ? GNUTLS_SERVER : GNUTLS_CLIENT) | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL));
        std::string priority = "NORMAL:-VERS-ALL:+VERS-TLS" + options.at("tls");
        if (const auto more = options.find("priority"); more != options.end()) priority += ":" + more->second;
        check(gnutls_priority_set_direct(session_, priority.c_str(), nullptr));
        if (server) {
            check(gnutls_certificate_set_x509_key_file(credentials_, options.at("certificate").c_str(),
                                                       options.at("key").c_str(), GNUTLS_X509_FMT_PEM));
        } else {
            const auto& name = options.at("name");
            check(gnutls_certificate_set_x509_trust_file(credentials_, options.at("ca").c_str(), GNUTLS_X509_FMT_PEM));
            check(gnutls_server_name_set(session_, GNUTLS_NAME_DNS, name.data(), name.size()));
            gnutls_session_set_verify_cert(session_, name.c_str(), 0);
        }
        check(gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, credentials_));
        gnutls_transport_set_ptr(session_, this);
        gnutls_transport_set_push_function(session_, push);
        gnutls_transport_set_pull_function(session_, pull);
        gnutls_transport_set_pull_timeout_function(session_, has_input);
        gnutls_handshake_set_hook_function(session_, GNUTLS_HANDSHAKE_KEY_UPDATE, GNUTLS_HOOK_POST, on_key_update);
        gnutls_session_set_ptr(session_, this);
        shake_hands();
    }

    ~GnutlsPeer() override {
        gnutls_deinit(session_);
        gnutls_certificate_free_credentials(credentials_);
    }

    void feed(std::span<const char> ciphertext) override { in_.append(ciphertext.data(), ciphertext.size()); }

    std::size_t read(std::span<char> into) override {
        if (shaking_ && !data_first_) shake_hands();
        if (shaking_ && !data_first_) return 0;
        const auto result = gnutls_record_recv(session_, into.data(), into.size());
        data_first_ = false;
        if (result > 0) return static_cast<std::size_t>(result);
        if (result == 0) {
            closed = true;
        } else if (result == GNUTLS_E_REHANDSHAKE) {
            shaking_ = true;
            shake_hands();
        } else {
            judge(static_cast<int>(result));
        }
        return 0;
    }

    bool may_write() override { return !shaking_; }

    void write(std::span<const char> plain) override {
        while (!plain.empty()) {
            const auto size = gnutls_record_send(session_, plain.data(), plain.size());
            check(static_cast<int>(std::min<ssize_t>(size, 0)));
            plain = plain.subspan(static_cast<std::size_t>(size));
        }
    }

    void renew() override {
        ++begun_;
        if (tls13_) {
            check(gnutls_session_key_update(session_, GNUTLS_KU_PEER));
        } else if (server_) {
            check(gnutls_rehandshake(session_));  // asks; the client's hello makes read() shake hands
        } else {
            shaking_ = true;
            shake_hands();
        }
    }

    unsigned renewed() override { return tls13_ ? begun_ : (handshakes_ > 0 ? handshakes_ - 1 : 0); }
    bool shaking_hands() override { return shaking_; }
    void close_notify() override { gnutls_bye(session_, GNUTLS_SHUT_WR); }

  private:
    static GnutlsPeer& of(gnutls_transport_ptr_t pointer) { return *static_cast<GnutlsPeer*>(pointer); }

    static ssize_t push(gnutls_transport_ptr_t pointer, const void* octets, std::size_t size) {
        of(pointer).out.append(static_cast<const char*>(octets), size);
        return static_cast<ssize_t>(size);
    }

    static ssize_t pull(gnutls_transport_ptr_t pointer, void* into, std::size_t size) {
        auto& self = of(pointer);
        const auto count = std::min(size, self.in_.size() - self.in_used_);
        if (count == 0) {
            gnutls_transport_set_errno(self.session_, EAGAIN);
            return -1;
        }
        std::memcpy(into, self.in_.data() + self.in_used_, count);
        self.in_used_ += count;
        if (self.in_used_ == self.in_.size()) {
            self.in_.clear();
            self.in_used_ = 0;
        }
        return static_cast<ssize_t>(count);
    }

    static int has_input(gnutls_transport_ptr_t pointer, unsigned) { return of(pointer).in_.empty() ? 0 : 1; }

    static int on_key_update(gnutls_session_t session, unsigned, unsigned, unsigned incoming, const gnutls_datum_t*) {
        if (incoming != 0) ++static_cast<GnutlsPeer*>(gnutls_session_get_ptr(session))->key_updates_seen;
        return 0;
    }

    void shake_hands() {
        const int result = gnutls_handshake(session_);
        if (result == GNUTLS_E_SUCCESS) {
            shaking_ = false;
            ++handshakes_;
            version = gnutls_protocol_get_name(gnutls_protocol_get_version(session_));
        } else if (result == GNUTLS_E_GOT_APPLICATION_DATA) {
            data_first_ = true;  // sent before our hello had arrived
        } else {
            judge(result);
        }
    }

    void judge(int result) {
        if (result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED) return;
        if (result == GNUTLS_E_WARNING_ALERT_RECEIVED || result == GNUTLS_E_FATAL_ALERT_RECEIVED) {
            alert = gnutls_alert_get_name(gnutls_alert_get(session_));
        }
        if (alert_code(result) == GNUTLS_A_NO_RENEGOTIATION) throw Failed("renegotiation refused");
        if (gnutls_error_is_fatal(result) != 0) check(result);
    }

    int alert_code(int result) { return result == GNUTLS_E_WARNING_ALERT_RECEIVED ? gnutls_alert_get(session_) : -1; }

    static void check(int result) {
        if (result < 0) throw Failed(std::string("GnuTLS: ") + gnutls_strerror(result));
    }

    bool server_, tls13_;
    gnutls_certificate_credentials_t credentials_ = nullptr;
    gnutls_session_t session_ = nullptr;
    std::string in_;
    std::size_t in_used_ = 0;
    bool shaking_ = true, data_first_ = false;
    unsigned begun_ = 0, handshakes_ = 0;
};

}  // namespace

std::unique_ptr<Peer> make_gnutls_peer(bool server, const Options& options) {
    return std::make_unique<GnutlsPeer>(server, options);
}

}  // namespace renegotiator

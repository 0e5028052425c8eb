#include "tls/session/session.h"

#include "base/error.h"
#include "tls/hello/client_hello.h"
#include "tls/hello/offer.h"

#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>

namespace bascule::tls {
namespace {

// OpenSSL has no call that ends a session with an alert. Octets that are no record make it do so: a type and a version
// like these are answered by unexpected_message.
constexpr int kNoRecord = 3;
constexpr int kDeepestClientChain = 16;
constexpr int kCompressedCertificate = 25;  // RFC 8879 section 4
constexpr std::size_t kMostQuoted = 80;     // of what a peer says instead of TLS
constexpr int kReasonOfAlert = 1000;        // SSL_AD_REASON_OFFSET: a peer's alert N is queued as reason 1000 + N

/// Empties this thread's error queue into words; the first entry is the cause, the rest is where it passed by.
/// True: the peer's version of TLS is none that is allowed.
bool drain_error_queue(Failure& failure) {
    bool unsupported_version = false;
    failure.text.clear();
    while (const unsigned long code = ERR_get_error()) {
        const int reason = ERR_GET_REASON(code);
        if (ERR_GET_LIB(code) == ERR_LIB_SSL && reason >= kReasonOfAlert && reason <= kReasonOfAlert + 255) {
            failure.alert = static_cast<std::uint8_t>(reason - kReasonOfAlert);
        }
        if (ERR_GET_LIB(code) == ERR_LIB_SSL && reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
            failure.no_certificate = true;
        }
        if (ERR_GET_LIB(code) == ERR_LIB_SSL && reason == SSL_R_UNSUPPORTED_PROTOCOL) unsupported_version = true;
        const char* text = ERR_reason_error_string(code);
        if (text && failure.text.find(text) == failure.text.npos) {
            failure.text += failure.text.empty() ? "" : "; ";
            failure.text += text;
        }
    }
    return unsupported_version;
}

/// By the second octet of its number; empty: nothing before TLS 1.3 that can be chosen here.
std::string_view older_version(std::uint8_t minor) {
    constexpr std::array<std::string_view, 4> names{"", "TLSv1", "TLSv1.1", "TLSv1.2"};
    return minor < names.size() ? names[minor] : std::string_view();
}

}  // namespace

bool RateLimit::allow() {
    const net::Time now = std::chrono::steady_clock::now();
    if (now - window_ >= std::chrono::minutes(1)) {
        window_ = now;
        count_ = 0;
    }
    return ++count_ <= limit_;
}

BIO_METHOD* Session::bio_method() {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "bascule session");
        BIO_meth_set_read(made, bio_read);
        BIO_meth_set_write(made, bio_write);
        BIO_meth_set_ctrl(made, bio_control);
        return made;
    }();
    return method;
}

int Session::bio_read(BIO* bio, char* into, int size) {
    auto& self = *static_cast<Session*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (self.ended_by_us_) {
        std::memset(into, kNoRecord, static_cast<std::size_t>(size));
        return size;
    }
    if (self.input_.empty()) {
        BIO_set_retry_read(bio);
        return -1;
    }
    const auto count = std::min(self.input_.size(), static_cast<std::size_t>(size));
    std::memcpy(into, self.input_.data(), count);
    self.input_ = self.input_.subspan(count);
    return static_cast<int>(count);
}

int Session::bio_write(BIO* bio, const char* from, int size) {
    auto& self = *static_cast<Session*>(BIO_get_data(bio));
    const auto* octets = reinterpret_cast<const std::uint8_t*>(from);
    self.output_->insert(self.output_->end(), octets, octets + size);
    return size;
}

long Session::bio_control(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

Session::Session(SSL_CTX* context, Role role) : ssl_(SSL_new(context)) {
    BIO* bio = BIO_new(bio_method());
    if (!ssl_ || bio == nullptr) throw Error("no memory for a TLS session");
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);  // takes the reference
    SSL_set_app_data(ssl_.get(), this);
    SSL_set_msg_callback(ssl_.get(), on_message);
    SSL_set_msg_callback_arg(ssl_.get(), this);
    if (role == Role::server) {
        SSL_set_accept_state(ssl_.get());
    } else {
        SSL_set_connect_state(ssl_.get());
    }
}

/// OpenSSL forgets the session of a connection that did not end by close_notify, which says nothing about the session.
Session::~Session() {
    if (failure_.text.empty()) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

Session& Session::of(const SSL* ssl) {
    return *static_cast<Session*>(SSL_get_app_data(ssl));
}

void Session::offer_alpn(const std::vector<std::string>& protocols) {
    Bytes list;
    for (const auto& protocol : protocols) {
        list.push_back(static_cast<std::uint8_t>(protocol.size()));
        list.insert(list.end(), protocol.begin(), protocol.end());
    }
    if (!list.empty()) SSL_set_alpn_protos(ssl_.get(), list.data(), static_cast<unsigned>(list.size()));
}

void Session::offer_server_name(const std::string& name) {
    SSL_set_tlsext_host_name(ssl_.get(), name.c_str());
}

void Session::set_realm(const Digest& realm) {
    static_assert(std::tuple_size_v<Digest> <= SSL_MAX_SID_CTX_LENGTH);
    SSL_set_session_id_context(ssl_.get(), realm.data(), static_cast<unsigned>(realm.size()));
}

void Session::refuse_resumption() {
    SSL_set_options(ssl_.get(), SSL_OP_NO_TICKET);
    SSL_set_num_tickets(ssl_.get(), 0);
    refuses_resumption_ = true;
}

void Session::keep_in(SessionCache& cache, const Digest& key) {
    sessions_ = &cache;
    sessions_key_ = key;
}

void Session::resume_from(SessionCache& cache, const Digest& key, const Digest* other) {
    keep_in(cache, key);
    auto kept = cache.take(key);
    if (!kept && other) kept = cache.take(*other);
    chain_end_ = kept.chain_end;
    if (kept.session && SSL_set_session(ssl_.get(), kept.session.get()) != 1) ERR_clear_error();
}

void Session::look_at_own_hello(ByteView message) noexcept try {
    auto* const into = std::exchange(ja4_, nullptr);
    if (into) *into = parse_client_hello_message(message).hello.ja4();
} catch (const std::exception&) {  // no memory: then the record lacks it
    ERR_clear_error();
}

void Session::on_new_session(SSL_SESSION* session) noexcept try {
    if (!sessions_ || status_at_fault_) return;  // one that is resumed brings no staple: the fault would be gone
    if (shows_fault_) return;
    note_staple(session);
    sessions_->put(sessions_key_, session, chain_end_);
    if (also_under_) sessions_->put(*also_under_, session, chain_end_);
} catch (const std::exception&) {  // no memory: then there is one session less to resume
    ERR_clear_error();
}

void Session::log_keys_of(SSL_CTX* context) {
    SSL_CTX_set_keylog_callback(context, [](const SSL* ssl, const char* line) { of(ssl).on_key(line); });
}

void Session::on_key(const char* line) noexcept try {
    if (keys_) keys_->take_key(line);
} catch (const std::exception&) {
    keys_ = nullptr;
}

void Session::limit(std::uint32_t renegotiations_per_minute, std::uint32_t key_updates_per_minute) {
    renegotiation_limit_ = RateLimit(renegotiations_per_minute);
    key_update_limit_ = RateLimit(key_updates_per_minute);
}

/// OpenSSL 3.5 has no word of its own for a close_notify that comes after a user_canceled (TLS 1.3): it fails without a
/// reason. A fatal alert has one.
bool Session::ended_in_order() const {
    return ERR_peek_error() == 0 && (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

/// Clear, call, ask SSL_get_error before anything else, drain: one connection's errors never reach another.
template <class Call>
Step Session::call(Call operation) {
    ERR_clear_error();
    std::size_t octets = 0;
    const int result = operation(ssl_.get(), octets);
    if (has_dropped_a_change(result)) {
        end("a ChangeCipherSpec after the handshake");
        while (operation(ssl_.get(), octets) > 0) continue;  // what is left of a record; then the alert
    }
    if (ended_by_us_) {
        ERR_clear_error();
        return {Step::Kind::failed};
    }
    if (result > 0) return {Step::Kind::done, octets};
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE:
            ERR_clear_error();
            return {Step::Kind::need_input};
        case SSL_ERROR_WANT_RETRY_VERIFY:
            ERR_clear_error();
            return {Step::Kind::need_issuers};
        case SSL_ERROR_ZERO_RETURN:
            return {Step::Kind::close_notify};
        default:
            if (ended_in_order()) return {Step::Kind::close_notify};
            if (drain_error_queue(failure_) && chosen_version_) failure_.weak_choice = older_version(*chosen_version_);
            if (!failure_.said.empty()) failure_.said += as_text(input_.first(std::min(input_.size(), kMostQuoted)));
            if (failure_.text.empty()) failure_.text = "the TLS library gave no reason";
            return {Step::Kind::failed};
    }
}

Step Session::handshake() {
    const auto step = call([](SSL* ssl, std::size_t&) { return SSL_do_handshake(ssl); });
    if (step.kind == Step::Kind::done && compresses_leaf())
        SSL_certs_clear(ssl_.get());  // a copy of the form is in there
    return step;
}

/// For a message of a handshake, as a ticket is one, OpenSSL gets a buffer to answer with, 16 KB, and would keep it
/// until the next write.
Step Session::read(std::span<std::uint8_t> plain) {
    const auto step =
        call([plain](SSL* ssl, std::size_t& octets) { return SSL_read_ex(ssl, plain.data(), plain.size(), &octets); });
    if (exhausted()) SSL_free_buffers(ssl_.get());
    return step;
}

Step Session::write(ByteView plain) {
    if (plain.empty()) return {};  // SSL_write of nothing is undefined
    return call(
        [plain](SSL* ssl, std::size_t& octets) { return SSL_write_ex(ssl, plain.data(), plain.size(), &octets); });
}

void Session::close_notify() {
    call([](SSL* ssl, std::size_t&) { return SSL_shutdown(ssl) >= 0 ? 1 : -1; });
}

/// OpenSSL has no call that sends an alert of one's choice. But an extension of a ticket may fail with one, and a
/// ticket may be made at any time.
bool Session::raise(std::uint8_t alert) {
    raised_ = alert;
    return SSL_new_session_ticket(ssl_.get()) == 1 && handshake().kind == Step::Kind::failed;
}

int Session::on_ticket(int* alert) const {
    if (!raised_) return 0;  // no such extension
    *alert = *raised_;
    return -1;
}

bool Session::has_unknown_group() const {
    EVP_PKEY* share = nullptr;
    // SSL_get_peer_tmp_key, whose macro hides a cast.
    if (SSL_ctrl(ssl_.get(), SSL_CTRL_GET_PEER_TMP_KEY, 0, static_cast<void*>(&share)) != 1) return false;
    const KeyHandle key(share);
    std::array<char, 64> name{};
    return EVP_PKEY_is_a(key.get(), "DH") && EVP_PKEY_get_group_name(key.get(), name.data(), name.size(), nullptr) != 1;
}

Negotiated Session::negotiated() const {
    Negotiated facts;
    SSL* ssl = ssl_.get();
    facts.version = SSL_get_version(ssl);
    const auto numbers = agreed();
    facts.cipher_number = numbers.cipher;
    facts.group_number = numbers.group;
    if (const auto* cipher = SSL_get_current_cipher(ssl)) {
        if (const char* name = SSL_CIPHER_standard_name(cipher)) facts.cipher = name;
    }
    const int group = static_cast<int>(SSL_get_negotiated_group(ssl));
    if (group > 0) {
        if (const char* name = SSL_group_to_name(ssl, group)) facts.group = name;
    }
    facts.resumed = resumed();
    const unsigned char* alpn = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl, &alpn, &length);
    if (length > 0) facts.alpn.assign(reinterpret_cast<const char*>(alpn), length);
    return facts;
}

Agreed Session::agreed() const {
    const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl_.get());
    const int group = static_cast<int>(SSL_get_negotiated_group(ssl_.get()));
    return {.version = version(),
            .cipher = cipher ? SSL_CIPHER_get_protocol_id(cipher) : std::uint16_t{0},
            .cipher_bits = cipher ? SSL_CIPHER_get_bits(cipher, nullptr) : 0,
            .group = group > 0 ? group_number(group) : std::uint16_t{0}};
}

bool Session::peer_proved_its_key() const {
    if (SSL_is_init_finished(ssl_.get()) != 0) return true;
    const auto* cipher = SSL_get_current_cipher(ssl_.get());
    return handshakes_ > 0 && cipher && SSL_CIPHER_get_kx_nid(cipher) != NID_kx_rsa;
}

int Session::on_certificate() {
    const bool shown = leaf_ && SSL_use_certificate(ssl_.get(), leaf_->certificate.get()) == 1 &&
                       SSL_use_PrivateKey(ssl_.get(), leaf_->key.get()) == 1 &&
                       (!leaf_->chain || SSL_set1_chain(ssl_.get(), leaf_->chain.get()) == 1);
    if (shown && compresses_leaf()) show_compressed_leaf();
    return shown ? 1 : 0;
}

void Session::show_compressed_leaf() noexcept try {
    const auto& form = leaf_->compressed(compression_);
    if (!form.octets.empty()) show_compressed(ssl_.get(), form, compression_);
} catch (const std::exception&) {  // no memory: then it is sent as it is
    ERR_clear_error();
}

/// Each ClientHello after the first is a renegotiation that the client began. A HelloRetryRequest's second hello comes
/// before the first handshake is over, and does not count.
int Session::on_client_hello(int* alert) {
    if (SSL_is_init_finished(ssl_.get()) == 0 && handshakes_ == 0) return SSL_CLIENT_HELLO_SUCCESS;
    if (renegotiation_limit_.allow()) return SSL_CLIENT_HELLO_SUCCESS;
    end("too many renegotiations");
    failure_.limit = true;
    *alert = SSL_AD_NO_RENEGOTIATION;
    return SSL_CLIENT_HELLO_ERROR;
}

/// Nothing after it is looked at, and the peer gets a fatal alert.
void Session::end(const char* why) {
    ended_by_us_ = true;
    input_ = {};
    failure_.text = why;
}

/// The five octets that should be the header of a record. After the origin's Finished a ChangeCipherSpec is none of TLS
/// 1.3 (RFC 8446 section 5).
void Session::note_record(ByteView header) {
    const bool tls = header[0] >= SSL3_RT_CHANGE_CIPHER_SPEC && header[0] <= SSL3_RT_APPLICATION_DATA;
    if (!tls && handshakes_ == 0) failure_.said = as_text(header);
    const bool finished = handshakes_ > 0 && version() == TLS1_3_VERSION && SSL_is_server(ssl_.get()) == 0;
    if (header[0] == SSL3_RT_CHANGE_CIPHER_SPEC && finished) late_change_ = true;
}

/// OpenSSL 3.5 drops such a one, as a client, and as many as there are; 3.0 has failed.
bool Session::has_dropped_a_change(int result) const {
    return late_change_ && (result > 0 || SSL_want(ssl_.get()) == SSL_READING);
}

/// A handshake message's header is four octets, the version the next two.
void Session::note_version(ByteView server_hello) {
    if (server_hello.size() > 5) chosen_version_ = server_hello[5];
}

void Session::on_message(int write, int, int type, const void* octets, std::size_t size, SSL* ssl, void*) {
    if (type == SSL3_RT_HEADER && write == 0 && size == SSL3_RT_HEADER_LENGTH) {
        of(ssl).note_record({static_cast<const std::uint8_t*>(octets), size});
    }
    if (type != SSL3_RT_HANDSHAKE || size == 0) return;
    Session& self = of(ssl);
    const auto message = *static_cast<const std::uint8_t*>(octets);
    if (message == SSL3_MT_CLIENT_HELLO && write != 0)
        self.look_at_own_hello({static_cast<const std::uint8_t*>(octets), size});
    if (message == SSL3_MT_SERVER_HELLO && write == 0)
        self.note_version({static_cast<const std::uint8_t*>(octets), size});
    if (message == SSL3_MT_FINISHED && write != 0) ++self.handshakes_;
    if ((message == SSL3_MT_CERTIFICATE || message == kCompressedCertificate) && write != 0)
        self.certificate_sent_ = true;
    if (message == SSL3_MT_CERTIFICATE_REQUEST && write == 0) self.certificate_requested_ = true;
    if (message == kCompressedCertificate && write == 0) self.certificate_compressed_ = true;
    if (message == SSL3_MT_KEY_UPDATE && write == 0 && !self.key_update_limit_.allow()) {
        self.end("too many key updates");
        self.failure_.limit = true;
    }
}

void Session::ask_for_certificate(std::shared_ptr<const ClientTrust> trust) {
    auto* names = SSL_dup_CA_list(trust->names());
    if (!names || SSL_set1_verify_cert_store(ssl_.get(), trust->store()) != 1) throw Error("no memory for client CAs");
    SSL_set0_CA_list(ssl_.get(), names);  // takes the list
    SSL_set_verify(ssl_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, on_client_verify);
    SSL_set_verify_depth(ssl_.get(), kDeepestClientChain);
    client_trust_ = std::move(trust);
}

/// OpenSSL has verified; what it did not accept is kept for the record.
int Session::on_client_verify(int ok, X509_STORE_CTX* chain) {
    if (ok == 0) {
        const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
        of(ssl).refused_ = share(X509_STORE_CTX_get0_cert(chain));
    }
    return ok;
}

std::string Session::client_fault() const {
    return refused_ ? X509_verify_cert_error_string(SSL_get_verify_result(ssl_.get())) : std::string();
}

int Session::on_alpn(const unsigned char** out, unsigned char* length, ByteView offered) {
    Cursor cursor(offered);
    while (const auto protocol = cursor.vector(1)) {
        if (as_text(*protocol) != alpn_) continue;
        *out = protocol->data();
        *length = static_cast<unsigned char>(protocol->size());
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_NOACK;  // the origin chose none: nor do we
}

}  // namespace bascule::tls

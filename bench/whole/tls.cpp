#include "bench/whole/tls.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace bascule::bench {
namespace {

constexpr std::size_t kPiece = 16384;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

sockaddr* raw(sockaddr_in& address) {
    return reinterpret_cast<sockaddr*>(&address);
}

void send_at_once(int socket) {
    const int yes = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

tls::BioHandle open_file(const std::string& path) {
    tls::BioHandle file(BIO_new_file(path.c_str(), "r"));
    check(file != nullptr, path);
    return file;
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const tls::ExtensionHandle extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    check(extension != nullptr, "extension " + value);
    X509_add_ext(certificate, extension.get(), -1);
}

}  // namespace

void check(bool fine, const std::string& what) {
    if (fine) return;
    const auto* reason = ERR_reason_error_string(ERR_peek_error());
    const std::string words = reason ? reason : std::strerror(errno);
    ERR_clear_error();
    throw std::runtime_error(what + ": " + words);
}

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Listening listen_on_loopback() {
    Listening result{.socket = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
    auto address = loopback(0);
    socklen_t size = sizeof address;
    check(::bind(result.socket.get(), raw(address), size) == 0 && ::listen(result.socket.get(), 4096) == 0 &&
              ::getsockname(result.socket.get(), raw(address), &size) == 0,
          "listen");
    result.port = ntohs(address.sin_port);
    return result;
}

UniqueFd connect_to(std::uint16_t port) {
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    send_at_once(socket.get());
    auto address = loopback(port);
    check(::connect(socket.get(), raw(address), sizeof address) == 0, "connect");
    return socket;
}

UniqueFd accept_from(const UniqueFd& listening) {
    UniqueFd socket(::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC));
    check(socket.get() >= 0, "accept");
    send_at_once(socket.get());
    return socket;
}

void make_non_blocking(int socket) {
    ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
}

void wait_for(int socket, short events, int other, short other_events) {
    constexpr int kPatience = 20'000;
    std::array<pollfd, 2> both{{{socket, events, 0}, {other, other_events, 0}}};
    check(::poll(both.data(), other < 0 ? 1 : 2, kPatience) > 0, "nothing moved for 20 s");
}

Forger::Forger(const std::string& directory)
    : authority_(PEM_read_bio_X509(open_file(directory + "/ca.crt").get(), nullptr, nullptr, nullptr)),
      authority_key_(PEM_read_bio_PrivateKey(open_file(directory + "/ca.key").get(), nullptr, nullptr, nullptr)),
      leaf_key_(EVP_EC_gen("P-256")) {
    check(authority_ && authority_key_ && leaf_key_, directory);
}

void Forger::serve(SSL_CTX* context) {
    SSL_CTX_set_cert_cb(context, [](SSL* ssl, void* self) { return static_cast<Forger*>(self)->choose(ssl); }, this);
}

int Forger::choose(SSL* ssl) {
    const auto* asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const std::string name = asked ? asked : "none.bench.test";
    const std::lock_guard held(lock_);
    auto& leaf = leaves_[name];
    if (!leaf) leaf = make(name);
    return SSL_use_certificate(ssl, leaf.get()) == 1 && SSL_use_PrivateKey(ssl, leaf_key_.get()) == 1 ? 1 : 0;
}

tls::CertificateHandle Forger::make(const std::string& name) {
    tls::CertificateHandle leaf(X509_new());
    X509_set_version(leaf.get(), X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(leaf.get()), serial_++);
    X509_gmtime_adj(X509_getm_notBefore(leaf.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(leaf.get()), 30L * 24 * 3600);
    X509_set_issuer_name(leaf.get(), X509_get_subject_name(authority_.get()));
    X509_NAME_add_entry_by_txt(X509_get_subject_name(leaf.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_pubkey(leaf.get(), leaf_key_.get());
    add_extension(leaf.get(), authority_.get(), NID_subject_alt_name, "DNS:" + name);
    add_extension(leaf.get(), authority_.get(), NID_ext_key_usage, "serverAuth");
    add_extension(leaf.get(), authority_.get(), NID_authority_key_identifier, "keyid");
    check(X509_sign(leaf.get(), authority_key_.get(), EVP_sha256()) > 0, "sign");
    return leaf;
}

namespace {

/// No session is resumed, so that each handshake is a whole one.
tls::ContextHandle make_context(const SSL_METHOD* method) {
    tls::ContextHandle context(SSL_CTX_new(method));
    SSL_CTX_set_mode(context.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_clear_mode(context.get(), SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    return context;
}

}  // namespace

tls::ContextHandle server_context() {
    auto context = make_context(TLS_server_method());
    SSL_CTX_set_num_tickets(context.get(), 0);
    return context;
}

tls::ContextHandle client_context() {
    return make_context(TLS_client_method());
}

Channel::Channel(SSL_CTX* context, UniqueFd socket) : socket_(std::move(socket)), ssl_(SSL_new(context)) {
    SSL_set_fd(ssl_.get(), socket_.get());
    SSL_set_msg_callback_arg(ssl_.get(), this);
    SSL_set_msg_callback(ssl_.get(), [](int sent, int, int type, const void* octets, std::size_t, SSL*, void* self) {
        if (sent == 0 && type == SSL3_RT_HANDSHAKE && *static_cast<const std::uint8_t*>(octets) == SSL3_MT_FINISHED) {
            ++static_cast<Channel*>(self)->handshakes_;
        }
    });
}

Channel::~Channel() {
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
    if (collects_) send_collected();
}

void Channel::collect_output() {
    SSL_set0_wbio(ssl(), BIO_new(BIO_s_mem()));
    collects_ = true;
}

bool Channel::flush() {
    if (!collects_) return true;
    const auto left = send_collected();
    check(left == 0 || errno == EAGAIN, "send");
    return left == 0;
}

/// What is left.
std::size_t Channel::send_collected() {
    auto* collected = SSL_get_wbio(ssl());
    char* octets = nullptr;
    const auto size = static_cast<std::size_t>(BIO_get_mem_data(collected, &octets));
    if (size == 0) return 0;
    const auto sent = ::send(socket(), octets, size, MSG_NOSIGNAL);
    if (sent < 0) return size;
    std::vector<char> gone(static_cast<std::size_t>(sent));
    BIO_read(collected, gone.data(), static_cast<int>(gone.size()));
    if (gone.size() < size) errno = EAGAIN;
    return size - gone.size();
}

std::unique_ptr<Channel> Channel::accept(SSL_CTX* context, UniqueFd socket) {
    std::unique_ptr<Channel> channel(new Channel(context, std::move(socket)));
    check(SSL_accept(channel->ssl()) == 1, "handshake");
    make_non_blocking(channel->socket());
    return channel;
}

std::unique_ptr<Channel> Channel::connect(SSL_CTX* context, UniqueFd socket, const std::string& name) {
    std::unique_ptr<Channel> channel(new Channel(context, std::move(socket)));
    SSL_set_tlsext_host_name(channel->ssl(), name.c_str());
    check(SSL_connect(channel->ssl()) == 1, "handshake");
    make_non_blocking(channel->socket());
    return channel;
}

std::string Channel::read_line() {
    std::string line;
    while (true) {
        char octet = 0;
        const int got = SSL_read(ssl(), &octet, 1);
        flush();
        if (got == 1 && octet == '\n') return line;
        if (got == 1) {
            line += octet;
        } else if (SSL_get_error(ssl(), got) == SSL_ERROR_WANT_READ) {
            // a connection may stay idle for as long as it likes
            pollfd one{socket(), POLLIN, 0};
            ::poll(&one, 1, -1);
        } else {
            ERR_clear_error();
            return {};
        }
    }
}

void Channel::write_all(const std::string& octets) {
    check(SSL_write(ssl(), octets.data(), static_cast<int>(octets.size())) > 0, "write");
    while (!flush()) wait_for(socket(), POLLOUT);
}

/// The state of one exchange. While a handshake is under way only reading drives it.
class Channel::Exchange {
  public:
    Exchange(Channel& channel, const Plan& plan)
        : channel_(channel), ssl_(channel.ssl()), plan_(plan), read_from_(seconds_now() + plan.stall) {}

    void run() {
        while (!over()) {
            const auto held_writing = held();
            const bool wrote = write();
            const bool moved = read() || wrote;
            write_blocked_ = !channel_.flush();
            if (!moved && held() == held_writing) wait();
        }
        while (!channel_.flush()) wait_for(channel_.socket(), POLLOUT);
    }

  private:
    bool shaking_hands() const {
        return SSL_is_init_finished(ssl_) == 0 || (SSL_is_server(ssl_) == 0 && SSL_renegotiate_pending(ssl_) != 0);
    }
    bool over() const {
        return sent_ == plan_.send && received_ == plan_.receive && !shaking_hands() &&
               channel_.renegotiations() >= begun_;
    }
    /// Whether writing waits, for whatever reason, and for which one.
    std::pair<bool, int> held() const { return {shaking_hands() || write_blocked_, channel_.renegotiations()}; }
    bool stalled() const { return plan_.stall > 0 && seconds_now() < read_from_; }

    /// False while the one before is under way: nothing more is written then.
    bool renegotiate_when_due() {
        const auto parts = static_cast<std::uint64_t>(plan_.renegotiations) + 1;
        if (begun_ >= plan_.renegotiations) return true;
        if (sent_ < (static_cast<std::uint64_t>(begun_) + 1) * (plan_.send / parts)) return true;
        if (channel_.renegotiations() < begun_) return false;
        ++begun_;
        SSL_renegotiate(ssl_);
        if (SSL_is_server(ssl_) != 0) SSL_do_handshake(ssl_);  // the HelloRequest
        ERR_clear_error();
        return !shaking_hands();
    }
    bool write() {
        if (write_blocked_ || sent_ == plan_.send || shaking_hands()) return false;
        if (!renegotiate_when_due()) return false;
        static const std::vector<char> kOctets(kPiece, 'x');
        const auto piece = std::min<std::uint64_t>(kPiece, plan_.send - sent_);
        const int taken = SSL_write(ssl_, kOctets.data(), static_cast<int>(piece));
        if (taken > 0) {
            sent_ += static_cast<std::uint64_t>(taken);
            return true;
        }
        check(SSL_get_error(ssl_, taken) == SSL_ERROR_WANT_READ, "write");
        return false;
    }
    bool read() {
        if (stalled()) return false;
        if (received_ == plan_.receive && !shaking_hands() && channel_.renegotiations() >= begun_) return false;
        thread_local std::array<char, kPiece> octets;
        const auto most = std::min<std::uint64_t>(kPiece, std::max<std::uint64_t>(1, plan_.receive - received_));
        const int got = SSL_read(ssl_, octets.data(), static_cast<int>(most));
        if (got > 0) {
            received_ += static_cast<std::uint64_t>(got);
            return true;
        }
        check(SSL_get_error(ssl_, got) == SSL_ERROR_WANT_READ, "read");
        return false;
    }
    void wait() {
        if (stalled()) {
            pollfd one{channel_.socket(), static_cast<short>(write_blocked_ ? POLLOUT : 0), 0};
            ::poll(&one, 1, 10);
            return;
        }
        wait_for(channel_.socket(), static_cast<short>(POLLIN | (write_blocked_ ? POLLOUT : 0)));
    }

    Channel& channel_;
    SSL* ssl_;
    const Plan& plan_;
    double read_from_;
    std::uint64_t sent_ = 0, received_ = 0;
    int begun_ = 0;
    bool write_blocked_ = false;
};

void Channel::exchange(const Plan& plan) {
    Exchange(*this, plan).run();
}

}  // namespace bascule::bench

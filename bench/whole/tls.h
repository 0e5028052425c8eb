#pragma once

#include "base/unique_fd.h"
#include "tls/handles.h"

#include <netinet/in.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

/// What the load generator, the origin and the floor relay share: blocking OpenSSL on sockets of 127.0.0.1, nothing of
/// the proxy's own code but the handles.
namespace bascule::bench {

/// Throws std::runtime_error with OpenSSL's first word, where `fine` does not hold.
void check(bool fine, const std::string& what);

/// A listening socket on a free port of 127.0.0.1.
struct Listening {
    UniqueFd socket;
    std::uint16_t port = 0;
};
Listening listen_on_loopback();
UniqueFd connect_to(std::uint16_t port);
UniqueFd accept_from(const UniqueFd& listening);
void make_non_blocking(int socket);

/// Waits until one of the sockets is ready for what is asked (poll's bits), at most 20 s: then it throws.
void wait_for(int socket, short events, int other = -1, short other_events = 0);

/// Makes leaves for names under a CA (ca.crt and ca.key of a directory), with one key, and keeps them.
class Forger {
  public:
    explicit Forger(const std::string& directory);
    /// Shows the leaf for the name in the hello, in a context of a server.
    void serve(SSL_CTX* context);

  private:
    tls::CertificateHandle make(const std::string& name);
    int choose(SSL* ssl);

    tls::CertificateHandle authority_;
    tls::KeyHandle authority_key_;
    tls::KeyHandle leaf_key_;
    std::mutex lock_;
    std::map<std::string, tls::CertificateHandle> leaves_;
    std::uint64_t serial_ = 1;
};

tls::ContextHandle server_context();
tls::ContextHandle client_context();

/// TLS on a connected socket.
class Channel {
  public:
    /// Shakes hands; `name` is for the client's hello.
    static std::unique_ptr<Channel> accept(SSL_CTX* context, UniqueFd socket);
    static std::unique_ptr<Channel> connect(SSL_CTX* context, UniqueFd socket, const std::string& name);
    ~Channel();

    SSL* ssl() const { return ssl_.get(); }
    int socket() const { return socket_.get(); }
    /// Completed ones after the first.
    int renegotiations() const { return handshakes_ - 1; }
    /// From now on OpenSSL writes into memory, and flush() to the socket: an SSL with a record half written can start
    /// no handshake, so a renegotiation under load would fail in OpenSSL itself.
    void collect_output();
    /// True: nothing is left to be sent.
    bool flush();
    /// Reads up to a line end (not part of the result); empty: the peer has ended.
    std::string read_line();
    void write_all(const std::string& octets);

    struct Plan {
        std::uint64_t send = 0, receive = 0;
        int renegotiations = 0;  ///< to start, evenly over what is sent
        double stall = 0;        ///< seconds at the beginning in which nothing is read
    };
    /// Both directions at once, until all has passed.
    void exchange(const Plan& plan);

  private:
    class Exchange;
    Channel(SSL_CTX* context, UniqueFd socket);
    std::size_t send_collected();

    UniqueFd socket_;
    tls::SslHandle ssl_;
    int handshakes_ = 0;
    bool collects_ = false;
};

double seconds_now();

}  // namespace bascule::bench

#include "tls/signer/signer_control.h"

#include "tls/openssl.h"
#include "tls/signer/signer_channel.h"

#include <poll.h>
#include <unistd.h>

#include <array>

namespace bascule::tls {
namespace {

using namespace std::chrono_literals;
using signing::Kind;
using signing::Message;

// A token may be slow; a file is not.
constexpr auto kPatience = 30s;

/// The key is in the signer process.
class RemoteSigner final : public Signer {
  public:
    RemoteSigner(std::shared_ptr<SignerControl> control, std::uint32_t authority)
        : control_(std::move(control)), authority_(authority) {}
    ~RemoteSigner() override { control_->release(authority_); }

    net::Task<Bytes> sign(Bytes to_be_signed) override {
        return SignerChannel::of_this_thread().sign(authority_, std::move(to_be_signed));
    }

  private:
    std::shared_ptr<SignerControl> control_;
    std::uint32_t authority_;
};

std::vector<CertificateHandle> certificates_from(ByteView der) {
    std::vector<CertificateHandle> certificates;
    const auto* in = der.data();
    const auto* const end = in + der.size();
    do {
        certificates.emplace_back(d2i_X509(nullptr, &in, static_cast<long>(end - in)));
        require(certificates.back() != nullptr, "the CA's certificate");
    } while (in < end);
    return certificates;
}

}  // namespace

std::shared_ptr<const Authority> SignerControl::load(const std::string& certificate_path, const std::string& key_source,
                                                     Duration lifetime) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    const auto number = next_++;
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(lifetime).count();
    send(signing::frame(
             Kind::load, number,
             {signing::big_endian(static_cast<std::uint64_t>(seconds), 8),
              signing::big_endian(certificate_path.size(), 2), as_bytes(certificate_path), as_bytes(key_source)}),
         until);
    const auto answer = receive(number, until);
    const std::string text(as_text(answer.body));
    switch (answer.kind) {
        case Kind::bad_certificate:
            throw AuthorityError(AuthorityError::File::certificate, text);
        case Kind::bad_key:
            throw AuthorityError(AuthorityError::File::key, text);
        case Kind::loaded:
            break;
        default:
            throw Error(text);
    }
    Cursor body(answer.body);
    auto signer = std::make_unique<RemoteSigner>(shared_from_this(), body.u32().value_or(0));
    auto others = certificates_from(body.rest());
    auto certificate = std::move(others.front());
    others.erase(others.begin());
    return std::make_shared<Authority>(std::move(certificate), std::move(signer), std::move(others));
}

void SignerControl::release(std::uint32_t authority) {
    const auto frame = signing::frame(Kind::release, 0, {signing::big_endian(authority, 4)});
    // So few octets go whole into the socket's queue, or not at all: nothing else mixes in. Where the queue is full or
    // the signer gone, the key stays with it for as long as it lives.
    [[maybe_unused]] const auto written = ::write(socket_.get(), frame.data(), frame.size());
}

void SignerControl::send(ByteView frame, std::chrono::steady_clock::time_point until) {
    while (!frame.empty()) {
        const auto written = ::write(socket_.get(), frame.data(), frame.size());
        if (written > 0) {
            frame = frame.subspan(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            wait_for(POLLOUT, until);
        } else if (errno != EINTR) {
            throw Error("the signer process is gone ({})", errno_text(errno));
        }
    }
}

/// The answer with this number; late ones to earlier requests are passed over. Its body lives until the next call.
Message SignerControl::receive(std::uint32_t number, std::chrono::steady_clock::time_point until) {
    std::array<std::uint8_t, 16_KiB> buffer;
    for (;;) {
        while (const auto answer = inbox_.next()) {
            if (answer->number == number) return *answer;
        }
        const auto got = ::read(socket_.get(), buffer.data(), buffer.size());
        if (got > 0) {
            inbox_.add(ByteView(buffer).first(static_cast<std::size_t>(got)));
        } else if (got < 0 && errno == EAGAIN) {
            wait_for(POLLIN, until);
        } else if (got == 0 || errno != EINTR) {
            throw Error("the signer process is gone");
        }
    }
}

void SignerControl::wait_for(short what, std::chrono::steady_clock::time_point until) const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left <= 0ms) throw Error("the signer process does not answer");
    pollfd entry{.fd = socket_.get(), .events = what, .revents = 0};
    ::poll(&entry, 1, static_cast<int>(left.count()));
}

}  // namespace bascule::tls

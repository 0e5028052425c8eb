#include "tls/leaf/distrusted.h"

#include "tls/openssl.h"
#include "tls/signer/local_signer.h"
#include "tls/x509/extensions.h"

#include <map>
#include <mutex>

namespace bascule::tls {
namespace {

using namespace std::chrono_literals;
constexpr auto kBackdated = 24h;
constexpr auto kLife = 24h * 3650;
constexpr const char* kName = "Bascule: the origin's certificate is not trusted";
constexpr std::size_t kLongestWord = 64;  // of an organizationName, RFC 5280 appendix A.1

constexpr std::uint8_t kAuthority[] = {0x30, 0x03, 0x01, 0x01, 0xff};
constexpr std::uint8_t kSignsCertificates[] = {0x03, 0x02, 0x02, 0x04};

void add_to_subject(X509* certificate, int nid, const std::string& text) {
    require(X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), nid, MBSTRING_UTF8,
                                       reinterpret_cast<const unsigned char*>(text.data()),
                                       static_cast<int>(text.size()), -1, 0) == 1,
            "subject");
}

CertificateHandle build(const std::string& fault, EVP_PKEY* key) {
    CertificateHandle made(X509_new());
    auto* certificate = made.get();
    require(certificate && X509_set_version(certificate, X509_VERSION_3) == 1, "certificate");
    set_random_serial(certificate);
    add_to_subject(certificate, NID_organizationName, fault.substr(0, kLongestWord));
    add_to_subject(certificate, NID_commonName, kName);
    require(X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) == 1, "issuer");
    const auto begin = std::chrono::system_clock::now() - kBackdated;
    set_validity(certificate, std::chrono::system_clock::to_time_t(begin),
                 std::chrono::system_clock::to_time_t(begin + kLife));
    require(X509_set_pubkey(certificate, key) == 1, "public key");
    add_extension(certificate, NID_basic_constraints, true, kAuthority);
    add_extension(certificate, NID_key_usage, true, kSignsCertificates);
    add_subject_key_id(certificate, public_key_id(certificate));
    require(X509_sign(certificate, key, sha256()) > 0, "signature");
    return made;
}

/// All of the process: one for each word that verification has for a fault, of which there are some eighty.
class All {
  public:
    std::shared_ptr<const Authority> get(const std::string& fault) {
        const std::scoped_lock lock(mutex_);
        auto& found = made_[fault];
        if (!found) found = std::make_shared<Authority>(build(fault, key_.get()), make_local_signer(share(key_.get())));
        return found;
    }

  private:
    static KeyHandle make_key() {
        KeyHandle key(EVP_EC_gen("P-256"));
        require(key != nullptr, "key");
        return key;
    }

    std::mutex mutex_;
    KeyHandle key_ = make_key();
    std::map<std::string, std::shared_ptr<const Authority>> made_;
};

}  // namespace

std::shared_ptr<const Authority> distrusted_authority(const std::string& fault) {
    static All all;
    return all.get(fault);
}

}  // namespace bascule::tls

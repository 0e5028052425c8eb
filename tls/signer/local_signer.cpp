#include "tls/signer/local_signer.h"

#include "tls/openssl.h"

namespace bascule::tls {
namespace {

class LocalSigner final : public Signer {
  public:
    explicit LocalSigner(KeyHandle key) : key_(std::move(key)) {}

    net::Task<Bytes> sign(Bytes to_be_signed) override { co_return sign_with(key_.get(), to_be_signed); }

  private:
    KeyHandle key_;
};

}  // namespace

Bytes sign_with(EVP_PKEY* key, ByteView message) {
    const DigestHandle context(EVP_MD_CTX_new());
    const EVP_MD* digest = EVP_PKEY_is_a(key, "ED25519") ? nullptr : sha256();
    Bytes signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)));
    auto size = signature.size();
    require(context && EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
                EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1,
            "signing with the CA's key");
    signature.resize(size);
    return signature;
}

std::unique_ptr<Signer> make_local_signer(KeyHandle key) {
    return std::make_unique<LocalSigner>(std::move(key));
}

}  // namespace bascule::tls

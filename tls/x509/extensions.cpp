#include "tls/x509/extensions.h"

#include "tls/openssl.h"
#include "tls/x509/der.h"

#include <openssl/rand.h>

namespace bascule::tls {

void add_extension(X509* certificate, int nid, bool critical, ByteView der) {
    const Handle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> value(ASN1_OCTET_STRING_new());
    require(value && ASN1_OCTET_STRING_set(value.get(), der.data(), static_cast<int>(der.size())) == 1, "extension");
    const ExtensionHandle extension(X509_EXTENSION_create_by_NID(nullptr, nid, critical ? 1 : 0, value.get()));
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

Bytes public_key_id(X509* certificate) {
    Bytes id(EVP_MAX_MD_SIZE);
    unsigned int size = 0;
    require(X509_pubkey_digest(certificate, EVP_sha1(), id.data(), &size) == 1, "public key digest");
    id.resize(size);
    return id;
}

Bytes key_id_of(X509* certificate) {
    const auto* id = X509_get0_subject_key_id(certificate);
    if (!id || id->length == 0) return public_key_id(certificate);
    return {id->data, id->data + id->length};
}

void add_subject_key_id(X509* certificate, ByteView id) {
    add_extension(certificate, NID_subject_key_identifier, false, der::element(der::kOctetString, id));
}

void add_authority_key_id(X509* certificate, ByteView id) {
    constexpr std::uint8_t key_identifier = 0x80;
    const auto inner = der::element(key_identifier, id);
    add_extension(certificate, NID_authority_key_identifier, false, der::element(der::kSequence, inner));
}

void set_random_serial(X509* certificate) {
    std::array<std::uint8_t, 16> octets{};
    require(RAND_bytes(octets.data(), static_cast<int>(octets.size())) == 1, "serial number");
    octets[0] = static_cast<std::uint8_t>((octets[0] & 0x7f) | 0x40);
    require(ASN1_STRING_set(X509_get_serialNumber(certificate), octets.data(), static_cast<int>(octets.size())) == 1,
            "serial number");
}

std::string serial_text(const X509* certificate) {
    const auto* serial = X509_get0_serialNumber(certificate);
    return to_hex({serial->data, static_cast<std::size_t>(serial->length)});
}

void set_validity(X509* certificate, std::int64_t not_before, std::int64_t not_after) {
    require(ASN1_TIME_set(X509_getm_notBefore(certificate), not_before) &&
                ASN1_TIME_set(X509_getm_notAfter(certificate), not_after),
            "validity");
}

}  // namespace bascule::tls

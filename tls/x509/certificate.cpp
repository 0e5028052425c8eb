#include "tls/x509/certificate.h"

#include "tls/digest_cache.h"
#include "tls/openssl.h"

#include <fmt/format.h>
#include <openssl/pem.h>

#include <algorithm>
#include <ctime>
#include <limits>

namespace bascule::tls {
namespace {

/// What a hostile name may take in a log line.
constexpr std::size_t kLongestName = 1024;

bool broken_down(const ASN1_TIME* time, std::tm& out) {
    return time && ASN1_TIME_to_tm(time, &out) == 1;
}

}  // namespace

std::string name_text(const X509_NAME* name) {
    const BioHandle bio(BIO_new(BIO_s_mem()));
    if (!name || !bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) {
        return "(" + take_openssl_reason() + ")";
    }
    const char* data = nullptr;
    const auto size = static_cast<std::size_t>(BIO_get_mem_data(bio.get(), &data));
    if (size <= kLongestName) return {data, size};
    return std::string(data, kLongestName) + "...";
}

std::string pem_of(X509* certificate) {
    const BioHandle bio(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_X509(bio.get(), certificate) == 1, "certificate");
    const char* data = nullptr;
    const auto size = static_cast<std::size_t>(BIO_get_mem_data(bio.get(), &data));
    return {data, size};
}

Bytes der_of(X509* certificate) {
    return to_der<i2d_X509>(certificate);
}

std::string fingerprint_of(X509* certificate) {
    return to_hex(digest_of(certificate));
}

std::string time_text(const ASN1_TIME* time) {
    std::tm tm{};
    if (!broken_down(time, tm)) return "(not a time)";
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                       tm.tm_min, tm.tm_sec);
}

std::string date_text(WallTime time) {
    return format_time(time).substr(0, 10);
}

std::string not_after_text(X509* certificate) {
    return time_text(X509_get0_notAfter(certificate));
}

CertificateText describe(X509* certificate) {
    return {.fingerprint = fingerprint_of(certificate),
            .subject = name_text(X509_get_subject_name(certificate)),
            .issuer = name_text(X509_get_issuer_name(certificate)),
            .not_after = not_after_text(certificate)};
}

std::shared_ptr<const CertificateText> described(X509* certificate, const Digest& digest) {
    constexpr std::size_t budget = 4U << 20;
    static DigestCache<std::shared_ptr<const CertificateText>> known(budget);
    if (auto found = known.find(digest, WallTime{})) return *std::move(found);
    auto text = std::make_shared<const CertificateText>(describe(certificate));
    known.put(digest, text, WallTime::max(),
              sizeof(CertificateText) + text->subject.size() + text->issuer.size() + 256);
    return text;
}

WallTime time_of(const ASN1_TIME* time) {
    std::tm tm{};
    if (!broken_down(time, tm)) return WallTime{};
    // 9999-12-31 (RFC 5280 section 4.1.2.5: no end) is beyond what nanoseconds in 64 bits can count.
    constexpr std::int64_t limit = std::numeric_limits<std::int64_t>::max() / 1'000'000'000 - 1;
    const std::int64_t seconds = std::clamp<std::int64_t>(timegm(&tm), -limit, limit);
    return WallTime(std::chrono::seconds(seconds));
}

}  // namespace bascule::tls
